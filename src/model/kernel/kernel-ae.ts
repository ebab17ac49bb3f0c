/** An autoencoder of infinite width in closed form: kernel ridge regression from users' rows to themselves. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Tensor2D } from '@tensorflow/tfjs';
import type { Engine } from '../../backend/engine.js';
import { sparseProduct } from '../../backend/operations/sparse.js';
import { sweep } from '../../backend/operations/sweep.js';
import { topN } from '../../backend/operations/top-n.js';
import type { KernelAeConfig } from '../../config/models.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ConfigError, MultvaeError, RunError } from '../../errors.js';
import type { StoredTensors } from '../../runs/format.js';
import { takeData } from '../autoencoder/autoencoder.js';
import { checkRows, rankInBlocks, scoringBlocks } from '../blocks.js';
import type { ModelDefinition } from '../definition.js';
import { vectorsOfRanked } from '../items/neighbourhoods.js';
import type {
  ItemEmbedding,
  ItemRelations,
  ItemVectors,
  Recommender,
  TopN,
} from '../recommender.js';
import { trainClosedForm } from '../training/closed-form.js';
import { RowKernel } from './row-kernel.js';

/** The stored parameters. */
const parameters = {
  /** W, [I, U]. */
  items: 'items/kernel',
  /** The training rows, compressed. */
  offsets: 'rows/offsets',
  clicks: 'rows/items',
} as const;
/** A run's weights are one file, which must fit into a Buffer of 4 GiB with its header. */
const maxWeights = 2 ** 30 - 2 ** 24;
/** Rows of the kernel that are computed, or items whose weights are, before a training can be stopped. */
const blockRows = 512;

/**
 * Peak memory of training beside the clicks on `native`, in bytes: the kernel of all pairs of users, the weights, and
 * blocks of either.
 *
 * @param users - U
 * @param items - I
 */
export function kernelAeMemory(users: number, items: number): number {
  return 4 * (users ** 2 + users * items + blockCopies * blockRows * Math.max(users, items));
}

/** Blocks of rows at the same time, as measured. */
const blockCopies = 4;

/**
 * Kernel ridge regression of the rows on themselves,
 *
 *   W = Xᵀ·(K + λI)⁻¹      K_uv = exp(s·(cos(x_u, x_v) − 1))      score(x) = W·k(x),  k(x)_u = K(x, x_u)
 *
 * It is the limit of an autoencoder with one hidden layer of random cosine features as its width grows (Rahimi & Recht
 * 2007), as ∞-AE (Sachdeva et al. 2022) is that of one with ReLU. With rows of length 1, K is the Gaussian kernel.
 *
 * @returns W, and the rows, which scoring needs
 * @throws ConfigError when a run cannot hold so many weights, or λ is too small for f32
 * @throws the signal's reason
 */
export async function trainKernelAe(
  { sharpness, lambda }: KernelAeConfig,
  train: ClickMatrix,
  engine: Engine,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  const { rows: users, columns: items } = train;
  if (users * Math.max(users, items) > maxWeights) {
    throw new ConfigError(
      `kernel-ae on ${users} training users and ${items} items keeps a matrix of ${users} x ${users} and weights of ${items} x ${users}; each may have at most ${maxWeights} numbers. Train a model whose size does not follow the users, such as sparse-ease or mult-vae, instead.`,
    );
  }
  const kernel = new RowKernel(train, sharpness);
  const matrix = new Float32Array(users ** 2);
  for (let first = 0; first < users; first += blockRows) {
    const last = Math.min(users, first + blockRows);
    matrix.set(kernel.between(train.slice(first, last)), first * users);
    await nextTurn();
    signal?.throwIfAborted();
  }
  for (let d = 0; d < matrix.length; d += users + 1) matrix[d]! += lambda;
  await inverted(engine, matrix, users, signal);
  const { tf } = engine;
  const inverse = tf.tensor2d(matrix, [users, users], 'float32'); // −(K + λI)⁻¹
  const weights = new Float32Array(items * users);
  try {
    const byItem = train.transpose();
    for (let first = 0; first < items; first += blockRows) {
      const clicks = byItem.slice(first, Math.min(items, first + blockRows));
      const scale = new Float32Array(clicks.rows).fill(-1);
      const block = tf.tidy(() => sparseProduct(tf, { clicks, scale }, inverse)); // [B, U]
      weights.set(await takeData(block), first * users);
      await nextTurn();
      signal?.throwIfAborted();
    }
  } finally {
    inverse.dispose();
  }
  return {
    [parameters.items]: { shape: [items, users], data: weights },
    [parameters.offsets]: { shape: [users + 1], data: train.offsets },
    [parameters.clicks]: { shape: [train.clicks], data: train.items },
  };
}

