/** Kernels that treat each element by itself, and the Adam step. */

import {
  type AdamArrays,
  type AdamCoefficients,
  type BinaryOperation,
  binaryOperations,
  type RowChoice,
  type UnaryOperation,
  unaryOperations,
} from '../operations.js';
import type { Binding } from './binding.js';

export interface ElementwiseKernels {
  /** @param out - may be x */
  unary(out: Float32Array, operation: UnaryOperation, x: Float32Array): void;

  /**
   * Broadcasts shapes of up to four axes, aligned to the right.
   *
   * @param out - may be an input of its size
   */
  binary(
    out: Float32Array,
    operation: BinaryOperation,
    left: Float32Array,
    leftShape: readonly number[],
    right: Float32Array,
    rightShape: readonly number[],
  ): void;

  fill(out: Float32Array, value: number): void;

  /** One Adam step in place. @param step - t, 1 for the first */
  adam(
    weight: Float32Array,
    m: Float32Array,
    v: Float32Array,
    gradient: Float32Array,
    coefficients: AdamCoefficients,
    step: number,
  ): void;

  /**
   * The Adam step of some rows.
   *
   * @param gradient - [rows, width], row k for the row `rows[k]` of the parameter
   */
  adamRows(
    state: AdamArrays,
    gradient: Float32Array,
    choice: RowChoice,
    coefficients: AdamCoefficients,
    step: number,
  ): void;
}

export function elementwiseKernels(binding: Binding): ElementwiseKernels {
  return {
    unary(out, operation, x) {
      binding.unary!(out, unaryOperations.indexOf(operation), x);
    },

    binary(out, operation, left, leftShape, right, rightShape) {
      const code = binaryOperations.indexOf(operation);
      binding.binary!(out, code, left, leftShape, right, rightShape);
    },

    fill(out, value) {
      binding.fill!(out, value);
    },

    adam(weight, m, v, gradient, { learningRate, beta1, beta2, epsilon }, step) {
      binding.adam!(weight, m, v, gradient, learningRate, beta1, beta2, epsilon, step);
    },

    adamRows({ weight, m, v }, gradient, { rows, width }, coefficients, step) {
      const { learningRate, beta1, beta2, epsilon } = coefficients;
      const count = width === 0 ? 0 : weight.length / width;
      const rates = [learningRate, beta1, beta2, epsilon];
      binding.adamRows!(weight, m, v, gradient, rows, count, width, ...rates, step);
    },
  };
}
