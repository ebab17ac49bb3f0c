/** The Gaussian kernel of two users' clicks. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';

/**
 * How alike rows are to the rows of a fixed matrix,
 *
 *   K(x, y) = exp(s·(cos(x, y) − 1)),   cos(x, y) = |x ∩ y| / √(|x|·|y|)
 *
 * which is exp(−s/2·‖x̂ − ŷ‖²) of the rows divided by their lengths. A row without clicks has the cosine 0 to every row.
 */
export class RowKernel {
  /** By item: the rows that have it. */
  readonly #byItem: ClickMatrix;
  /** [U], 1/√|x_u|; 0 for a row without clicks. */
  readonly #scale: Float64Array;
  readonly #sharpness: number;

  /**
   * @param rows - [U, I]
   * @param sharpness - s
   */
  constructor(rows: ClickMatrix, sharpness: number) {
    this.#byItem = rows.transpose();
    this.#scale = inverseLengths(rows);
    this.#sharpness = sharpness;
  }

  /**
   * @param rows - [B, I]
   * @returns [B, U]
   * @throws ShapeError when the rows are over another number of items
   */
  between(rows: ClickMatrix): Float32Array {
    if (rows.columns !== this.#byItem.rows) {
      throw new ShapeError(
        `rows over ${rows.columns} items do not fit a kernel of rows over ${this.#byItem.rows}`,
      );
    }
    const scale = this.#scale;
    const { offsets, items: users } = this.#byItem;
    const own = inverseLengths(rows);
    const together = new Int32Array(scale.length);
    const likeness = new Float32Array(rows.rows * scale.length);
    for (let r = 0; r < rows.rows; r++) {
      together.fill(0);
      for (const item of rows.row(r)) {
        const last = offsets[item + 1]!;
        for (let k = offsets[item]!; k < last; k++) together[users[k]!]!++;
      }
      const start = r * scale.length;
      for (let u = 0; u < scale.length; u++) {
        const cosine = together[u]! * own[r]! * scale[u]!;
        likeness[start + u] = Math.exp(this.#sharpness * (cosine - 1));
      }
    }
    return likeness;
  }
}

function inverseLengths(rows: ClickMatrix): Float64Array {
  return Float64Array.from({ length: rows.rows }, (_, r) => {
    const length = rows.offsets[r + 1]! - rows.offsets[r]!;
    return length === 0 ? 0 : 1 / Math.sqrt(length);
  });
}
