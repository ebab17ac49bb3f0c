/** Mult-VAE as it is trained: its passes and its loss. */

import { ItemPart } from '../../backend/collective/item-part.js';
import type { MultVaeConfig } from '../../config/models.js';
import { annealedBeta } from './annealing.js';
import { elboTerms } from './elbo.js';
import { randomNoise, randomRows } from './input.js';
import { MultVae, multVaeArchitecture } from './mult-vae.js';
import type { Network } from './network.js';
import { networkModel } from './network-model.js';
import { sampledShape, sampledView, stepPart } from './sampling/sampled-network.js';
import { initialWeights, layersOf, parameterShapes, partOf } from './weights.js';

/**
 * The network of Mult-VAE (Liang et al. 2018). An epoch is one pass that trains all parameters; β is annealed.
 *
 * @param items - I, or the part of them that this process holds
 */
export function multVaeNetwork(config: MultVaeConfig, items: number | ItemPart): Network {
  const part = ItemPart.from(items);
  const whole = sampledShape(config, multVaeArchitecture(config, part.itemCount));
  const shape = partOf(whole, part);
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    part,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(whole, config.seed, part),
    ...sampledView(config, shape),
    beta: (update, planned) => annealedBeta(config, update, planned),
    loss(tf, weights, batch) {
      const { clicks, lengths, targets = { clicks, lengths }, beta } = batch;
      const { seed, latentDim, likelihood } = config;
      const rows = randomRows(seed, batch, part.first);
      const noise = randomNoise(tf, seed, batch, latentDim);
      const items = stepPart(config, part);
      const input = { rows, noise, clicks, targets, beta, likelihood, part: items };
      return elboTerms(tf, shape, weights, input);
    },
    recommender(engine, weights) {
      return new MultVae(engine, { shape, part }, weights, config.likelihood);
    },
  };
}

/** How Mult-VAE is trained and loaded. */
export const multVaeModel = networkModel(multVaeNetwork);
