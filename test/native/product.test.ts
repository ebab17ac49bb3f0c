/** Native matrix products. */

import { describe, expect, it } from 'vitest';
import type { ProductShape } from '../../src/backend/native/operations.js';
import { anyThreads, edges, isas, Numbers, native, whySkipped } from './support.js';

interface Operands {
  readonly left: Float32Array;
  readonly right: Float32Array;
  readonly bias: Float32Array | null;
}

/** The readable twin, in double precision. */
function reference({ left, right, bias }: Operands, shape: Required<ProductShape>): Float64Array {
  const { rows, columns, depth, batch } = shape;
  const out = new Float64Array(batch * rows * columns);
  for (let b = 0; b < batch; b++) {
    const l = shape.leftBatch === 1 ? 0 : b * rows * depth;
    const r = shape.rightBatch === 1 ? 0 : b * depth * columns;
    // The right operand by rows: a step over columns would leave the cache at every product.
    const rightRows = shape.rightTransposed
      ? Float32Array.from({ length: depth * columns }, (_, at) => {
          const k = Math.floor(at / columns);
          return right[r + (at - k * columns) * depth + k]!;
        })
      : right.subarray(r, r + depth * columns);
    for (let i = 0; i < rows; i++) {
      const row = out.subarray((b * rows + i) * columns, (b * rows + i + 1) * columns);
      for (let k = 0; k < depth; k++) {
        const x = left[l + (shape.leftTransposed ? k * rows + i : i * depth + k)]!;
        for (let j = 0; j < columns; j++) row[j]! += x * rightRows[k * columns + j]!;
      }
      if (bias !== null) for (let j = 0; j < columns; j++) row[j]! += bias[j]!;
    }
  }
  return out;
}

/** The nearest bf16, ties to even. */
function bf16(x: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, x);
  const bits = view.getUint32(0);
  if (Number.isNaN(x)) return x;
  view.setUint32(0, ((bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000) >>> 0);
  return view.getFloat32(0);
}

function randomShape(numbers: Numbers): Required<ProductShape> {
  const batch = numbers.pick([1, 1, 1, 2, 3]);
  return {
    rows: numbers.pick([0, ...edges, 97, 200]),
    columns: numbers.pick([0, ...edges, 129, 300]),
    depth: numbers.pick([0, ...edges, 383, 384, 385, 800]),
    leftTransposed: numbers.below(2) === 1,
    rightTransposed: numbers.below(2) === 1,
    batch,
    leftBatch: numbers.pick([1, batch]),
    rightBatch: numbers.pick([1, batch]),
  };
}

function randomOperands(numbers: Numbers, shape: Required<ProductShape>): Operands {
  return {
    left: numbers.normal(shape.leftBatch * shape.rows * shape.depth),
    right: numbers.normal(shape.rightBatch * shape.depth * shape.columns),
    bias: numbers.below(2) ? numbers.normal(shape.columns) : null,
  };
}

describe.skipIf(whySkipped)(`matrix products in blocks ${whySkipped}`, () => {
  it.each(isas)(
    'add the blocks along a tree, so that the halves add up to the same bits: %s',
    (isa) => {
      native.setIsa(isa);
      const numbers = new Numbers(5);
      for (const [rows, columns, depth, blockWidth] of [
        [3, 5, 8, 1],
        [70, 33, 50, 7],
        [131, 65, 1990, 250],
        [20, 129, 2000, 1000],
      ] as const) {
        for (const rightTransposed of [false, true]) {
          for (const bf16 of [false, true]) {
            const shape = { rows, columns, depth, rightTransposed };
            const left = numbers.normal(rows * depth);
            const right = numbers.normal(depth * columns);
            const product = (first: number, last: number) =>
              anyThreads(() => {
                const out = numbers.garbage(rows * columns);
                const own = columnsOf(left, depth, first, last);
                const other = rightTransposed
                  ? columnsOf(right, depth, first, last)
                  : right.slice(first * columns, last * columns);
                const part = { ...shape, depth: last - first };
                native.multiplyBlocks(out, own, other, part, { blockWidth, bf16, emulate: true });
                return out;
              });
            const whole = product(0, depth);
            const blocks = 2 ** Math.ceil(Math.log2(depth / blockWidth));
            const middle = (blocks / 2) * blockWidth;
            const upper = product(middle, depth);
            expect(product(0, middle).map((x, k) => x + upper[k]!)).toEqual(whole);
            const plain = numbers.garbage(whole.length);
            if (bf16) native.multiplyBf16(plain, left, right, shape, { emulate: true });
            else native.multiply(plain, left, right, shape);
            const slack = 4e-6 * Math.sqrt(depth) + 1e-6;
            expect(plain.findIndex((x, k) => !(Math.abs(x - whole[k]!) < slack))).toBe(-1);
          }
        }
      }
    },
  );
});

/** Columns first..last-1 of a matrix of `width` columns. */
function columnsOf(matrix: Float32Array, width: number, first: number, last: number): Float32Array {
  const rows = matrix.length / width;
  const part = new Float32Array(rows * (last - first));
  for (let r = 0; r < rows; r++) {
    part.set(matrix.subarray(r * width + first, r * width + last), r * (last - first));
  }
  return part;
}

