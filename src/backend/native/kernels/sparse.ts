/** Kernels over compressed sparse rows: products with a dense matrix, and the multinomial likelihood. */

import type { ClickMatrix } from '../../../data/click-matrix.js';
import type { WeightedRows } from '../operations.js';
import type { Binding } from './binding.js';

export interface SparseKernels {
  /** out[B, width] = diag(scale) · S · table, table [I, width]. */
  sparseProduct(out: Float32Array, rows: WeightedRows, table: Float32Array, width: number): void;

  /** out[I, width] = Sᵀ · diag(scale) · dy, dy [B, width]; zero where no row has an entry. */
  sparseProductGradient(
    out: Float32Array,
    rows: WeightedRows,
    dy: Float32Array,
    width: number,
  ): void;

  /**
   * nll[u] = Σ over u's clicks of log Σ_i exp f_i − f_click, in nats.
   *
   * @param parts - [B, 2], receives each row's largest logit and Σ exp(f − largest) for the gradient
   * @param logits - [B, I]
   */
  multinomial(
    nll: Float32Array,
    parts: Float32Array,
    logits: Float32Array,
    clicks: ClickMatrix,
  ): void;

  /**
   * out[u, i] = dy[u] · (n_u · softmax(f)_i − x_ui).
   *
   * @param out - [B, I]; may be the logits
   * @param parts - as `multinomial` left them
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
    sparseProduct(out, { clicks, values, scale }, table, width) {
      const { offsets, items, rows, columns } = clicks;
      const weights = [values ?? null, scale ?? null];
      binding.sparseProduct!(out, offsets, items, ...weights, table, rows, columns, width);
    },

    sparseProductGradient(out, { clicks, values, scale }, dy, width) {
      const { offsets, items, rows, columns } = clicks;
      const weights = [values ?? null, scale ?? null];
      binding.sparseProductGradient!(out, offsets, items, ...weights, dy, rows, columns, width);
    },

    multinomial(nll, parts, logits, { offsets, items, rows, columns }) {
      binding.multinomial!(nll, parts, logits, offsets, items, rows, columns);
    },

    multinomialGradient(out, logits, parts, dy, { offsets, items, rows, columns }) {
      binding.multinomialGradient!(out, logits, parts, dy, offsets, items, rows, columns);
    },
  };
}
