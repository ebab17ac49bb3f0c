/** Native functions of each element, and the Adam step. */

import { describe, expect, it } from 'vitest';
import {
  type BinaryOperation,
  binaryOperations,
  type UnaryOperation,
  unaryOperations,
} from '../../src/backend/native/operations.js';
import {
  anyThreads,
  edges,
  expectSame,
  isas,
  Numbers,
  native,
  once,
  ulps,
  whySkipped,
} from './support.js';

const sigmoid = (x: number) => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));

/** The readable twin of each function, in double precision. */
const unaryReference: Record<UnaryOperation, (x: number) => number> = {
  identity: (x) => x,
  negate: (x) => -x,
  abs: Math.abs,
  square: (x) => x * x,
  sqrt: Math.sqrt,
  rsqrt: (x) => 1 / Math.sqrt(x),
  reciprocal: (x) => 1 / x,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  tanh: Math.tanh,
  sigmoid,
  softplus: (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))),
  relu: (x) => (x <= 0 ? 0 : x),
  relu6: (x) => (x <= 0 ? 0 : Math.min(x, 6)),
  elu: (x) => (x < 0 ? Math.expm1(x) : x),
  step: (x) => (Number.isNaN(x) ? x : x > 0 ? 1 : 0),
  sign: Math.sign,
};

/** Units in the last place that a function may be off. */
const tolerance: Partial<Record<UnaryOperation, number>> = {
  rsqrt: 1.5,
  exp: 2,
  expm1: 3,
  log: 2,
  log1p: 3,
  tanh: 3,
  sigmoid: 3,
  softplus: 3,
  elu: 3,
};

const binaryReference: Record<BinaryOperation, (x: number, y: number) => number> = {
  add: (x, y) => x + y,
  subtract: (x, y) => x - y,
  multiply: (x, y) => x * y,
  divide: (x, y) => x / y,
  maximum: Math.max,
  minimum: Math.min,
  squaredDifference: (x, y) => Math.fround(x - y) ** 2,
  tanhGradient: (dy, y) => dy * (1 - y * y),
  sigmoidGradient: (dy, y) => dy * (y * (1 - y)),
  reluGradient: (dy, y) => dy * (Number.isNaN(y) ? y : y > 0 ? 1 : 0),
  eluGradient: (dy, y) => (y >= 0 ? dy : dy * (y + 1)),
};

/** Every kind of number, and a dense sweep over what the functions are used for. */
function probes(): Float32Array {
  const special = [
    0,
    -0,
    1,
    -1,
    0.5,
    6,
    6.5,
    1e-45,
    -1e-45,
    1.1754944e-38,
    1e-39,
    3.4028235e38,
    -3.4028235e38,
    88.72283,
    88.73,
    89,
    104,
    150,
    -87.33655,
    -88,
    -100,
    -103.97,
    -104,
    -150,
    9.01,
    -9.02,
    0.625,
    0.34,
    -0.34,
    2 ** -24,
    -(2 ** -24),
    -0.99999994,
    -2,
    1e30,
    -1e30,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Number.NaN,
  ];
  const sweep = Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 180);
  const small = Array.from({ length: 4000 }, (_, i) => (i % 2 ? -1 : 1) * 2 ** (-i / 30));
  return Float32Array.from([...special, ...sweep, ...small]);
}

/** A large matrix, and its sums with rows, columns and numbers: the same for every instruction set, so made once. */
const largeSums = once(() => {
  const numbers = new Numbers(3);
  const rows = 37;
  const columns = 40_003;
  const size = [rows, columns];
  const x = numbers.normal(rows * columns);
  const cases = [[1, columns], [columns], [rows, 1], [1], []].map((shape) => {
    const y = numbers.normal(product(shape));
    return { shape, y, sum: x.map((value, i) => value + y[place(i, size, shape)]!) };
  });
  return { x, size, cases };
});

