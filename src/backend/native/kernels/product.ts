/** Matrix products, and the sweep of a symmetric matrix that is made of them. */

import {
  type Bf16Options,
  type DiagonalBlock,
  type ProductEpilogue,
  type ProductShape,
  unaryOperations,
} from '../operations.js';
import type { Binding } from './binding.js';

export interface ProductKernels {
  /** out[batch, rows, columns] = activation(op(left) · op(right) + bias). */
  multiply(
    out: Float32Array,
    left: Float32Array,
    right: Float32Array,
    shape: ProductShape,
    epilogue?: ProductEpilogue,
  ): void;

  /** The same with both operands rounded to bf16 (nearest, ties to even) and f32 sums. */
  multiplyBf16(
    out: Float32Array,
    left: Float32Array,
    right: Float32Array,
    shape: ProductShape,
    options?: ProductEpilogue & Bf16Options,
  ): void;

  /**
   * One step of the sweep of a symmetric matrix, on and below its diagonal, in place. The function
   * `sweepBlock` in `operations/sweep.ts` defines it.
   *
   * @param matrix - [n, n]
   */
  sweepBlock(matrix: Float32Array, n: number, block: DiagonalBlock): void;
}

export function productKernels(binding: Binding): ProductKernels {
  return {
    multiply(out, left, right, shape, epilogue = {}) {
      binding.multiply!(out, left, right, ...productArguments(shape, epilogue));
    },

    multiplyBf16(out, left, right, shape, options = {}) {
      const { emulate = false } = options;
      binding.multiplyBf16!(out, left, right, ...productArguments(shape, options), emulate);
    },

    sweepBlock(matrix, n, { first, size, inverse }) {
      binding.sweepBlock!(matrix, n, first, size, inverse);
    },
  };
}

function productArguments(shape: ProductShape, { bias, activation }: ProductEpilogue): unknown[] {
  const { rows, columns, depth, batch = 1, leftBatch = batch, rightBatch = batch } = shape;
  const { leftTransposed = false, rightTransposed = false } = shape;
  const activationCode = unaryOperations.indexOf(activation ?? 'identity');
  return [
    rows,
    columns,
    depth,
    leftTransposed,
    rightTransposed,
    batch,
    leftBatch,
    rightBatch,
    bias ?? null,
    activationCode,
  ];
}
