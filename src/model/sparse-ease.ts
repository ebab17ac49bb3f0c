/** Sparse EASE: item-item weights for catalogues whose [I, I] does not fit (after Steck, "Markov Random Fields", NeurIPS 2019). */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Engine } from '../backend/engine.js';
import {
  correlatedItems,
  type ItemChoices,
  itemRegressions,
} from '../backend/operations/regression.js';
import type { SparseEaseConfig } from '../config/models.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, RunError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { checkRows, rankByScores } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import { userWeights } from './ease.js';
import { relativePopularity } from './items/discounts.js';
import {
  joined,
  type Neighbourhoods,
  neighbourVectors,
  reversed,
  storedNeighbourhoods,
} from './items/neighbourhoods.js';
import { SparseRanking } from './items/sparse-ranking.js';
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
/** The least correlation is chosen on this many items, and on all of a smaller catalogue. */
const sampledItems = 16_384;
/** Items of the sample that stand together. */
const sampledTogether = 256;
/** Steps between 0 and 1 by which the least correlation is chosen. */
const steps = 2 ** 16;

/**
 * Peak memory of training sparse EASE beside the clicks, in bytes: the clicks by item, the weights by target and by
 * source, and the correlations of the items on which the least one is chosen.
 */
export function sparseEaseMemory(
  { neighbours }: SparseEaseConfig,
  items: number,
  clicks: number,
): number {
  const candidates = Math.min(items, sampledItems) * Math.min(maxCandidates * neighbours, items);
  return 4 * clicks + 8 * (items * 3 * Math.min(neighbours, items) + 2 * candidates);
}

/**
 * Sparse EASE. Each item's weights solve EASE's least squares over a few other items alone,
 *
 *   (G_SS + diag(λ + p/(1−p)·n))·b = G_Sj
 *
 * with G = Xᵀ·diag(w)·X, the users' weights w of `ease`, and n its diagonal. S holds the items whose correlation with j
 * is above one threshold, chosen on at most 16,384 items: twice `neighbours` on average, and four times at most. Of the
 * solution the `neighbours` largest |b| are kept, discounted for popular items as in `ease`.
 *
 * @throws ConfigError when a run cannot hold that many weights, or λ is too small for f32
 * @throws the signal's reason
 */
export async function trainSparseEase(
  { neighbours, lambda, denoise, userWeight, popularityDiscount }: SparseEaseConfig,
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
  const candidates = new CandidateSearch(engine, train, users, neighbours);
  const afterBlock = async () => {
    await nextTurn();
    signal?.throwIfAborted();
  };
  await candidates.chooseLeast(afterBlock);
  const penalty = { lambda, clicks: denoise / (1 - denoise) };
  const equations = { ...penalty, userWeights: userWeights(train, userWeight) };
  const kept: Neighbourhoods[] = [];
  for (const { first, count } of itemBlocks(items)) {
    const rows = candidates.of(first, count);
    kept.push(compact(itemRegressions(engine, users, rows, { first, most }, equations)));
    await afterBlock();
  }
  const { offsets, items: targets, weights } = reversed(joined(kept));
  const popularity = relativePopularity(train.columnCounts());
  for (let k = 0; k < weights.length; k++) {
    weights[k]! *= popularity[targets[k]!]! ** -popularityDiscount;
  }
  return {
    [parameters.offsets]: { shape: [offsets.length], data: offsets },
    [parameters.items]: { shape: [targets.length], data: targets },
    [parameters.weights]: { shape: [weights.length], data: weights },
  };
}

/** Consecutive items. */
interface Items {
  readonly first: number;
  readonly count: number;
}

function* itemBlocks(items: number): Generator<Items> {
  for (let first = 0; first < items; first += blockItems) {
    yield { first, count: Math.min(blockItems, items - first) };
  }
}

/** All items, or a sample of them that is spread over the catalogue, whose first items are the popular ones. */
function* sampleOf(items: number): Generator<Items> {
  if (items <= sampledItems) yield* itemBlocks(items);
  else {
    const parts = sampledItems / sampledTogether;
    for (let part = 0; part < parts; part++) {
      const middle = Math.floor(((part + 0.5) * items) / parts);
      yield { first: middle - sampledTogether / 2, count: sampledTogether };
    }
  }
}

