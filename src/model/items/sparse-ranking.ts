/** Ranks by scores that are sums over a few lists, without a score for every item. */

import { RankingHeap } from '../../backend/operations/top-n.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { rankInBlocks } from '../blocks.js';
import type { Recommender, TopN } from '../recommender.js';
import type { Neighbourhoods } from './neighbourhoods.js';

/**
 * Ranks rows whose scores are the sums of their items' lists, and 0 for an item on none of them. A row costs what its
 * lists hold, not what the catalogue holds.
 */
export class SparseRanking {
  readonly #lists: Neighbourhoods;
  /** [I] each; only those of items with `#row` of this row mean something. */
  readonly #sums: Float32Array | Float64Array;
  readonly #row: Int32Array;
  readonly #found: Int32Array;
  readonly #masked: Int32Array;
  #rows = 0;

  /** @param sums - [I], in the precision in which the scores are added */
  constructor(lists: Neighbourhoods, sums: Float32Array | Float64Array) {
    this.#lists = lists;
    this.#sums = sums;
    this.#row = new Int32Array(sums.length);
    this.#found = new Int32Array(sums.length);
    this.#masked = new Int32Array(sums.length);
  }

  /**
   * `topN` of a model whose scores these are. Where a row has fewer than n items with a score above 0, the model scores
   * that row.
   *
   * @throws as `rankInBlocks`; ShapeError when n is below 1
   */
  topN(
    model: Pick<Recommender, 'itemCount' | 'score'>,
    input: { readonly rows: ClickMatrix; readonly mask: ClickMatrix; readonly n: number },
    rankScored: (row: ClickMatrix, mask: ClickMatrix) => Promise<TopN>,
  ): Promise<TopN> {
    const { n } = input;
    return rankInBlocks(model, input, async (rows, mask) => {
      const heap = new RankingHeap(Math.min(n, model.itemCount));
      const items = new Int32Array(rows.rows * n);
      const scores = new Float32Array(rows.rows * n);
      for (let u = 0; u < rows.rows; u++) {
        heap.clear();
        const places = {
          items: items.subarray(u * n, (u + 1) * n),
          scores: scores.subarray(u * n, (u + 1) * n),
        };
        if (this.#rank(rows.row(u), mask.row(u), heap) >= n)
          heap.drain(places.items, places.scores);
        else {
          const whole = await rankScored(rows.slice(u, u + 1), mask.slice(u, u + 1));
          places.items.set(whole.items);
          places.scores.set(whole.scores);
        }
      }
      return { rows: rows.rows, n, items, scores };
    });
  }

  /** @returns how many items have a score above 0; these are in the heap */
  #rank(clicks: Int32Array, mask: Int32Array, heap: RankingHeap): number {
    const { offsets, items, weights } = this.#lists;
    const row = ++this.#rows;
    for (const item of mask) this.#masked[item] = row;
    let found = 0;
    for (const item of clicks) {
      const last = offsets[item + 1]!;
      for (let k = offsets[item]!; k < last; k++) {
        const other = items[k]!;
        if (this.#row[other] !== row) {
          this.#row[other] = row;
          this.#sums[other] = 0;
          this.#found[found++] = other;
        }
        this.#sums[other]! += weights[k]!;
      }
    }
    let above = 0;
    for (let k = 0; k < found; k++) {
      const item = this.#found[k]!;
      const score = Math.fround(this.#sums[item]!);
      if (score > 0 && this.#masked[item] !== row) {
        above++;
        heap.offer(item, score);
      }
    }
    return above;
  }
}
