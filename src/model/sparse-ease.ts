/** Sparse EASE: item-item weights for catalogues whose [I, I] does not fit (after Steck, "Markov Random Fields", NeurIPS 2019). */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../backend/engine.js';
import {
  correlatedItems,
  type ItemChoices,
  itemRegressions,
} from '../backend/operations/regression.js';
import { topN } from '../backend/operations/top-n.js';
import type { SparseEaseConfig } from '../config/models.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, RunError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { checkRows, rankInBlocks } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import {
  type Neighbourhoods,
  neighbourVectors,
  reversed,
  storedNeighbourhoods,
} from './items/neighbourhoods.js';
import type {
  ItemEmbedding,
  ItemRelations,
  ItemVectors,
  Recommender,
  TopN,
} from './recommender.js';
import { trainClosedForm } from './training/closed-form.js';

/** The stored parameters. */
const parameters = {
  offsets: 'weights/offsets',
  items: 'weights/items',
  weights: 'weights/values',
} as const;

/** A run's weights are one file, which must fit into a Buffer of 4 GiB with its header. */
const maxWeights = 2 ** 29 - 2 ** 20;
/** So many times the weights of an item are candidates for them, on average over the items, */
const meanCandidates = 2;
/** and at most for one item. */
const maxCandidates = 4;
/** Items that one call of a kernel computes; between two calls a training can be stopped. */
const blockItems = 1024;
/** Steps between 0 and 1 by which the least correlation is chosen. */
const steps = 2 ** 16;

/**
 * Peak memory of training sparse EASE beside the clicks, in bytes: the clicks by item, the candidates with their
 * correlations, and the weights by target and by source.
 */
export function sparseEaseMemory(
  { neighbours }: SparseEaseConfig,
  items: number,
  clicks: number,
): number {
  const perItem = Math.min(neighbours, items);
  const candidates = Math.min(maxCandidates * neighbours, items);
  return (
    4 * clicks + 8 * items * (candidates + Math.min(meanCandidates * neighbours, items) + perItem)
  );
}

/**
 * Sparse EASE. Each item's weights solve EASE's least squares over a few other items alone,
 *
 *   (G_SS + diag(λ + p/(1−p)·n))·b = G_Sj
 *
 * with G = XᵀX. S holds the items whose correlation with j is above one threshold for all items, so that an item with
 * many relations gets many candidates: twice `neighbours` on average, and four times at most. Of the solution the
 * `neighbours` largest |b| are kept.
 *
 * @throws ConfigError when a run cannot hold that many weights, or λ is too small for f32
 * @throws the signal's reason
 */
export async function trainSparseEase(
  { neighbours, lambda, denoise }: SparseEaseConfig,
  train: ClickMatrix,
  engine: Engine,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  const items = train.columns;
  const most = Math.min(neighbours, Math.max(1, items - 1));
  if (items * most > maxWeights) {
    throw new ConfigError(
      `sparse-ease keeps ${items} x ${most} weights; at most ${maxWeights} fit a run's file. Set neighbours to ${Math.floor(maxWeights / items)} or less.`,
    );
  }
  const users = train.transpose();
  const candidates = await candidateItems(train, users, { neighbours, engine, signal });
  const penalty = { lambda, clicks: denoise / (1 - denoise) };
  const kept: ItemChoices[] = [];
  for (let first = 0; first < items; first += blockItems) {
    const rows = candidates.slice(first, Math.min(items, first + blockItems));
    kept.push(itemRegressions(engine, users, rows, { first, most }, penalty));
    await nextTurn();
    signal?.throwIfAborted();
  }
  const { offsets, items: targets, weights } = reversed(neighbourhoodsOf(kept));
  return {
    [parameters.offsets]: { shape: [offsets.length], data: offsets },
    [parameters.items]: { shape: [targets.length], data: targets },
    [parameters.weights]: { shape: [weights.length], data: weights },
  };
}

interface CandidateSearch {
  readonly neighbours: number;
  readonly engine: Engine;
  readonly signal: AbortSignal | undefined;
}

/** For each item the others above one least correlation, [I, I]. */
async function candidateItems(
  clicks: ClickMatrix,
  users: ClickMatrix,
  { neighbours, engine, signal }: CandidateSearch,
): Promise<ClickMatrix> {
  const items = clicks.columns;
  const most = Math.min(maxCandidates * neighbours, Math.max(1, items - 1));
  const blocks: Correlated[] = [];
  for (let first = 0; first < items; first += blockItems) {
    const count = Math.min(blockItems, items - first);
    blocks.push(compact(correlatedItems(engine, clicks, users, { first, count, most })));
    await nextTurn();
    signal?.throwIfAborted();
  }
  const min = minStrength(blocks, meanCandidates * neighbours * items);
  const offsets = new Int32Array(items + 1);
  const chosen: Int32Array[] = [];
  let row = 0;
  for (const block of blocks) {
    for (let r = 0; r + 1 < block.offsets.length; r++) {
      const first = block.offsets[r]!;
      const last = block.offsets[r + 1]!;
      const strengths = block.values.subarray(first, last);
      const strong = block.items.subarray(first, last).filter((_, k) => strengths[k]! >= min);
      chosen.push(strong);
      offsets[row + 1] = offsets[row]! + strong.length;
      row++;
    }
  }
  const all = new Int32Array(offsets[items]!);
  chosen.forEach((strong, item) => {
    all.set(strong, offsets[item]!);
  });
  return new ClickMatrix(items, offsets, all);
}

