/** Kernels over compressed sparse rows: products with a dense matrix, and the multinomial likelihood. */

import type { ClickMatrix } from '../../../data/click-matrix.js';
import type { WeightedRows } from '../operations.js';
import type { Binding } from './binding.js';

export interface SparseKernels {
  /**
   * out[B, width] = diag(scale) · S · table, table [I, width].
   *
   * @param blockWidth - items of a block. The blocks' sums are added along a binary tree. Default: no blocks.
   */
  sparseProduct(
    out: Float32Array,
    rows: WeightedRows,
    table: Float32Array,
    width: number,
    blockWidth?: number,
  ): void;

  /** out[I, width] = Sᵀ · diag(scale) · dy, dy [B, width]; zero where no row has an entry. */
  sparseProductGradient(
    out: Float32Array,
    rows: WeightedRows,
    dy: Float32Array,
    width: number,
  ): void;

  /**
   * What the softmax of each row is made of, for each block of the columns: the largest logit, Σ exp(f − largest), and
   * Σ f over the clicked columns.
   *
   * @param parts - [B, blocks, 3]
   * @param logits - [B, I]
   */
  multinomial(
    parts: Float32Array,
    logits: Float32Array,
    clicks: ClickMatrix,
    blockWidth: number,
  ): void;

  /**
   * out[u, i] = dy[u] · (factor_u · exp(f_ui − shift_u) − x_ui).
   *
   * @param out - [B, I]; may be the logits
   * @param parts - [B, 2], shift and factor: the largest logit, and n / Σ exp(f − largest)
   */
  multinomialGradient(
    out: Float32Array,
    logits: Float32Array,
    parts: Float32Array,
    dy: Float32Array,
    clicks: ClickMatrix,
  ): void;
}

export function sparseKernels(binding: Binding): SparseKernels {
  return {
    sparseProduct(out, { clicks, values, scale }, table, width, blockWidth = 0) {
      const { offsets, items, rows, columns } = clicks;
      const weights = [values ?? null, scale ?? null];
      const shape = [rows, columns, width, blockWidth];
      binding.sparseProduct!(out, offsets, items, ...weights, table, ...shape);
    },

    sparseProductGradient(out, { clicks, values, scale }, dy, width) {
      const { offsets, items, rows, columns } = clicks;
      const weights = [values ?? null, scale ?? null];
      binding.sparseProductGradient!(out, offsets, items, ...weights, dy, rows, columns, width);
    },

    multinomial(parts, logits, { offsets, items, rows, columns }, blockWidth) {
      binding.multinomial!(parts, logits, offsets, items, rows, columns, blockWidth);
    },

    multinomialGradient(out, logits, parts, dy, { offsets, items, rows, columns }) {
      binding.multinomialGradient!(out, logits, parts, dy, offsets, items, rows, columns);
    },
  };
}
