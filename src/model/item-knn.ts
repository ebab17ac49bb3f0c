/** Item-based nearest neighbours (Sarwar et al. 2001). */

import { RankingHeap } from '../backend/operations/top-n.js';
import type { ItemKnnConfig } from '../config/models.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { RunError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { checkRows, rankByScores } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import {
  NeighbourCollector,
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
  offsets: 'neighbours/offsets',
  items: 'neighbours/items',
  weights: 'neighbours/similarities',
} as const;

/**
 * Finds the nearest neighbours of every item by the shrunk cosine of two items' clicks,
 *
 *   s_ij = c_ij / (√(n_i·n_j) + shrinkage)
 *
 * where c_ij users clicked both items and n_i users clicked i. Keeps the `neighbours` most similar items of each
 * item, ties by lower index. Items that no user clicked together are never neighbours.
 *
 * Time follows the pairs of clicks of each user. Memory: the transposed clicks, one row of counts, and the neighbours
 * kept.
 */
export function trainItemKnn(
  { neighbours, shrinkage }: ItemKnnConfig,
  train: ClickMatrix,
): StoredTensors {
  const users = train.transpose();
  const itemCount = train.columns;
  const norms = Float64Array.from(train.columnCounts(), Math.sqrt);
  const collector = new NeighbourCollector();
  const together = new Int32Array(itemCount);
  const found = new Int32Array(itemCount);
  const heap = new RankingHeap(Math.min(neighbours, itemCount));
  const items = new Int32Array(neighbours);
  const scores = new Float32Array(neighbours);
  for (let i = 0; i < itemCount; i++) {
    let count = 0;
    for (const u of users.row(i)) {
      for (let k = train.offsets[u]!; k < train.offsets[u + 1]!; k++) {
        const j = train.items[k]!;
        if (together[j]!++ === 0) found[count++] = j;
      }
    }
    heap.clear();
    for (let k = 0; k < count; k++) {
      const j = found[k]!;
      if (j !== i) heap.offer(j, Math.fround(together[j]! / (norms[i]! * norms[j]! + shrinkage)));
      together[j] = 0;
    }
    scores.fill(0);
    heap.drain(items, scores);
    collector.add({ rows: 1, n: neighbours, items, scores });
  }
  const kept = collector.finish();
  return {
    [parameters.offsets]: { shape: [itemCount + 1], data: kept.offsets },
    [parameters.items]: { shape: [kept.items.length], data: kept.items },
    [parameters.weights]: { shape: [kept.weights.length], data: kept.weights },
  };
}

/** Trained item neighbours. An item's score is the sum of its similarities to those of its neighbours that the user clicked. */
export class ItemKnn implements Recommender, ItemRelations, ItemVectors {
  readonly model = 'item-knn';
  readonly itemCount: number;
  readonly #neighbours: Neighbourhoods;
  /** For each item: the items that have it as a neighbour. */
  readonly #reached: Neighbourhoods;
  readonly #ranking: SparseRanking;

  /**
   * @param weights - from `trainItemKnn`
   * @throws RunError when they are damaged, or for another number of items
   */
  constructor(weights: StoredTensors, itemCount: number) {
    this.itemCount = itemCount;
    this.#neighbours = readNeighbourhoods(weights, itemCount);
    this.#reached = reversed(this.#neighbours);
    this.#ranking = new SparseRanking(this.#reached, new Float64Array(itemCount));
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { offsets, items, weights } = this.#reached;
    const sums = new Float64Array(this.itemCount);
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (let u = 0; u < rows.rows; u++) {
      sums.fill(0);
      for (const item of rows.row(u)) {
        const last = offsets[item + 1]!;
        for (let k = offsets[item]!; k < last; k++) sums[items[k]!]! += weights[k]!;
      }
      scores.set(sums, u * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return this.#ranking.topN(this, { rows, mask, n }, (row, masked) =>
      rankByScores(this, { rows: row, mask: masked, n }),
    );
  }

  /** The similarities of the item's neighbours, and of those that have it as a neighbour; 0 elsewhere. */
  async itemRelations(item: number): Promise<Float32Array> {
    const relations = new Float32Array(this.itemCount);
    for (const { offsets, items, weights } of [this.#neighbours, this.#reached]) {
      for (let k = offsets[item]!; k < offsets[item + 1]!; k++) relations[items[k]!] = weights[k]!;
    }
    return relations;
  }

  itemVectors(): Promise<ItemEmbedding> {
    return neighbourVectors(this.#neighbours);
  }

  dispose(): void {
    // Holds nothing on a backend.
  }
}

function readNeighbourhoods(stored: StoredTensors, itemCount: number): Neighbourhoods {
  const found = storedNeighbourhoods(stored, itemCount, parameters);
  if (found === null) {
    throw new RunError(`the weights do not hold the neighbours of ${itemCount} items`);
  }
  return found;
}

/** How item-based nearest neighbours are trained and loaded. */
export const itemKnnModel: ModelDefinition<ItemKnnConfig> = {
  computesWithTensors: () => false,
  train(training) {
    const { origin, train } = training;
    return trainClosedForm(training, () => trainItemKnn(origin.config, train));
  },
  async load({ weights, trainClicks }) {
    return new ItemKnn(weights, trainClicks.length);
  },
};