/** The items that were found for a block, without filling. */
interface Correlated {
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  readonly values: Float32Array;
}

function compact({ rows, most, items, values }: ItemChoices): Correlated {
  const offsets = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    let end = row * most;
    while (end < (row + 1) * most && items[end]! >= 0) end++;
    offsets[row + 1] = offsets[row]! + end - row * most;
  }
  return {
    offsets,
    items: items.filter((item) => item >= 0),
    values: values.filter((_, k) => items[k]! >= 0),
  };
}

/** A strength, a whole number of steps, that at least so many of the choices reach, if there are so many. */
function minStrength(blocks: readonly Correlated[], wanted: number): number {
  const counts = new Float64Array(steps + 1);
  const stepOf = (value: number) => Math.min(steps, Math.floor(value * steps));
  for (const { values } of blocks) for (const value of values) counts[stepOf(value)]!++;
  let count = 0;
  for (let step = steps; step > 0; step--) {
    count += counts[step]!;
    if (count >= wanted) return step / steps;
  }
  return 0;
}

/** One list an item. */
function neighbourhoodsOf(blocks: readonly ItemChoices[]): Neighbourhoods {
  const lists = blocks.map(compact);
  const count = lists.reduce((sum, { items }) => sum + items.length, 0);
  const rows = lists.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(count);
  const weights = new Float32Array(count);
  let row = 0;
  for (const list of lists) {
    const start = offsets[row]!;
    items.set(list.items, start);
    weights.set(list.values, start);
    for (let r = 1; r < list.offsets.length; r++) offsets[++row] = start + list.offsets[r]!;
  }
  return { offsets, items, weights };
}

/** Scores that are in memory at once while items are ranked. */
const maxScores = 2 ** 22;

/** A trained sparse EASE: an item's score is the sum of its weights from the clicked items, x·B. */
export class SparseEase implements Recommender, ItemRelations, ItemVectors {
  readonly model = 'sparse-ease';
  readonly itemCount: number;
  /** By source: row i of B. */
  readonly #weights: Neighbourhoods;

  /**
   * @param weights - from `trainSparseEase`
   * @throws RunError when they are damaged, or for another number of items
   */
  constructor(weights: StoredTensors, itemCount: number) {
    this.itemCount = itemCount;
    this.#weights = readWeights(weights, itemCount);
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { offsets, items, weights } = this.#weights;
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (let u = 0; u < rows.rows; u++) {
      const start = u * this.itemCount;
      for (const item of rows.row(u)) {
        const last = offsets[item + 1]!;
        for (let k = offsets[item]!; k < last; k++) scores[start + items[k]!]! += weights[k]!;
      }
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, async (block, masked) => {
      const items = new Int32Array(block.rows * n);
      const scores = new Float32Array(block.rows * n);
      const step = Math.max(1, Math.floor(maxScores / Math.max(1, this.itemCount)));
      for (let first = 0; first < block.rows; first += step) {
        const last = Math.min(block.rows, first + step);
        const best = topN(await this.score(block.slice(first, last)), masked.slice(first, last), n);
        items.set(best.items, first * n);
        scores.set(best.scores, first * n);
      }
      return { rows: block.rows, n, items, scores };
    });
  }

  /** B's row of the item, which is also the score of every item for somebody who clicked this one alone. */
  itemRelations(item: number): Promise<Float32Array> {
    return this.score(ClickMatrix.fromRows(this.itemCount, [[item]]));
  }

  itemVectors(): Promise<ItemEmbedding> {
    return neighbourVectors(this.#weights);
  }

  dispose(): void {
    // Holds nothing on a backend.
  }
}

function readWeights(stored: StoredTensors, itemCount: number): Neighbourhoods {
  const found = storedNeighbourhoods(stored, itemCount, parameters);
  if (found === null) {
    throw new RunError(`the weights are not those of a sparse EASE of ${itemCount} items`);
  }
  return found;
}

/** How sparse EASE is trained and loaded. */
export const sparseEaseModel: ModelDefinition<SparseEaseConfig> = {
  computesWithTensors: () => true,
  train(training) {
    const { origin, train, engine, signal } = training;
    return trainClosedForm(training, () => trainSparseEase(origin.config, train, engine!, signal));
  },
  async load({ weights, trainClicks }) {
    return new SparseEase(weights, trainClicks.length);
  },
};
