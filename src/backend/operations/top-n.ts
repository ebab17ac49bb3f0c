/** Scores to ranked lists. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';
import type { ItemPart } from '../collective/item-part.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';
import type { AffineLayer } from './dense.js';

/** The best n items of B rows. Where a row has fewer than n items left, -1 and -Infinity fill it up. */
export interface TopN {
  readonly rows: number;
  readonly n: number;
  /** [B, n], item indices, best first. */
  readonly items: Int32Array;
  /** [B, n] */
  readonly scores: Float32Array;
}

/**
 * Scores to ranked lists: the n best of each row that are not in `mask`.
 *
 * Order: score descending, ties by lower item index. NaN ranks below -Infinity, so a broken model does not
 * recommend what it could not score. The result equals a full sort, but takes a heap of n items whose root
 * is the worst, at a cost of O(I + hits·log n).
 *
 * @param scores - [B, I], row-major, not changed
 * @param mask - B rows of item indices to leave out
 * @param n - at least 1; larger than I is allowed
 * @throws ShapeError when the scores are not [B, I] for the mask's B and I
 */
export function topN(scores: Float32Array | Float64Array, mask: ClickMatrix, n: number): TopN {
  const { rows, columns } = mask;
  if (scores.length !== rows * columns) {
    throw new ShapeError(`${scores.length} scores are not ${rows} rows of ${columns} items`);
  }
  if (!Number.isInteger(n) || n < 1) throw new ShapeError(`n is ${n}; it must be an integer >= 1`);
  const items = new Int32Array(rows * n).fill(-1);
  const best = new Float32Array(rows * n).fill(-Infinity);
  const masked = new Int32Array(columns).fill(-1);
  const heap = new RankingHeap(Math.min(n, columns));
  for (let u = 0; u < rows; u++) {
    for (const item of mask.row(u)) masked[item] = u;
    heap.clear();
    const start = u * columns;
    for (let item = 0; item < columns; item++) {
      if (masked[item] !== u) heap.offer(item, scores[start + item]!);
    }
    heap.drain(items.subarray(u * n, u * n + n), best.subarray(u * n, u * n + n));
  }
  return { rows, n, items, scores: best };
}

/**
 * The best n of all ranks.
 *
 * @param best - of this rank's items, counted from the first of them, as `topN` gives it
 * @param part - which items these are
 * @returns what `topN` gives for the scores of all items
 */
