/** Lists of the items that are tied most strongly to each item. */

import type { TopN } from '../../backend/operations/top-n.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { StoredTensors } from '../../runs/format.js';
import { blocks } from '../blocks.js';
import type { ItemEmbedding } from '../recommender.js';
import { embeddedItems } from './embedding.js';

/** The neighbours of each item: those of item i are `items[offsets[i] .. offsets[i+1])`, nearest first. */
export interface Neighbourhoods {
  /** [I + 1] */
  readonly offsets: Int32Array;
  readonly items: Int32Array;
  /** Aligned with `items`; above 0 where they are similarities. */
  readonly weights: Float32Array;
}

/**
 * Stored lists, checked.
 *
 * @param names - of the tensors: offsets [I + 1], items and weights
 * @returns null where they are damaged, or for another number of items
 */
export function storedNeighbourhoods(
  stored: StoredTensors,
  itemCount: number,
  names: { readonly offsets: string; readonly items: string; readonly weights: string },
): Neighbourhoods | null {
  const offsets = stored[names.offsets]?.data;
  const items = stored[names.items]?.data;
  const weights = stored[names.weights]?.data;
  const isWhole =
    offsets instanceof Int32Array &&
    items instanceof Int32Array &&
    weights instanceof Float32Array &&
    offsets.length === itemCount + 1 &&
    offsets.at(-1) === items.length &&
    weights.length === items.length &&
    offsets.every((offset, i) => offset >= (offsets[i - 1] ?? 0)) &&
    items.every((item) => item >= 0 && item < itemCount);
  return isWhole ? { offsets, items, weights } : null;
}

/** Neighbours of each item that its vector is made from. */
const comparedNeighbours = 100;

/**
 * Vectors of items by the best that a model ranks for somebody who clicked one item alone, so that memory stays bounded.
 *
 * @param rank - the `n` highest of rows with one click each, without that item
 */
export async function vectorsOfRanked(
  itemCount: number,
  rank: (rows: ClickMatrix, n: number) => Promise<TopN>,
): Promise<ItemEmbedding> {
  const neighbours = new NeighbourCollector();
  for (const { first, last } of blocks(itemCount)) {
    const single = Array.from({ length: last - first }, (_, row) => [first + row]);
    neighbours.add(await rank(ClickMatrix.fromRows(itemCount, single), comparedNeighbours));
  }
  return neighbourVectors(neighbours.finish());
}

/** Collects the neighbours of one item after the other. */
export class NeighbourCollector {
  readonly #blocks: Neighbourhoods[] = [];

  /** Adds the neighbours of the next items: those before the first with a weight of 0 or less. */
  add({ rows, n, items, scores }: TopN): void {
    const offsets = new Int32Array(rows + 1);
    const isKept = new Uint8Array(rows * n);
    for (let row = 0; row < rows; row++) {
      let end = row * n;
      while (end < (row + 1) * n && scores[end]! > 0) isKept[end++] = 1;
      offsets[row + 1] = offsets[row]! + end - row * n;
    }
    this.#blocks.push({
      offsets,
      items: items.filter((_, k) => isKept[k] === 1),
      weights: scores.filter((_, k) => isKept[k] === 1),
    });
  }

  finish(): Neighbourhoods {
    return joined(this.#blocks);
  }
}

/** Lists of consecutive items, one after the other. */
export function joined(lists: readonly Neighbourhoods[]): Neighbourhoods {
  const count = lists.reduce((sum, { items }) => sum + items.length, 0);
  const rows = lists.reduce((sum, { offsets }) => sum + offsets.length - 1, 0);
  const offsets = new Int32Array(rows + 1);
  const items = new Int32Array(count);
  const weights = new Float32Array(count);
  let row = 0;
  for (const list of lists) {
    const start = offsets[row]!;
    items.set(list.items, start);
    weights.set(list.weights, start);
    for (let r = 1; r < list.offsets.length; r++) offsets[++row] = start + list.offsets[r]!;
  }
  return { offsets, items, weights };
}

/** Lists by neighbour instead of by item, with a counting sort. */
export function reversed({ offsets, items, weights }: Neighbourhoods): Neighbourhoods {
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
      values[place] = weights[k]!;
    }
  }
  return { offsets: starts, items: from, weights: values };
}

/**
 * Vectors of items by their neighbours: the dot product of two approximates the mean of the two weights between them,
 * 0 where neither is among the other's neighbours.
 */
export function neighbourVectors(neighbourhoods: Neighbourhoods): Promise<ItemEmbedding> {
  const { offsets, items, weights } = neighbourhoods;
  const itemCount = offsets.length - 1;
  return embeddedItems(itemCount, (axis) => {
    const product = new Float64Array(itemCount);
    for (let i = 0; i < itemCount; i++) {
      const own = axis[i]!;
      let sum = 0;
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++) {
        const j = items[k]!;
        sum += weights[k]! * axis[j]!;
        product[j]! += (weights[k]! * own) / 2;
      }
      product[i]! += sum / 2;
    }
    return product;
  });
}
