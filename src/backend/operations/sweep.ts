/** The inverse of a symmetric positive definite matrix by the sweep operator. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { ConfigError } from '../../errors.js';
import type { Engine } from '../engine.js';
import { loadNativeKernels } from '../native/addon.js';
import type { DiagonalBlock } from '../native/operations.js';

/** Rows that one step sweeps at once. */
const blockSize = 256;

/**
 * Replaces a symmetric positive definite matrix by −A⁻¹, in place.
 *
 * The sweep operator, block by block (Beaton 1964): for the block k of rows and columns, with P = A_kk⁻¹
 * from a Cholesky factorisation in double precision,
 *
 *   A_ij ← A_ij − A_ik·P·A_kj      A_ik ← A_ik·P      A_kk ← −P
 *
 * This keeps the matrix symmetric and leaves −A⁻¹ after the last block. The pivots are those of a Cholesky
 * factorisation, so no rows are exchanged. It takes n³ multiplications, as few as an inverse can. Unlike a
 * factorisation followed by an inversion, it is one loop, and needs only two panels of [n, block] of
 * storage.
 *
 * @param matrix - [n, n]; reads the triangle on and below the diagonal, writes both
 * @param signal - stops between two blocks and leaves the matrix undefined
 * @throws ConfigError when the matrix is not positive definite
 * @throws the signal's reason
 */
export async function sweep(
  { name }: Engine,
  matrix: Float32Array,
  n: number,
  signal?: AbortSignal,
): Promise<void> {
  const native = name === 'native' ? loadNativeKernels() : null;
  for (let first = 0; first < n; first += blockSize) {
    const size = Math.min(blockSize, n - first);
    const inverse = invertedBlock(matrix, n, first, size);
    if (inverse === null) {
      throw new ConfigError(
        `the matrix of ${n} items is not positive definite in rows ${first} to ${first + size - 1}; a larger lambda makes it so`,
      );
    }
    const block = { first, size, inverse };
    if (native) native.sweepBlock(matrix, n, block);
    else sweepBlock(matrix, n, block);
    await nextTurn();
    signal?.throwIfAborted();
  }
  mirror(matrix, n);
}

/**
 * One step of the sweep, on and below the diagonal. Defines what the native kernel computes.
 *
 * @param matrix - [n, n]
 * @param block - its inverse is P
 */
export function sweepBlock(
  matrix: Float32Array,
  n: number,
  { first, size, inverse }: DiagonalBlock,
): void {
  const panel = new Float32Array(n * size); // A_ik, [n, size]
  const product = new Float32Array(n * size); // A_ik·P, [n, size]
  const isInBlock = (i: number) => i >= first && i < first + size;
  const place = (i: number, k: number) => (i > first + k ? i * n + first + k : (first + k) * n + i);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < size; k++) panel[i * size + k] = matrix[place(i, k)]!;
  }
  for (let i = 0; i < n; i++) {
    if (isInBlock(i)) continue;
    for (let l = 0; l < size; l++) {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += panel[i * size + k]! * inverse[k * size + l]!;
      product[i * size + l] = sum;
    }
    for (let j = 0; j <= i; j++) {
      if (isInBlock(j)) continue;
      let sum = 0;
      for (let k = 0; k < size; k++) sum += product[i * size + k]! * panel[j * size + k]!;
      matrix[i * n + j]! -= sum;
    }
  }
  for (let i = 0; i < n; i++) {
    if (isInBlock(i)) continue;
    for (let k = 0; k < size; k++) matrix[place(i, k)] = product[i * size + k]!;
  }
  for (let k = 0; k < size; k++) {
    for (let l = 0; l <= k; l++) matrix[(first + k) * n + first + l] = -inverse[k * size + l]!;
  }
}

/** The inverse of a diagonal block, [size, size], by Cholesky; null where a pivot is not positive. */
function invertedBlock(
  matrix: Float32Array,
  n: number,
  first: number,
  size: number,
): Float32Array | null {
  const factor = new Float64Array(size * size); // L, then L⁻¹
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = matrix[(first + i) * n + first + j]!;
      for (let k = 0; k < j; k++) sum -= factor[i * size + k]! * factor[j * size + k]!;
      if (i === j && !(sum > 0)) return null;
      factor[i * size + j] = i === j ? Math.sqrt(sum) : sum / factor[j * size + j]!;
    }
  }
  for (let j = 0; j < size; j++) {
    factor[j * size + j] = 1 / factor[j * size + j]!;
    for (let i = j + 1; i < size; i++) {
      let sum = 0;
      for (let k = j; k < i; k++) sum -= factor[i * size + k]! * factor[k * size + j]!;
      factor[i * size + j] = sum / factor[i * size + i]!;
    }
  }
  const inverse = new Float32Array(size * size); // L⁻ᵀ·L⁻¹
  for (let i = 0; i < size; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let k = i; k < size; k++) sum += factor[k * size + i]! * factor[k * size + j]!;
      inverse[i * size + j] = sum;
      inverse[j * size + i] = sum;
    }
  }
  return inverse;
}

/** Copies the lower triangle over the upper one, tile by tile. */
function mirror(matrix: Float32Array, n: number): void {
  const tile = 64;
  for (let top = 0; top < n; top += tile) {
    for (let left = 0; left <= top; left += tile) {
      for (let i = top; i < Math.min(top + tile, n); i++) {
        for (let j = left; j < Math.min(left + tile, i); j++) {
          matrix[j * n + i] = matrix[i * n + j]!;
        }
      }
    }
  }
}
