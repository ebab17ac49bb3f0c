/** Mult-DAE as it is trained: its passes and its loss. */

import type { Tensor1D } from '@tensorflow/tfjs';
import { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { sumOfSquares } from '../../backend/operations/item-sums.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import type { MultDaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { decodedNll } from './decoder.js';
import { randomRows } from './input.js';
import { encodeCode, MultDae, multDaeArchitecture } from './mult-dae.js';
import type { LossTerms, Network, Targets } from './network.js';
import { networkModel } from './network-model.js';
import { sampledShape, sampledView, stepPart } from './sampling/sampled-network.js';
import {
  type Architecture,
  initialWeights,
  kernelOf,
  layersOf,
  parameterShapes,
  partOf,
  type Weights,
} from './weights.js';

/**
 * The network of Mult-DAE (Liang et al. 2018, section 2.3). It has no noise and no KL term, but a penalty on the
 * kernels.
 *
 * @param items - I, or the part of them that this process holds
 */
export function multDaeNetwork(config: MultDaeConfig, items: number | ItemPart): Network {
  const part = ItemPart.from(items);
  const whole = sampledShape(config, multDaeArchitecture(config, part.itemCount));
  const shape = partOf(whole, part);
  const moves = parameterShapes(layersOf(shape)).map(({ name }) => name);
  return {
    config,
    part,
    shape,
    passes: [{ moves, dropout: config.dropout }],
    initialWeights: () => initialWeights(whole, config.seed, part),
    ...sampledView(config, shape),
    beta: () => 0,
    loss(tf, weights, batch) {
      const { clicks, lengths, targets = { clicks, lengths } } = batch;
      const rows = randomRows(config.seed, batch, part.first);
      const { weightPenalty } = config;
      const items = stepPart(config, part);
      return daeTerms(tf, shape, weights, { rows, clicks, targets, weightPenalty, part: items });
    },
    recommender: (engine, weights) => new MultDae(engine, { shape, part }, weights),
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
    /** Which items the rows, the logits and their weights are of. Default: all. */
    readonly part?: ItemPart | undefined;
  },
): LossTerms {
  const { targets = { clicks: input.clicks }, part } = input;
  const z = encodeCode(tf, shape, weights, input.rows, part); // [B, L]
  const nll = decodedNll(tf, shape, weights, { z, likelihood: 'multinomial', targets, part });
  const squares = layersOf(shape).map((layer) => {
    const isFirst = layer === shape.encoder[0];
    const hasItems = isFirst || layer === shape.decoder.at(-1);
    const items = { itemAxis: isFirst ? 0 : 1, part: hasItems ? part : undefined } as const;
    return sumOfSquares(tf, kernelOf(weights, layer), items);
  });
  const penalty = tf.mul(tf.addN(squares), input.weightPenalty);
  return { loss: tf.add(nll, penalty) as Tensor1D, nll, kl: tf.zerosLike(nll) };
}
