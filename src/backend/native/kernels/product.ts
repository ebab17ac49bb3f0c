/** Matrix products, and the sweep of a symmetric matrix that is made of them. */

import {
  type Bf16Options,
  type DiagonalBlock,
  type ProductEpilogue,
  type ProductShape,
  unaryOperations,
} from '../operations.js';
import type { Binding } from './binding.js';

/** How a product is cut into blocks. */
export interface BlockOptions extends Bf16Options {
  readonly blockWidth: number;
  /** Whether the operands are rounded to bf16. Default: false. */
  readonly bf16?: boolean;
}

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
   * out[rows, columns] = left · op(right), with the depth cut into blocks, whose products are added along a binary tree.
   * No batches, and left is not transposed.
   */
  multiplyBlocks(
    out: Float32Array,
    left: Float32Array,
    right: Float32Array,
    shape: ProductShape,
    options: BlockOptions,
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

    multiplyBlocks(out, left, right, shape, { blockWidth, bf16 = false, emulate = false }) {
      const { rows, columns, depth, rightTransposed = false } = shape;
      const how = [rightTransposed, blockWidth, bf16, emulate];
      binding.multiplyBlocks!(out, left, right, rows, columns, depth, ...how);
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
