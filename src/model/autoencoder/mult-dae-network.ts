/** Mult-DAE as it is trained: its passes and its loss. */

import type { Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import type { MultDaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream } from '../../random.js';
import { decode } from './decoder.js';
import { corruptedRows } from './input.js';
import { negativeLogLikelihood } from './likelihoods.js';
import { encodeCode, MultDae, multDaeArchitecture } from './mult-dae.js';
import type { LossTerms, Network } from './network.js';
import { networkModel } from './network-model.js';
import {
  type Architecture,
  initialWeights,
  kernelNames,
  layersOf,
  parameterShapes,
  type Weights,
} from './weights.js';

/**
 * The network of Mult-DAE (Liang et al. 2018, section 2.3). It has no noise and no KL term, but a penalty on the
 * kernels.
 *
 * @param itemCount - I
 */
export function multDaeNetwork(config: MultDaeConfig, itemCount: number): Network {
  const shape = multDaeArchitecture(config, itemCount);
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(shape, config.seed),
    beta: () => 0,
    loss(tf, weights, { clicks, update, pass }) {
      const dropout = new RandomStream(config.seed, 'dropout', update);
      const rows = corruptedRows(clicks, pass.dropout, dropout);
      return daeTerms(tf, shape, weights, { rows, clicks, weightPenalty: config.weightPenalty });
    },
    recommender: (engine, weights) => new MultDae(engine, shape, weights),
  };
}

/** How Mult-DAE is trained and loaded. */
export const multDaeModel = networkModel(multDaeNetwork);

/**
 * −log p(x|z) + λ·Σ W² of each user. The penalty sums over all kernels and is the same for every user, so the
 * mean over a batch contains it once. It equals the reference implementation's `neg_ll + 2 * reg_var`, whose
 * regulariser halves the squares.
 *
 * @param input - the encoder's input, all clicks, and λ
 */
export function daeTerms(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  input: {
    readonly rows: SparseRows;
    readonly clicks: ClickMatrix;
    readonly weightPenalty: number;
  },
): LossTerms {
  const logits = decode(tf, shape, weights, { z: encodeCode(tf, shape, weights, input.rows) }); // [B, I]
  const nll = negativeLogLikelihood(tf, 'multinomial', {
    logits,
    clicks: input.clicks,
    overwriteLogits: true,
  });
  const squares = kernelNames(shape).map((name) => tf.sum(tf.square(weights[name]!)));
  const penalty = tf.mul(tf.addN(squares), input.weightPenalty);
  return { loss: tf.add(nll, penalty) as Tensor1D, nll, kl: tf.zerosLike(nll) };
}
