/** Kernels that move values and compute nothing. */

import type { Binding, MatrixShape } from './binding.js';

/** Where rows of a block begin in an array, and how far apart. */
export interface RowPlace {
  readonly offset: number;
  readonly stride: number;
}

export interface LayoutKernels {
  /** Axis i of out is axis `permutation[i]` of x; up to four axes. */
  permute(
    out: Float32Array,
    x: Float32Array,
    shape: readonly number[],
    permutation: readonly number[],
  ): void;

  /** Copies x[begin .. begin + size). */
  slice(
    out: Float32Array,
    x: Float32Array,
    shape: readonly number[],
    begin: readonly number[],
    size: readonly number[],
  ): void;

  /** Copies a block of rows from its place in x to its place in out. */
  copyRows(
    out: Float32Array,
    to: RowPlace,
    x: Float32Array,
    from: RowPlace,
    shape: MatrixShape,
  ): void;

  /** out[k, :] = table[picks[k], :]. @param shape - of the table */
  gatherRows(out: Float32Array, table: Float32Array, picks: Int32Array, shape: MatrixShape): void;
}

export function layoutKernels(binding: Binding): LayoutKernels {
  return {
    permute(out, x, shape, permutation) {
      binding.permute!(out, x, shape, permutation);
    },

    slice(out, x, shape, begin, size) {
      binding.slice!(out, x, shape, begin, size);
    },

    copyRows(out, to, x, from, { rows, columns }) {
      binding.copyRows!(out, to.offset, to.stride, x, from.offset, from.stride, rows, columns);
    },

    gatherRows(out, table, picks, { rows, columns }) {
      binding.gatherRows!(out, table, picks, rows, columns);
    },
  };
}
