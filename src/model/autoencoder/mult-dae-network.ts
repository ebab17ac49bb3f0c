/** Mult-DAE as it is trained: its passes and its loss. */

import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import type { MultDaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream } from '../../random.js';
import { decodedNll } from './decoder.js';
import { corruptedRows } from './input.js';
import { encodeCode, MultDae, multDaeArchitecture } from './mult-dae.js';
import type { LossTerms, Network, Targets } from './network.js';
import { networkModel } from './network-model.js';
import { sampledShape, sampledView } from './sampling/sampled-network.js';
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
  const shape = sampledShape(config, multDaeArchitecture(config, itemCount));
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(shape, config.seed),
    ...sampledView(config, shape),
    beta: () => 0,
    loss(tf, weights, { clicks, targets, update, pass }) {
      const dropout = new RandomStream(config.seed, 'dropout', update);
      const rows = corruptedRows(clicks, pass.dropout, dropout);
      const { weightPenalty } = config;
      return daeTerms(tf, shape, weights, { rows, clicks, targets, weightPenalty });
    },
    recommender: (engine, weights) => new MultDae(engine, shape, weights),
  };
}

/** How Mult-DAE is trained and loaded. */
export const multDaeModel = networkModel(multDaeNetwork);

/**
 * −log p(x|z) + λ·Σ W² of each user. The penalty sums over all kernels and is the same for every user, so the
 * mean over a batch contains it once. Where the weights are those of some items, so is the penalty. It equals the
 * reference implementation's `neg_ll + 2 * reg_var`, whose regulariser halves the squares.
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
    /** What the decoder explains. Default: the clicks. */
    readonly targets?: Targets | undefined;
    readonly weightPenalty: number;
  },
): LossTerms {
  const z = encodeCode(tf, shape, weights, input.rows); // [B, L]
  const { targets = { clicks: input.clicks } } = input;
  const nll = decodedNll(tf, shape, weights, { z, likelihood: 'multinomial', targets });
  const squares = kernelNames(shape).map((name) => sumOfSquares(tf, weights[name]!));
  const penalty = tf.mul(tf.addN(squares), input.weightPenalty);
  return { loss: tf.add(nll, penalty) as Tensor1D, nll, kl: tf.zerosLike(nll) };
}

/** Σ x² of all elements, whose gradient is 2·x. Automatic differentiation would keep every square until then. */
function sumOfSquares(tf: TensorFlow, values: Tensor): Tensor {
  const withGradient = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
    save([x]);
    return {
      value: tf.sum(tf.square(x)),
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(saved[0]!, tf.mul(dy, 2)),
    };
  });
  return withGradient(values);
}
