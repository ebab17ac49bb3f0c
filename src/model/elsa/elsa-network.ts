/** ELSA as it is trained: its loss, without a score of any item. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { type SparseRows, sparseProduct } from '../../backend/operations/sparse.js';
import { rowGram, unitRows } from '../../backend/operations/unit-rows.js';
import type { ElsaConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream, RandomTable } from '../../random.js';
import type { StoredTensors } from '../../runs/format.js';
import { corruptedRows } from '../autoencoder/input.js';
import type { LossTerms, Network } from '../autoencoder/network.js';
import { networkModel } from '../autoencoder/network-model.js';
import {
  type Architecture,
  kernelOf,
  parameterShapes,
  type Weights,
} from '../autoencoder/weights.js';
import { Elsa, elsaArchitecture } from './elsa.js';

/**
 * The network of ELSA (Vančura et al. 2022). Steps move W, [I, D], whose rows have any length; A has the rows of W with
 * length 1.
 *
 * @param items - I; the network is never divided
 */
export function elsaNetwork(config: ElsaConfig, items: number | ItemPart): Network {
  const part = ItemPart.from(items);
  const { itemCount } = part;
  const shape = elsaArchitecture(config, itemCount);
  const names = parameterShapes(shape.encoder).map(({ name }) => name);
  const unit = (tf: TensorFlow, weights: Weights) =>
    unitRows(tf, kernelOf(weights, shape.encoder[0]!));
  return {
    config,
    part,
    shape,
    passes: [{ moves: names, dropout: config.dropout }],
    initialWeights: () => randomDirections(shape, config.seed),
    beta: () => 0,
    loss(tf, weights, { clicks, update, pass }) {
      const random = new RandomTable(config.seed, 'dropout', update);
      return elsaTerms(tf, unit(tf, weights), clicks, withDropout(clicks, pass.dropout, random));
    },
    scoringWeights: (tf, weights) => ({ [names[0]!]: unit(tf, weights) }),
    recommender: (engine, weights) => new Elsa(engine, itemCount, weights),
  };
}

/** How ELSA is trained and loaded. */
export const elsaModel = networkModel(elsaNetwork);

/**
 * Peak memory of training ELSA beside the clicks, in bytes: W, its two moments and its gradient, A and its gradients, and
 * copies of some of them while a checkpoint is written. It does not grow with the batch.
 */
export function elsaMemory(
  { latentDim }: Pick<ElsaConfig, 'latentDim'>,
  itemCount: number,
): number {
  return copies * 4 * itemCount * latentDim;
}

/** Arrays of [I, D] at the same time, as measured. */
const copies = 14;

/** Rows of length 1 in directions that are uniformly random. */
function randomDirections(shape: Architecture, seed: number): StoredTensors {
  const [{ name, inputs, outputs }] = shape.encoder as [Architecture['encoder'][number]];
  const data = new RandomStream(seed, `weights/${name}/kernel`).normals(inputs * outputs);
  for (let item = 0; item < inputs; item++) {
    const row = data.subarray(item * outputs, (item + 1) * outputs);
    let square = 0;
    for (const value of row) square += value * value;
    const scale = 1 / Math.sqrt(square);
    for (let d = 0; d < outputs; d++) row[d]! *= scale;
  }
  return { [`${name}/kernel`]: { shape: [inputs, outputs], data } };
}

/** The clicks that dropout leaves, each as 1. */
function withDropout(clicks: ClickMatrix, dropout: number, random: RandomTable): ClickMatrix {
  return dropout === 0 ? clicks : corruptedRows(clicks, { dropout, random }).clicks;
}

/**
 * The squared distance of each user's clicks x and scores y, both scaled to length 1,
 *
 *   ‖x/‖x‖ − y/‖y‖‖² = 2 − 2·⟨x, y⟩ / (‖x‖·‖y‖)        y = x̃·(A·Aᵀ − I)
 *
 * where x̃ has the clicks that dropout left. With h = x·A, h̃ = x̃·A, G = Aᵀ·A and n, ñ clicks,
 *
 *   ⟨x, y⟩ = ⟨h, h̃⟩ − ñ        ‖y‖² = h̃·G·h̃ᵀ − 2·‖h̃‖² + ñ
 *
 * so no y of [B, I] is computed: a step costs I·D² and takes memory for [I, D], however many users it has.
 *
 * @param vectors - A, [I, D], with rows of length 1
 * @param input - x̃, [B, I]: some of the clicks
 */
export function elsaTerms(
  tf: TensorFlow,
  vectors: Tensor2D,
  clicks: ClickMatrix,
  input: ClickMatrix,
): LossTerms {
  const kept = lengths(tf, input); // ñ, [B]
  const inputCode = sparseProduct(tf, ones(input), vectors); // h̃, [B, D]
  const code = input === clicks ? inputCode : sparseProduct(tf, ones(clicks), vectors); // h, [B, D]
  const spread = tf.matMul(inputCode, rowGram(tf, vectors)); // h̃·G, [B, D]
  const dot = tf.sub(tf.sum(tf.mul(inputCode, code), 1), kept);
  const twice = tf.mul(tf.sum(tf.square(inputCode), 1), 2);
  const square = tf.add(tf.sub(tf.sum(tf.mul(spread, inputCode), 1), twice), kept);
  // Rounding may leave a square of 0 a little below it; such a user, or one without clicks, has no direction.
  const lengthsProduct = tf.sqrt(
    tf.mul(tf.maximum(square, minSquare), tf.maximum(lengths(tf, clicks), 1)),
  );
  const loss = tf.sub(2, tf.mul(2, tf.div(dot, lengthsProduct))) as Tensor1D; // [B]
  return { loss, nll: tf.clone(loss), kl: tf.zerosLike(loss) };
}

/** The least ‖y‖² that is divided by. */
const minSquare = 1e-6;

function ones(clicks: ClickMatrix): SparseRows {
  return { clicks, scale: new Float32Array(clicks.rows).fill(1) };
}

function lengths(tf: TensorFlow, { rows, offsets }: ClickMatrix): Tensor1D {
  return tf.tensor1d(Float32Array.from({ length: rows }, (_, u) => offsets[u + 1]! - offsets[u]!));
}