export function bestOfRanks(best: TopN, part: ItemPart): TopN {
  if (part.isWhole) return best;
  const { rows, n } = best;
  const own = best.items.map((item) => (item < 0 ? item : item + part.first));
  const numbers = (array: Int32Array | Float32Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const gathered = (mine: Int32Array | Float32Array) =>
    part.collective.gather(numbers(mine)).map((bytes) => bytes.slice().buffer);
  const items = gathered(own).map((buffer) => new Int32Array(buffer));
  const scores = gathered(best.scores).map((buffer) => new Float32Array(buffer));
  const all: TopN = {
    rows,
    n,
    items: new Int32Array(rows * n).fill(-1),
    scores: new Float32Array(rows * n).fill(-Infinity),
  };
  for (let row = 0; row < rows; row++) {
    const next = items.map(() => row * n);
    for (let k = row * n; k < (row + 1) * n; k++) {
      let from = -1;
      for (let rank = 0; rank < items.length; rank++) {
        const at = next[rank]!;
        if (at === (row + 1) * n || items[rank]![at]! < 0) continue;
        // On a tie the earlier rank, whose items have lower indices.
        if (from < 0 || ranksAbove(scores[rank]![at]!, scores[from]![next[from]!]!)) from = rank;
      }
      if (from < 0) break;
      all.items[k] = items[from]![next[from]!]!;
      all.scores[k] = scores[from]![next[from]!]!;
      next[from]!++;
    }
  }
  return all;
}

/** Whether a score stands above another; NaN stands below all others. */
function ranksAbove(a: number, b: number): boolean {
  return a > b || (Number.isNaN(b) && !Number.isNaN(a));
}

/** Scores as the output of a linear layer: hidden · kernel + bias. */
export interface HiddenScores {
  /** [B, H] */
  readonly hidden: Tensor2D;
  /** Its W is [H, I]. */
  readonly layer: AffineLayer;
}

/**
 * `topN` of a linear layer's output, hidden · kernel + bias. The backend ranks while it multiplies, so it
 * never holds all [B, I] scores in memory.
 *
 * @returns the result of `topN` for the scores, bit for bit; null where the backend cannot do this
 */
export async function decodedTopN(
  tf: TensorFlow,
  { hidden, layer: { kernel, bias, isTransposed = false } }: HiddenScores,
  mask: ClickMatrix,
  n: number,
): Promise<TopN | null> {
  if (!hasOwnKernel(tf, 'MultvaeDecodeTopN')) return null;
  if (!Number.isInteger(n) || n < 1) throw new ShapeError(`n is ${n}; it must be an integer >= 1`);
  const best = runOwnKernel(
    tf,
    'MultvaeDecodeTopN',
    { hidden, kernel, bias },
    { mask, n, isTransposed },
  );
  const [items, scores] = (await Promise.all(best.map((tensor: Tensor) => tensor.data()))) as [
    Int32Array,
    Float32Array,
  ];
  tf.dispose(best);
  return { rows: mask.rows, n, items, scores };
}

/** A bounded heap. Its root is the worst item, which the next better one replaces; ties by lower item index. */
export class RankingHeap {
  readonly #items: Int32Array;
  readonly #scores: Float64Array;
  #size = 0;

  constructor(capacity: number) {
    this.#items = new Int32Array(capacity);
    this.#scores = new Float64Array(capacity);
  }

  clear(): void {
    this.#size = 0;
  }

  offer(item: number, score: number): void {
    if (this.#size < this.#items.length) {
      this.#items[this.#size] = item;
      this.#scores[this.#size] = score;
      this.#rise(this.#size++);
    } else if (this.#size > 0 && this.#isRootWorse(item, score)) {
      this.#items[0] = item;
      this.#scores[0] = score;
      this.#sink();
    }
  }

  /** Empties the heap into two arrays, best first. */
  drain(items: Int32Array, scores: Float32Array): void {
    while (this.#size > 0) {
      const last = --this.#size;
      items[last] = this.#items[0]!;
      scores[last] = this.#scores[0]!;
      this.#items[0] = this.#items[last]!;
      this.#scores[0] = this.#scores[last]!;
      this.#sink();
    }
  }

  #isRootWorse(item: number, score: number): boolean {
    const root = this.#scores[0]!;
    return isBelow(root, score) || (root === score && item < this.#items[0]!);
  }

  #isWorse(a: number, b: number): boolean {
    const x = this.#scores[a]!;
    const y = this.#scores[b]!;
    if (isBelow(x, y)) return true;
    if (isBelow(y, x)) return false;
    return this.#items[a]! > this.#items[b]!;
  }

  #swap(a: number, b: number): void {
    const item = this.#items[a]!;
    const score = this.#scores[a]!;
    this.#items[a] = this.#items[b]!;
    this.#scores[a] = this.#scores[b]!;
    this.#items[b] = item;
    this.#scores[b] = score;
  }

  #rise(start: number): void {
    let child = start;
    while (child > 0) {
      const parent = (child - 1) >> 1;
      if (!this.#isWorse(child, parent)) return;
      this.#swap(child, parent);
      child = parent;
    }
  }

  #sink(): void {
    let parent = 0;
    for (;;) {
      let worst = parent;
      const left = 2 * parent + 1;
      if (left < this.#size && this.#isWorse(left, worst)) worst = left;
      if (left + 1 < this.#size && this.#isWorse(left + 1, worst)) worst = left + 1;
      if (worst === parent) return;
      this.#swap(parent, worst);
      parent = worst;
    }
  }
}

/** The order of scores, with NaN below every number. */
function isBelow(a: number, b: number): boolean {
  return a < b || (Number.isNaN(a) && !Number.isNaN(b));
}