describe.skipIf(whySkipped)(`element-wise kernels ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it.each(unaryOperations)('%s is accurate to the last places at every kind of number', (op) => {
      native.setIsa(isa);
      const x = probes();
      const out = anyThreads(() => {
        const out = new Float32Array(x.length).fill(7);
        native.unary(out, op, x);
        return out;
      });
      let worst = 0;
      let at = 0;
      out.forEach((y, i) => {
        // log1p's and softplus's twins are exact enough in double precision.
        const off = ulps(y, unaryReference[op](x[i]!));
        if (off > worst || Number.isNaN(off)) [worst, at] = [off, i];
      });
      expect(worst, `${op}(${x[at]}) = ${out[at]}`).toBeLessThanOrEqual(tolerance[op] ?? 0.51);
    });

    it('handles every length and works in place', () => {
      native.setIsa(isa);
      const numbers = new Numbers(1);
      for (const n of [0, ...edges, 32_767, 32_768, 32_769, 70_001]) {
        const x = numbers.normal(n);
        const out = anyThreads(() => {
          const copy = x.slice();
          native.unary(copy, 'negate', copy);
          return copy;
        });
        expectSame(
          out,
          x.map((value) => -value),
        );
      }
    });

    it.each(binaryOperations)('%s broadcasts up to four axes', (op) => {
      native.setIsa(isa);
      const numbers = new Numbers(2);
      const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1e-40];
      for (let round = 0; round < 60; round++) {
        const rank = numbers.below(5);
        const shape = Array.from({ length: rank }, () => numbers.pick([1, 2, 3, 5, 8, 17]));
        const withOnes = () =>
          shape.slice(numbers.below(rank + 1)).map((size) => (numbers.below(3) === 0 ? 1 : size));
        const [leftShape, rightShape] = round % 3 ? [withOnes(), withOnes()] : [shape, shape];
        const operand = (sizes: readonly number[]) => {
          const data = numbers.normal(product(sizes));
          for (let k = 0; k < data.length / 5; k++)
            data[numbers.below(data.length)] = numbers.pick(values);
          return data;
        };
        const left = operand(leftShape);
        const right = operand(rightShape);
        const outShape = broadcast(leftShape, rightShape);
        const out = anyThreads(() => {
          const out = new Float32Array(product(outShape)).fill(7);
          native.binary(out, op, left, leftShape, right, rightShape);
          return out;
        });
        out.forEach((y, i) => {
          const x0 = left[place(i, outShape, leftShape)]!;
          const x1 = right[place(i, outShape, rightShape)]!;
          const exact = binaryReference[op](x0, x1);
          const slack = Number.isFinite(exact) ? 4e-7 * Math.max(Math.abs(exact), Math.abs(x0)) : 0;
          const close =
            Object.is(y, exact) || y === Math.fround(exact) || Math.abs(y - exact) <= slack + 1e-44;
          if (!close && !(Number.isNaN(y) && Number.isNaN(exact))) {
            expect.fail(
              `${op}(${x0}, ${x1}) = ${y}, not ${exact}; shapes [${leftShape}] [${rightShape}]`,
            );
          }
        });
      }
    });

    it('broadcasts rows and columns of large matrices, in place', () => {
      native.setIsa(isa);
      const { x, size, cases } = largeSums();
      for (const { y, shape, sum } of cases) {
        const out = anyThreads(() => {
          const copy = x.slice();
          native.binary(copy, 'add', copy, size, y, shape);
          return copy;
        });
        expectSame(out, sum);
      }
    });

    it('steps as Adam does in double precision', () => {
      native.setIsa(isa);
      const numbers = new Numbers(4);
      const coefficients = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      for (const n of [0, 1, 7, 33, 70_001]) {
        const start = numbers.normal(n);
        const gradients = [numbers.normal(n), numbers.normal(n, 1e-3), numbers.normal(n, 0)];
        const weights = anyThreads(() => {
          const w = start.slice();
          const m = new Float32Array(n);
          const v = new Float32Array(n);
          gradients.forEach((g, t) => {
            native.adam(w, m, v, g, coefficients, t + 1);
          });
          return w;
        });
        for (let i = 0; i < n; i += 1 + Math.floor(n / 500)) {
          let w = start[i]!;
          let m = 0;
          let v = 0;
          gradients.forEach((g, t) => {
            m = 0.9 * m + 0.1 * g[i]!;
            v = 0.999 * v + 0.001 * g[i]! ** 2;
            w -=
              (1e-3 * (m / (1 - 0.9 ** (t + 1)))) / (Math.sqrt(v / (1 - 0.999 ** (t + 1))) + 1e-8);
          });
          expect(Math.abs(weights[i]! - w)).toBeLessThan(1e-6);
        }
      }
    });

    it('steps some rows as it steps them alone, and leaves the others', () => {
      native.setIsa(isa);
      const numbers = new Numbers(5);
      const coefficients = { learningRate: 1e-3, beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
      for (const [count, width] of [
        [4, 1],
        [9, 33],
        [300, 200],
      ] as const) {
        const rows = Int32Array.from({ length: count }, (_, r) => r).filter((r) => r % 3 !== 1);
        const arrays = () => [1, 2, 3].map((k) => new Numbers(k).normal(count * width));
        const [weight, m, v] = arrays() as [Float32Array, Float32Array, Float32Array];
        v.forEach((x, k) => {
          v[k] = x * x;
        });
        const gradient = numbers.normal(rows.length * width);
        const start = [weight, m, v].map((x) => x.slice());
        native.adamRows({ weight, m, v }, gradient, { rows, width }, coefficients, 7);
        const alone = start.map((x) => x.slice()) as [Float32Array, Float32Array, Float32Array];
        for (const [k, r] of rows.entries()) {
          const row = alone.map((x) => x.subarray(r * width, (r + 1) * width));
          const own = gradient.subarray(k * width, (k + 1) * width);
          native.adam(row[0]!, row[1]!, row[2]!, own, coefficients, 7);
        }
        expectSame(weight, alone[0]);
        expectSame(m, alone[1]);
        expectSame(v, alone[2]);
        expectSame(weight.subarray(width, 2 * width), start[0]!.subarray(width, 2 * width));
      }
    });

    it('fills', () => {
      native.setIsa(isa);
      for (const n of [0, ...edges, 200_003]) {
        const out = new Float32Array(n);
        native.fill(out, 0.1);
        expect(out.every((value) => value === Math.fround(0.1))).toBe(true);
      }
    });
  });
});

function product(shape: readonly number[]): number {
  return shape.reduce((total, size) => total * size, 1);
}

function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, axis) => {
    const x = a[axis - rank + a.length] ?? 1;
    const y = b[axis - rank + b.length] ?? 1;
    return x === 1 ? y : x;
  });
}

/** Where the element at flat index i of `shape` lies in an operand of shape `from`. */
function place(i: number, shape: readonly number[], from: readonly number[]): number {
  let rest = i;
  let stride = 1;
  let at = 0;
  for (let axis = 1; axis <= shape.length; axis++) {
    const size = shape[shape.length - axis]!;
    const own = from[from.length - axis] ?? 1;
    if (own !== 1) at += (rest % size) * stride;
    stride *= own;
    rest = Math.floor(rest / size);
  }
  return at;
}
