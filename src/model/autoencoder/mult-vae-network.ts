/** Mult-VAE as it is trained: its passes and its loss. */

import type { MultVaeConfig } from '../../config/models.js';
import { annealedBeta } from './annealing.js';
import { elboTerms } from './elbo.js';
import { randomInput } from './input.js';
import { MultVae, multVaeArchitecture } from './mult-vae.js';
import type { Network } from './network.js';
import { networkModel } from './network-model.js';
import { sampledShape, sampledView } from './sampling/sampled-network.js';
import { initialWeights, layersOf, parameterShapes } from './weights.js';

/**
 * The network of Mult-VAE (Liang et al. 2018). An epoch is one pass that trains all parameters; β is annealed.
 *
 * @param itemCount - I
 */
export function multVaeNetwork(config: MultVaeConfig, itemCount: number): Network {
  const shape = sampledShape(config, multVaeArchitecture(config, itemCount));
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(shape, config.seed),
    ...sampledView(config, shape),
    beta: (update, planned) => annealedBeta(config, update, planned),
    loss(tf, weights, batch) {
      const input = randomInput(tf, config.seed, batch, config.latentDim);
      const { clicks, targets, beta } = batch;
      const { likelihood } = config;
      return elboTerms(tf, shape, weights, { ...input, clicks, targets, beta, likelihood });
    },
    recommender: (engine, weights) => new MultVae(engine, shape, weights, config.likelihood),
  };
}

/** How Mult-VAE is trained and loaded. */
export const multVaeModel = networkModel(multVaeNetwork);
