import type { MultVaeConfig } from '../../config/models.js';
import { annealedBeta } from './annealing.js';
import { elboTerms } from './elbo.js';
import { randomInput } from './input.js';
import { MultVae } from './mult-vae.js';
import type { Network } from './network.js';
import { networkModel } from './network-model.js';
import { architecture, initialWeights, layersOf, parameterShapes } from './weights.js';

/**
 * Mult-VAE as it is trained (Liang et al. 2018): every parameter moves in every pass, β is annealed.
 *
 * @param itemCount - I
 */
export function multVaeNetwork(config: MultVaeConfig, itemCount: number): Network {
  const shape = architecture(config, itemCount);
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(shape, config.seed),
    beta: (update, planned) => annealedBeta(config, update, planned),
    loss(tf, weights, batch) {
      const input = randomInput(tf, config.seed, batch, config.latentDim);
      const { clicks, beta } = batch;
      return elboTerms(tf, shape, weights, config.likelihood, { ...input, clicks, beta });
    },
    recommender: (engine, weights) => new MultVae(engine, shape, weights, config.likelihood),
  };
}

/** How Mult-VAE is trained and loaded. */
export const multVaeModel = networkModel(multVaeNetwork);
