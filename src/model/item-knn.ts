import { topN } from '../backend/operations/top-n.js';
import type { ItemKnnConfig } from '../config/models.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { RunError } from '../errors.js';
import type { StoredTensors } from '../runs/format.js';
import { checkRows, rankInBlocks } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import type { Recommender, TopN } from './recommender.js';
import { trainClosedForm } from './training/closed-form.js';

/** Each item's nearest others: item i has `items[offsets[i] .. offsets[i+1])`, nearest first. */
interface Neighbourhoods {
  /** [I + 1] */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  readonly similarities: Float32Array;
}

/**
 * Item-based nearest neighbours (Sarwar et al. 2001): the cosine of two items' clicks, shrunk,
 *
 *   s_ij = c_ij / (√(n_i·n_j) + shrinkage)
 *
 * with c_ij the users who clicked both and n_i those who clicked i. Of each item the `neighbours` most
 * similar others are kept, ties by lower index; nothing is kept that no user clicked with it.
 *
 * Memory: the transposed clicks and one row of counts besides what is kept.
 */
export function trainItemKnn(
  { neighbours, shrinkage }: ItemKnnConfig,
  train: ClickMatrix,
): StoredTensors {
  const users = train.transpose();
  const itemCount = train.columns;
  const norms = Float64Array.from(train.columnCounts(), Math.sqrt);
  const together = new Float64Array(itemCount);
  const offsets = new Int32Array(itemCount + 1);
  const items: number[] = [];
  const similarities: number[] = [];
  for (let i = 0; i < itemCount; i++) {
    together.fill(0);
    for (const u of users.row(i)) {
      for (const j of train.row(u)) together[j]!++;
    }
    const row = Float32Array.from(together, (c, j) => c / (norms[i]! * norms[j]! + shrinkage));
    const nearest = topN(row, ClickMatrix.fromRows(itemCount, [[i]]), neighbours);
    for (const [k, similarity] of nearest.scores.entries()) {
      if (similarity <= 0) break;
      items.push(nearest.items[k]!);
      similarities.push(similarity);
    }
    offsets[i + 1] = items.length;
  }
  return {
    'neighbours/offsets': { shape: [itemCount + 1], data: offsets },
    'neighbours/items': { shape: [items.length], data: Int32Array.from(items) },
    'neighbours/similarities': { shape: [items.length], data: Float32Array.from(similarities) },
  };
}

/** Trained item neighbours: an item's score is the sum of its similarities to those of its neighbours that were clicked. */
export class ItemKnn implements Recommender {
  readonly model = 'item-knn';
  readonly itemCount: number;
  /** By clicked item: the items that have it as a neighbour. */
  readonly #reached: Neighbourhoods;

  /**
   * @param weights - as `trainItemKnn` gave them
   * @throws RunError when they are not, or not for so many items
   */
  constructor(weights: StoredTensors, itemCount: number) {
    this.itemCount = itemCount;
    this.#reached = reversed(readNeighbourhoods(weights, itemCount));
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { offsets, items, similarities } = this.#reached;
    const sums = new Float64Array(this.itemCount);
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (let u = 0; u < rows.rows; u++) {
      sums.fill(0);
      for (const item of rows.row(u)) {
        const last = offsets[item + 1]!;
        for (let k = offsets[item]!; k < last; k++) sums[items[k]!]! += similarities[k]!;
      }
      scores.set(sums, u * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, rows, mask, n, async (block, masked) =>
      topN(await this.score(block), masked, n),
    );
  }

  dispose(): void {
    // Holds nothing on a backend.
  }
}

function readNeighbourhoods(weights: StoredTensors, itemCount: number): Neighbourhoods {
  const [offsets, items, similarities] = ['offsets', 'items', 'similarities'].map(
    (part) => weights[`neighbours/${part}`]?.data,
  );
  const isWhole =
    offsets instanceof Int32Array &&
    items instanceof Int32Array &&
    similarities instanceof Float32Array &&
    offsets.length === itemCount + 1 &&
    offsets.at(-1) === items.length &&
    similarities.length === items.length &&
    offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 0)) &&
    items.every((item) => item >= 0 && item < itemCount);
  if (!isWhole) {
    throw new RunError(`the weights hold no neighbours of ${itemCount} items`);
  }
  return { offsets, items, similarities };
}

/** By neighbour instead of by item: a counting sort. */
function reversed({ offsets, items, similarities }: Neighbourhoods): Neighbourhoods {
  const starts = new Int32Array(offsets.length);
  for (const item of items) starts[item + 1]!++;
  for (let i = 1; i < starts.length; i++) starts[i]! += starts[i - 1]!;
  const next = starts.slice();
  const from = new Int32Array(items.length);
  const values = new Float32Array(items.length);
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let k = offsets[i]!; k < offsets[i + 1]!; k++) {
      const place = next[items[k]!]!++;
      from[place] = i;
      values[place] = similarities[k]!;
    }
  }
  return { offsets: starts, items: from, similarities: values };
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