describe.skipIf(whySkipped)(`matrix products ${whySkipped}`, () => {
  // A reference takes longer than the kernels, and it is the same for every instruction set.
  it.each([1, 2, 3, 4])('equal the reference on random shapes, seed %i', (seed) => {
    const numbers = new Numbers(seed);
    for (let round = 0; round < 40; round++) {
      const shape = randomShape(numbers);
      const operands = randomOperands(numbers, shape);
      const { left, right, bias } = operands;
      const exact = reference(operands, shape);
      for (const isa of isas) {
        native.setIsa(isa);
        const out = anyThreads(() => {
          const out = numbers.garbage(exact.length);
          native.multiply(out, left, right, shape, { bias });
          return out;
        });
        const slack = 1e-6 * Math.sqrt(shape.depth + 1) * 4;
        const wrong = out.findIndex((x, i) => !(Math.abs(x - exact[i]!) <= slack));
        expect(wrong, `${isa} ${JSON.stringify(shape)}`).toBe(-1);
      }
    }
  });

  it.each([
    [130, 2200, 700],
    [1100, 40, 30],
    [40, 1100, 900],
    [4, 2500, 33],
    [5, 2500, 33],
  ])('cross every block: %i x %i x %i', (rows, columns, depth) => {
    const numbers = new Numbers(rows);
    for (const [leftTransposed, rightTransposed] of [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const) {
      const shape = { ...randomShape(numbers), batch: 1, leftBatch: 1, rightBatch: 1 };
      Object.assign(shape, { rows, columns, depth, leftTransposed, rightTransposed });
      const operands = randomOperands(numbers, shape);
      const exact = reference(operands, shape);
      for (const isa of isas) {
        native.setIsa(isa);
        const out = anyThreads(() => {
          const out = numbers.garbage(exact.length);
          native.multiply(out, operands.left, operands.right, shape, {
            bias: operands.bias,
            activation: 'relu',
          });
          return out;
        });
        const slack = 1e-6 * Math.sqrt(depth) * 4;
        const wrong = out.findIndex((x, i) => !(Math.abs(x - Math.max(0, exact[i]!)) <= slack));
        expect(wrong, `${isa} ${JSON.stringify(shape)}`).toBe(-1);
      }
    }
  });

  it('round operands to bf16 and sum in f32', () => {
    const numbers = new Numbers(9);
    for (let round = 0; round < 40; round++) {
      const shape = randomShape(numbers);
      const { left, right, bias } = randomOperands(numbers, shape);
      if (left.length > 3) left[2] = 1 + 2 ** -8; // a tie
      const exact = reference({ left: left.map(bf16), right: right.map(bf16), bias }, shape);
      for (const isa of isas) {
        native.setIsa(isa);
        const out = anyThreads(() => {
          const out = numbers.garbage(exact.length);
          native.multiplyBf16(out, left, right, shape, { bias, emulate: true });
          return out;
        });
        const slack = 1e-6 * Math.sqrt(shape.depth + 1) * 4;
        const wrong = out.findIndex((x, i) => !(Math.abs(x - exact[i]!) <= slack));
        expect(wrong, `${isa} ${JSON.stringify(shape)}`).toBe(-1);
      }
    }
  });

  describe.each(isas)('%s', (isa) => {
    it('give the bias when the depth is 0', () => {
      native.setIsa(isa);
      const out = new Float32Array(6).fill(9);
      const shape = { rows: 2, columns: 3, depth: 0 };
      const none = new Float32Array(0);
      native.multiply(out, none, none, shape);
      expect([...out]).toEqual([0, 0, 0, 0, 0, 0]);
      native.multiply(out, none, none, shape, {
        bias: Float32Array.of(-1, 0, 2),
        activation: 'relu',
      });
      expect([...out]).toEqual([0, 0, 2, 0, 0, 2]);
    });

    it('let NaN and infinities through to their row and column only', () => {
      native.setIsa(isa);
      for (const [rows, columns, depth] of [
        [3, 5, 7],
        [20, 50, 30],
      ] as const) {
        const left = new Float32Array(rows * depth).fill(1);
        const right = new Float32Array(depth * columns);
        left[depth + 2] = Number.NaN;
        right[3 * columns + 4] = Number.POSITIVE_INFINITY;
        const out = new Float32Array(rows * columns);
        native.multiply(out, left, right, { rows, columns, depth });
        out.forEach((x, i) => {
          const expected =
            Math.floor(i / columns) === 1
              ? Number.NaN
              : i % columns === 4
                ? Number.POSITIVE_INFINITY
                : 0;
          expect(x).toBe(expected);
        });
      }
    });

    it('refuse bf16 where the processor has none', () => {
      native.setIsa(isa);
      const x = new Float32Array(4);
      const shape = { rows: 2, columns: 2, depth: 2 };
      const multiply = () => native.multiplyBf16(new Float32Array(4), x, x, shape);
      if (native.info().bf16) expect(multiply).not.toThrow();
      else expect(multiply).toThrow(/bf16 needs the instruction set avx512bf16/);
    });

    it('keep NaN and infinity in bf16', () => {
      native.setIsa(isa);
      const left = Float32Array.of(Number.NaN, 1, Number.POSITIVE_INFINITY, 1, 3.4028235e38, 0);
      const right = Float32Array.of(1, 1);
      const out = new Float32Array(3);
      native.multiplyBf16(out, left, right, { rows: 3, columns: 1, depth: 2 }, { emulate: true });
      expect([...out]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
    });
  });

  it('would notice a wrong product', () => {
    const shape = { ...randomShape(new Numbers(5)), rows: 2, columns: 2, depth: 2, batch: 1 };
    const plain = { ...shape, leftBatch: 1, rightBatch: 1, leftTransposed: false };
    const operands = randomOperands(new Numbers(6), { ...plain });
    const exact = reference(operands, { ...plain, rightTransposed: false });
    expect(exact).not.toEqual(reference(operands, { ...plain, rightTransposed: true }));
  });
});
