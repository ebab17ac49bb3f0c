import type { ClickMatrix } from '../data/click-matrix.js';

/**
 * B sparse rows as a network takes them: row u is `scale[u]` at the items of `clicks.row(u)`, else 0.
 *
 * One factor a row is enough: L2 normalisation divides a 0/1 row by √n, inverted dropout removes clicks
 * and multiplies what is left by 1 / keep.
 */
export interface SparseRows {
  readonly clicks: ClickMatrix;
  /** [B] */
  readonly scale: Float32Array;
}
