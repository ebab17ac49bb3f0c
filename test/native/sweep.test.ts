/** The native sweep of a symmetric matrix. */

import { describe, expect, it } from 'vitest';
import { sweepBlock } from '../../src/backend/operations/sweep.js';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

/** A symmetric matrix and an inverse of one of its blocks, both of any numbers: the step is arithmetic. */
function problem(numbers: Numbers, n: number, size: number) {
  return { matrix: numbers.normal(n * n), inverse: numbers.normal(size * size, 0.1) };
}

function symmetric(inverse: Float32Array, size: number): Float32Array {
  return inverse.map((_, at) => {
    const i = Math.floor(at / size);
    const j = at % size;
    return inverse[Math.max(i, j) * size + Math.min(i, j)]!;
  });
}

describe.skipIf(whySkipped)(`the sweep ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it.each([
      [1, 0, 1],
      [5, 1, 2],
      [40, 0, 17],
      [40, 23, 17],
      [130, 64, 33],
      [300, 256, 44],
      [1100, 512, 64],
    ])('sweeps a block like its reference: n %i, first %i, size %i', (n, first, size) => {
      native.setIsa(isa);
      const { matrix, inverse: any } = problem(new Numbers(n + first), n, size);
      const inverse = symmetric(any, size);
      const expected = matrix.slice();
      const block = { first, size, inverse };
      sweepBlock(expected, n, block);
      const actual = anyThreads(() => {
        const copy = matrix.slice();
        native.sweepBlock(copy, n, block);
        return copy;
      });
      let wrong = -1;
      for (let i = 0; i < n && wrong < 0; i++) {
        for (let j = 0; j <= i && wrong < 0; j++) {
          const at = i * n + j;
          if (!(Math.abs(actual[at]! - expected[at]!) <= 1e-4)) wrong = at;
        }
      }
      expect(wrong).toBe(-1);
    });
  });

  it('refuses a block outside the matrix, and an inverse of another size', () => {
    const matrix = new Float32Array(16);
    const step = (first: number, inverse: Float32Array) => () =>
      native.sweepBlock(matrix, 4, { first, size: 2, inverse });
    expect(step(3, new Float32Array(4))).toThrow(/size/);
    expect(step(0, new Float32Array(5))).toThrow(/inverse/);
    expect(step(0, matrix.subarray(0, 4))).toThrow(/shares memory/);
  });
});
