/**
 * EASE: item-item weights in closed form (Steck, WWW 2019); EDLAE, its denoising kind (Steck, NeurIPS 2020); users'
 * weights, and a discount of popular items.
 */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { Engine } from '../backend/engine.js';
import { sparseProduct } from '../backend/operations/sparse.js';
import { sweep } from '../backend/operations/sweep.js';
import { topN } from '../backend/operations/top-n.js';
import type { EaseConfig } from '../config/models.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, RunError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { takeData } from './autoencoder/autoencoder.js';
import { blockRows, checkRows, rankInBlocks, scoringBlocks } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import { relativePopularity } from './items/discounts.js';
import { vectorsOfRanked } from './items/neighbourhoods.js';
import type {
  ItemEmbedding,
  ItemRelations,
  ItemVectors,
  Recommender,
  TopN,
} from './recommender.js';
import { trainClosedForm } from './training/closed-form.js';

/** The stored parameter: B, [I, I]. */
const parameter = 'items/kernel';
/** A run's weights are one file, which must fit into a Buffer of 4 GiB with its header. */
const maxItems = 32_767;

/**
 * Peak memory of training EASE beside the clicks on `native`, in bytes: the matrix that becomes B, and the scores of a
 * block of users while it is measured.
 *
 * @param itemCount - I
 */
export function easeMemory(itemCount: number): number {
  return 4 * itemCount * (itemCount + scoreCopies * blockRows);
}

/** Arrays of [blockRows, I] at the same time, as measured. */
const scoreCopies = 3;

/**
 * EASE in closed form (Steck, WWW 2019): the item-item weights with a zero diagonal that minimise
 * ‖X − X·B‖² + λ·‖B‖²,
 *
 *   P = (XᵀX + λI)⁻¹      B_ij = −P_ij / P_jj,  B_jj = 0
 *
 * With `denoise` = p above 0 it is EDLAE (Steck, NeurIPS 2020): an autoencoder whose inputs are dropped with probability
 * p and that is asked for the dropped ones alone. Its optimum adds to λ, for each item, p/(1−p) times the item's clicks,
 *
 *   P = (XᵀX + λI + p/(1−p)·diag(XᵀX))⁻¹
 *
 * With `userWeight` = a above 0, XᵀX is Xᵀ·diag(w)·X with w_u = (|x_u| / mean |x|)^−a: a user with n clicks adds n² to
 * the sums over pairs of items, so without weights a few users who clicked a lot decide. At a = 0, XᵀX is exact because
 * its entries are counts.
 *
 * With `popularityDiscount` = c above 0, column j of B is multiplied by (n_j / mean n)^−c, where n_j is the number of
 * clicks on item j. The least squares leave popular items ahead of what a ranking by relevance wants.
 *
 * Computes in f32 and in place, so [I, I] is held once.
 *
 * @throws ConfigError when a run cannot hold that many items, or λ is too small for f32
 */
export async function trainEase(
  { lambda, denoise, userWeight, popularityDiscount }: EaseConfig,
  train: ClickMatrix,
  engine: Engine,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  const itemCount = train.columns;
  if (itemCount > maxItems) {
    throw new ConfigError(
      `ease keeps ${itemCount} x ${itemCount} weights; at most ${maxItems} items fit a run's file. Train sparse-ease or elsa instead.`,
    );
  }
  const matrix = gram(train, userWeights(train, userWeight));
  const clicksPenalty = denoise / (1 - denoise);
  for (let d = 0; d < itemCount ** 2; d += itemCount + 1) {
    matrix[d] = matrix[d]! * (1 + clicksPenalty) + lambda;
  }
  await sweep(engine, matrix, itemCount, signal); // −P
  const scale = relativePopularity(train.columnCounts()).map(
    (popularity, j) => -(popularity ** -popularityDiscount) / matrix[j * itemCount + j]!,
  );
  for (let i = 0; i < itemCount; i++) {
    const row = matrix.subarray(i * itemCount, (i + 1) * itemCount);
    for (let j = 0; j < itemCount; j++) row[j]! *= scale[j]!;
    row[i] = 0;
  }
  return { [parameter]: { shape: [itemCount, itemCount], data: matrix } };
}

/** What each user counts for, [U]: (|x_u| / mean |x|)^−a. */
export function userWeights(clicks: ClickMatrix, exponent: number): Float32Array {
  const mean = clicks.clicks / clicks.rows;
  return Float32Array.from(
    { length: clicks.rows },
    (_, u) => (Math.max(1, clicks.row(u).length) / mean) ** -exponent,
  );
}

/**
 * Xᵀ·diag(w)·X on and below the diagonal, zeros above. Goes row by row, so that the row written stays in the cache.
 *
 * @param weights - [U], w
 */
function gram(clicks: ClickMatrix, weights: Float32Array): Float32Array {
  const itemCount = clicks.columns;
  const users = clicks.transpose();
  const matrix = new Float32Array(itemCount ** 2);
  for (let i = 0; i < itemCount; i++) {
    const row = matrix.subarray(i * itemCount, i * itemCount + i + 1);
    for (const u of users.row(i)) {
      const weight = weights[u]!;
      for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
        const j = clicks.items[k]!;
        if (j <= i) row[j]! += weight;
      }
    }
  }
  return matrix;
}

/** A trained EASE: an item's score is the sum of its weights from the clicked items, x·B. */
export class Ease implements Recommender, ItemRelations, ItemVectors {
  readonly model = 'ease';
  readonly itemCount: number;
  readonly #engine: Engine;
  readonly #weights: Tensor2D;

  /**
   * @param weights - from `trainEase`
   * @throws RunError when the weights are for another number of items
   */
  constructor(engine: Engine, weights: StoredTensors, itemCount: number) {
    const stored = weights[parameter];
    if (stored === undefined || stored.shape.join() !== `${itemCount},${itemCount}`) {
      const found = stored === undefined ? 'is missing' : `is [${stored.shape}]`;
      throw new RunError(
        `${parameter} ${found}; ${itemCount} items need [${itemCount},${itemCount}]`,
      );
    }
    this.itemCount = itemCount;
    this.#engine = engine;
    this.#weights = engine.tf.tensor2d(stored.data, [itemCount, itemCount], 'float32');
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { tf } = this.#engine;
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (const { first, last } of scoringBlocks(rows)) {
      const clicks = rows.slice(first, last);
      const scale = new Float32Array(clicks.rows).fill(1);
      const block = tf.tidy(() => sparseProduct(tf, { clicks, scale }, this.#weights)); // [B, I]
      scores.set(await takeData(block), first * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, async (block, masked) =>
      topN(await this.score(block), masked, n),
    );
  }

  /** B's row of the item, which is also the score of every item for somebody who clicked this one alone. */
  itemRelations(item: number): Promise<Float32Array> {
    return this.score(ClickMatrix.fromRows(this.itemCount, [[item]]));
  }

  /** By the highest weights of each row of B. */
  itemVectors(): Promise<ItemEmbedding> {
    return vectorsOfRanked(this.itemCount, (rows, n) => this.topN(rows, n, rows));
  }

  dispose(): void {
    this.#weights.dispose();
  }
}

/** How EASE is trained and loaded. */
export const easeModel: ModelDefinition<EaseConfig> = {
  computesWithTensors: () => true,
  train(training) {
    const { origin, train, engine, signal } = training;
    return trainClosedForm(training, () => trainEase(origin.config, train, engine!, signal));
  },
  async load({ weights, trainClicks, openEngine }) {
    return new Ease(await openEngine(), weights, trainClicks.length);
  },
};
