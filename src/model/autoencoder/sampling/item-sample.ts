/** The items of one update: those that the batch clicked, and a random sample of the others. */

import { ClickMatrix } from '../../../data/click-matrix.js';
import { RandomTable } from '../../../random.js';

/** Some items, with a batch of clicks over them. */
export interface ItemSample {
  /** [C], the items that the batch clicked, ascending. */
  readonly clicked: Int32Array;
  /** [J], these and the sampled others, ascending. */
  readonly items: Int32Array;
  /** [J], how many items each stands for: 1 if it is clicked, else the inverse of the probability that it was drawn. */
  readonly weights: Float32Array;
  /** [B, C], the batch over the clicked items. */
  readonly inputs: ClickMatrix;
  /** [B, J], the batch over all items of the sample. */
  readonly targets: ClickMatrix;
}

/**
 * Draws the items of updates.
 *
 * The catalogue is cut into strata of equal width (they differ by one at most), and one item of each is drawn. An item
 * that the batch did not click then stands for the width of its stratum, so that a sum over the sample, with these
 * weights, is an unbiased estimate of the sum over all items. A drawn item that the batch clicked is there already.
 *
 * The draw of a stratum follows from the seed, the update and the stratum alone. So whoever holds a part of the items
 * can draw that part by itself. The cost does not depend on the number of items.
 */
export class ItemSampler {
  readonly #itemCount: number;
  readonly #strata: number;
  readonly #seed: number;
  /** [I], the place of an item among the clicked ones of the current batch, plus 1; else 0. */
  readonly #place: Int32Array;

  /**
   * @param itemCount - I
   * @param sampledItems - items to draw, or the share of all items, if it is below 1
   */
  constructor(itemCount: number, sampledItems: number, seed: number) {
    const wanted = sampledItems < 1 ? Math.round(sampledItems * itemCount) : sampledItems;
    this.#itemCount = itemCount;
    this.#strata = Math.max(1, Math.min(itemCount, wanted));
    this.#seed = seed;
    this.#place = new Int32Array(itemCount);
  }

  /** @param clicks - [B, I] */
  sample(clicks: ClickMatrix, update: number): ItemSample {
    const clicked = this.#clickedItems(clicks);
    const { others, widths } = this.#others(update);
    const items = new Int32Array(clicked.length + others.length);
    const weights = new Float32Array(items.length);
    const targetPlace = new Int32Array(clicked.length);
    for (let k = 0, c = 0, o = 0; k < items.length; k++) {
      const isClicked = o === others.length || clicked[c]! < others[o]!;
      if (isClicked) {
        targetPlace[c] = k;
        items[k] = clicked[c++]!;
        weights[k] = 1;
      } else {
        items[k] = others[o]!;
        weights[k] = widths[o++]!;
      }
    }
    clicked.forEach((item, c) => {
      this.#place[item] = c + 1;
    });
    const inputItems = clicks.items.map((item) => this.#place[item]! - 1);
    for (const item of clicked) this.#place[item] = 0;
    const inputs = new ClickMatrix(clicked.length, clicks.offsets, inputItems);
    const targetItems = inputItems.map((c) => targetPlace[c]!);
    const targets = new ClickMatrix(items.length, clicks.offsets, targetItems);
    return { clicked, items, weights, inputs, targets };
  }

  /** The clicked items, ascending. Marks their places. */
  #clickedItems({ items }: ClickMatrix): Int32Array {
    const clicked = new Int32Array(Math.min(items.length, this.#itemCount));
    let count = 0;
    for (const item of items) {
      if (this.#place[item] !== 0) continue;
      this.#place[item] = 1;
      clicked[count++] = item;
    }
    return clicked.slice(0, count).sort();
  }

  /** The drawn items that are not marked, ascending, with the widths of their strata. */
  #others(update: number): { others: Int32Array; widths: Float32Array } {
    const strata = this.#strata;
    const random = new RandomTable(this.#seed, 'items', update);
    const others = new Int32Array(strata);
    const widths = new Float32Array(strata);
    let count = 0;
    let first = 0;
    for (let stratum = 0; stratum < strata; stratum++) {
      const next = Math.floor(((stratum + 1) * this.#itemCount) / strata);
      const item = first + random.integer(stratum, next - first);
      if (this.#place[item] === 0) {
        others[count] = item;
        widths[count++] = next - first;
      }
      first = next;
    }
    return { others: others.subarray(0, count), widths: widths.subarray(0, count) };
  }
}