async function inverted(
  engine: Engine,
  matrix: Float32Array,
  users: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  try {
    await sweep(engine, matrix, users, signal);
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    throw new ConfigError(
      `the kernel of ${users} training users is not positive definite in f32; a larger lambda makes it so`,
      { cause: error },
    );
  }
}

/** A trained kernel autoencoder: an item's score is the sum of its weights times the likeness to each training user. */
export class KernelAe implements Recommender, ItemRelations, ItemVectors {
  readonly model = 'kernel-ae';
  readonly itemCount: number;
  readonly #engine: Engine;
  readonly #kernel: RowKernel;
  readonly #weights: Tensor2D;

  /**
   * @param weights - from `trainKernelAe`
   * @throws RunError when they are damaged, or for another number of items
   */
  constructor(
    engine: Engine,
    weights: StoredTensors,
    { itemCount, sharpness }: { readonly itemCount: number; readonly sharpness: number },
  ) {
    const { rows, kernel } = readWeights(weights, itemCount);
    this.itemCount = itemCount;
    this.#engine = engine;
    this.#kernel = new RowKernel(rows, sharpness);
    this.#weights = engine.tf.tensor2d(kernel, [itemCount, rows.rows], 'float32');
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { tf } = this.#engine;
    const users = this.#weights.shape[1];
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (const { first, last } of scoringBlocks(rows)) {
      const likeness = this.#kernel.between(rows.slice(first, last));
      const block = tf.tidy(() => {
        const near = tf.tensor2d(likeness, [last - first, users], 'float32');
        return tf.matMul(near, this.#weights, false, true) as Tensor2D; // [B, I]
      });
      scores.set(await takeData(block), first * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, async (block, masked) =>
      topN(await this.score(block), masked, n),
    );
  }

  /** What a click on the item adds to the scores of somebody without clicks. */
  itemRelations(item: number): Promise<Float32Array> {
    return this.#gains(ClickMatrix.fromRows(this.itemCount, [[item]]));
  }

  /** By the items that gain most from a click on each. */
  itemVectors(): Promise<ItemEmbedding> {
    return vectorsOfRanked(this.itemCount, async (rows, n) =>
      topN(await this.#gains(rows), rows, n),
    );
  }

  /** How much higher the scores of rows are than those of a row without clicks, [B, I]. */
  async #gains(rows: ClickMatrix): Promise<Float32Array> {
    const none = await this.score(ClickMatrix.fromRows(this.itemCount, [[]])); // [1, I]
    const scores = await this.score(rows);
    return scores.map((score, k) => score - none[k % this.itemCount]!);
  }

  dispose(): void {
    this.#weights.dispose();
  }
}

function readWeights(
  stored: StoredTensors,
  itemCount: number,
): { readonly rows: ClickMatrix; readonly kernel: StoredTensors[string]['data'] } {
  const kernel = stored[parameters.items];
  const offsets = stored[parameters.offsets]?.data;
  const clicks = stored[parameters.clicks]?.data;
  if (kernel !== undefined && offsets instanceof Int32Array && clicks instanceof Int32Array) {
    if (kernel.shape.join() === `${itemCount},${offsets.length - 1}`) {
      try {
        return { rows: new ClickMatrix(itemCount, offsets, clicks), kernel: kernel.data };
      } catch {
        // The sentence below says what is wrong.
      }
    }
  }
  throw new RunError(`the weights are not those of a kernel-ae of ${itemCount} items`);
}

/** How a kernel autoencoder is trained and loaded. */
export const kernelAeModel: ModelDefinition<KernelAeConfig> = {
  computesWithTensors: () => true,
  train(training) {
    const { origin, train, engine, signal } = training;
    return trainClosedForm(training, () => trainKernelAe(origin.config, train, engine!, signal));
  },
  async load({ config, weights, trainClicks, openEngine }) {
    const shape = { itemCount: trainClicks.length, sharpness: config.sharpness };
    return new KernelAe(await openEngine(), weights, shape);
  },
};