/** Finds for each item the others above one least correlation. */
class CandidateSearch {
  readonly #engine: Engine;
  readonly #clicks: ClickMatrix;
  readonly #users: ClickMatrix;
  readonly #most: number;
  /** How many an item has on average. */
  readonly #mean: number;
  /** What was found already, by the first item of the block. */
  readonly #found = new Map<number, Neighbourhoods>();
  #least = 0;

  /** @param users - the clicks by item */
  constructor(engine: Engine, clicks: ClickMatrix, users: ClickMatrix, neighbours: number) {
    this.#engine = engine;
    this.#clicks = clicks;
    this.#users = users;
    this.#most = Math.min(maxCandidates * neighbours, Math.max(1, clicks.columns - 1));
    this.#mean = meanCandidates * neighbours;
  }

  async chooseLeast(afterBlock: () => Promise<void>): Promise<void> {
    const items = this.#clicks.columns;
    const isWhole = items <= sampledItems;
    const sample: Neighbourhoods[] = [];
    let sampled = 0;
    for (const { first, count } of sampleOf(items)) {
      const found = this.#correlated(first, count);
      sample.push(found);
      if (isWhole) this.#found.set(first, found);
      sampled += count;
      await afterBlock();
    }
    this.#least = minStrength(sample, this.#mean * sampled);
  }

  /** [count, I], for the items of a block; each block is asked for once. */
  of(first: number, count: number): ClickMatrix {
    const { offsets, items, weights } = this.#found.get(first) ?? this.#correlated(first, count);
    this.#found.delete(first);
    const strong = new Int32Array(count + 1);
    for (let row = 0; row < count; row++) {
      const own = weights.subarray(offsets[row]!, offsets[row + 1]!);
      strong[row + 1] = strong[row]! + own.filter((weight) => weight >= this.#least).length;
    }
    const chosen = items.filter((_, k) => weights[k]! >= this.#least);
    return new ClickMatrix(this.#clicks.columns, strong, chosen);
  }

  #correlated(first: number, count: number): Neighbourhoods {
    const block = { first, count, most: this.#most, min: this.#least };
    return compact(correlatedItems(this.#engine, this.#clicks, this.#users, block));
  }
}

/** The choices without filling. */
function compact({ rows, most, items, values }: ItemChoices): Neighbourhoods {
  const offsets = new Int32Array(rows + 1);
  for (let row = 0; row < rows; row++) {
    let end = row * most;
    while (end < (row + 1) * most && items[end]! >= 0) end++;
    offsets[row + 1] = offsets[row]! + end - row * most;
  }
  return {
    offsets,
    items: items.filter((item) => item >= 0),
    weights: values.filter((_, k) => items[k]! >= 0),
  };
}

/** A strength, a whole number of steps, that at least so many of the choices reach, if there are so many. */
function minStrength(blocks: readonly Neighbourhoods[], wanted: number): number {
  const counts = new Float64Array(steps + 1);
  const stepOf = (value: number) => Math.min(steps, Math.floor(value * steps));
  for (const { weights } of blocks) for (const value of weights) counts[stepOf(value)]!++;
  let count = 0;
  for (let step = steps; step > 0; step--) {
    count += counts[step]!;
    if (count >= wanted) return step / steps;
  }
  return 0;
}

/** A trained sparse EASE: an item's score is the sum of its weights from the clicked items, x·B. */
export class SparseEase implements Recommender, ItemRelations, ItemVectors {
  readonly model = 'sparse-ease';
  readonly itemCount: number;
  /** By source: row i of B. */
  readonly #weights: Neighbourhoods;
  readonly #ranking: SparseRanking;

  /**
   * @param weights - from `trainSparseEase`
   * @throws RunError when they are damaged, or for another number of items
   */
  constructor(weights: StoredTensors, itemCount: number) {
    this.itemCount = itemCount;
    this.#weights = readWeights(weights, itemCount);
    this.#ranking = new SparseRanking(this.#weights, new Float32Array(itemCount));
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
    return this.#ranking.topN(this, { rows, mask, n }, (row, masked) =>
      rankByScores(this, { rows: row, mask: masked, n }),
    );
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
