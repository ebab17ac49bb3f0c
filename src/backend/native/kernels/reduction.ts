/** Kernels over one axis: sums and the like, softmax, layer normalisation. */

import { type ReductionOperation, type ReductionShape, reductions } from '../operations.js';
import type { Binding, MatrixShape } from './binding.js';

export interface ReductionKernels {
  /**
   * out[outer, inner] = the reduction over the middle axis of x[outer, n, inner].
   *
   * n = 0 gives 0 for a sum, NaN for a mean, -Infinity for a maximum.
   */
  reduce(
    out: Float32Array,
    operation: ReductionOperation,
    x: Float32Array,
    shape: ReductionShape,
  ): void;

  /** The softmax of each row. @param out - may be x */
  softmax(out: Float32Array, x: Float32Array, shape: MatrixShape): void;

  /** The logarithm of the softmax of each row. @param out - may be x */
  logSoftmax(out: Float32Array, x: Float32Array, shape: MatrixShape): void;

  /**
   * out = gain · (x − mean) · inverseSpread + bias, inverseSpread = 1 / √(variance + epsilon) of each row.
   *
   * @param mean - [rows], as is `inverseSpread`; the gradient needs both
   * @param gain - [columns], as is `bias`
   */
  layerNorm(
    out: Float32Array,
    mean: Float32Array,
    inverseSpread: Float32Array,
    x: Float32Array,
    gain: Float32Array,
    bias: Float32Array,
    epsilon: number,
    shape: MatrixShape,
  ): void;

  /** The gradients of `layerNorm` for x, gain and bias. @param mean - as `layerNorm` left it */
  layerNormGradient(
    dx: Float32Array,
    dGain: Float32Array,
    dBias: Float32Array,
    dy: Float32Array,
    x: Float32Array,
    gain: Float32Array,
    mean: Float32Array,
    inverseSpread: Float32Array,
    shape: MatrixShape,
  ): void;
}

export function reductionKernels(binding: Binding): ReductionKernels {
  return {
    reduce(out, operation, x, { outer, n, inner }) {
      binding.reduce!(out, reductions.indexOf(operation), x, outer, n, inner);
    },

    softmax(out, x, { rows, columns }) {
      binding.softmax!(out, x, rows, columns);
    },

    logSoftmax(out, x, { rows, columns }) {
      binding.logSoftmax!(out, x, rows, columns);
    },

    layerNorm(out, mean, inverseSpread, x, gain, bias, epsilon, { rows, columns }) {
      const outputs = [out, mean, inverseSpread];
      binding.layerNorm!(...outputs, x, gain, bias, epsilon, rows, columns);
    },

    layerNormGradient(dx, dGain, dBias, dy, x, gain, mean, inverseSpread, { rows, columns }) {
      const outputs = [dx, dGain, dBias];
      binding.layerNormGradient!(...outputs, dy, x, gain, mean, inverseSpread, rows, columns);
    },
  };
}
