/** Compares items by who clicked them, for models that have no measure of their own. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import type { ItemEmbedding, ItemRelations, ItemVectors } from '../recommender.js';
import { embeddedItems } from './embedding.js';

/**
 * The cosines of the columns of a click matrix:
 *
 *   s_ij = c_ij / √(n_i·n_j)
 *
 * where c_ij users clicked both items and n_i users clicked i. An item that nobody clicked has 0 with all.
 */
export class ClickCosines implements ItemRelations, ItemVectors {
  readonly #clicks: ClickMatrix;
  readonly #users: ClickMatrix;
  /** [I], 1 / √n_i, or 0 */
  readonly #scale: Float64Array;

  /** @param clicks - [U, I] */
  constructor(clicks: ClickMatrix) {
    this.#clicks = clicks;
    this.#users = clicks.transpose();
    this.#scale = Float64Array.from(clicks.columnCounts(), (n) => (n === 0 ? 0 : 1 / Math.sqrt(n)));
  }

  async itemRelations(item: number): Promise<Float32Array> {
    const together = new Float64Array(this.#clicks.columns);
    for (const u of this.#users.row(item)) {
      for (const other of this.#clicks.row(u)) together[other]!++;
    }
    return Float32Array.from(
      together,
      (count, other) => count * this.#scale[item]! * this.#scale[other]!,
    );
  }

  /** Vectors whose dot products approximate the cosines. */
  itemVectors(): Promise<ItemEmbedding> {
    const { rows, columns, offsets, items } = this.#clicks;
    return embeddedItems(columns, (column) => {
      const scaled = column.map((value, item) => value * this.#scale[item]!);
      const product = new Float64Array(columns);
      for (let u = 0; u < rows; u++) {
        let sum = 0;
        for (let k = offsets[u]!; k < offsets[u + 1]!; k++) sum += scaled[items[k]!]!;
        for (let k = offsets[u]!; k < offsets[u + 1]!; k++) product[items[k]!]! += sum;
      }
      return product.map((value, item) => value * this.#scale[item]!);
    });
  }
}
