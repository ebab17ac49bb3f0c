/** Native reductions, softmax and layer normalisation. */

import { describe, expect, it } from 'vitest';
import { reductions } from '../../src/backend/native/operations.js';
import { anyThreads, edges, isas, Numbers, native, whySkipped } from './support.js';

/** The readable twin, in double precision, of one list of values. */
const references = {
  sum: (values: readonly number[]) => values.reduce((total, x) => total + x, 0),
  mean: (values: readonly number[]) => values.reduce((total, x) => total + x, 0) / values.length,
  max: (values: readonly number[]) => values.reduce((a, b) => Math.max(a, b), -Infinity),
};

describe.skipIf(whySkipped)(`reductions ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it.each(reductions)('%s over any axis', (operation) => {
      native.setIsa(isa);
      const numbers = new Numbers(1);
      for (let round = 0; round < 120; round++) {
        const outer = numbers.pick([0, 1, 2, 3, 70]);
        const inner = numbers.pick([0, 1, 1, ...edges, 257]);
        const n = numbers.pick([0, ...edges, 500, 2100]);
        const x = numbers.normal(outer * n * inner);
        for (let k = 0; k < 3 && round % 4 === 0 && x.length > 0; k++) {
          x[numbers.below(x.length)] = numbers.pick([Number.NaN, Infinity, -Infinity]);
        }
        const out = anyThreads(() => {
          const out = new Float32Array(outer * inner).fill(7);
          native.reduce(out, operation, x, { outer, n, inner });
          return out;
        });
        out.forEach((y, i) => {
          const o = Math.floor(i / inner);
          const c = i % inner;
          const values = Array.from({ length: n }, (_, k) => x[(o * n + k) * inner + c]!);
          const exact = references[operation](values);
          const magnitude = values.reduce((total, v) => total + Math.abs(v), 0);
          const slack = operation === 'max' ? 0 : 3e-7 * magnitude;
          const isRight = Object.is(y, exact) || y === exact || Math.abs(y - exact) <= slack;
          if (!isRight && !(Number.isNaN(y) && Number.isNaN(exact))) {
            expect.fail(`${operation} ${i} of ${outer} x ${n} x ${inner} is ${y}, not ${exact}`);
          }
        });
      }
    });

    it('sums a million equal numbers without drift', () => {
      native.setIsa(isa);
      const x = new Float32Array(1_000_000).fill(0.1);
      const out = new Float32Array(1);
      native.reduce(out, 'sum', x, { outer: 1, n: x.length, inner: 1 });
      expect(Math.abs(out[0]! - x.length * Math.fround(0.1))).toBeLessThan(0.02);
    });

    it('gives softmax and its logarithm, in place too', () => {
      native.setIsa(isa);
      const numbers = new Numbers(2);
      for (const columns of [...edges, 2500]) {
        const rows = 7;
        const x = numbers.normal(rows * columns, 20);
        const p = anyThreads(() => {
          const out = x.slice();
          native.softmax(out, out, { rows, columns });
          return out;
        });
        const logP = anyThreads(() => {
          const out = numbers.garbage(x.length);
          native.logSoftmax(out, x, { rows, columns });
          return out;
        });
        /** The largest errors, as shares of what is allowed. */
        const worst = { p: 0, logP: 0 };
        for (let r = 0; r < rows; r++) {
          const row = Array.from(x.subarray(r * columns, (r + 1) * columns));
          const largest = Math.max(...row);
          const sum = row.reduce((total, f) => total + Math.exp(f - largest), 0);
          row.forEach((f, c) => {
            const exact = f - largest - Math.log(sum);
            // Math.max passes NaN on.
            worst.p = Math.max(worst.p, Math.abs(p[r * columns + c]! - Math.exp(exact)) / 1e-6);
            const off = Math.abs(logP[r * columns + c]! - exact);
            worst.logP = Math.max(worst.logP, off / (2e-7 * Math.abs(exact) + 1e-6));
          });
        }
        expect(worst.p).toBeLessThan(1);
        expect(worst.logP).toBeLessThanOrEqual(1);
      }
    });

    it.each([
      [1, 1],
      [3, 5],
      [70, 33],
      [9, 600],
    ])('normalises layers of %i x %i, with gradients as central differences', (rows, columns) => {
      native.setIsa(isa);
      const numbers = new Numbers(columns);
      const epsilon = 0.1;
      const x = numbers.normal(rows * columns).map((value) => value + 3);
      const gain = numbers.normal(columns);
      const bias = numbers.normal(columns);
      const dy = numbers.normal(rows * columns);
      const forward = (input: ArrayLike<number>, g: ArrayLike<number>, b: ArrayLike<number>) => {
        const out = new Float64Array(rows * columns);
        for (let r = 0; r < rows; r++) {
          const row = Array.from({ length: columns }, (_, c) => input[r * columns + c]!);
          const mean = references.mean(row);
          const variance = references.mean(row.map((value) => (value - mean) ** 2));
          row.forEach((value, c) => {
            out[r * columns + c] = (g[c]! * (value - mean)) / Math.sqrt(variance + epsilon) + b[c]!;
          });
        }
        return out;
      };
      const mean = new Float32Array(rows);
      const spread = new Float32Array(rows);
      const y = anyThreads(() => {
        const out = numbers.garbage(rows * columns);
        native.layerNorm(out, mean, spread, x, gain, bias, epsilon, { rows, columns });
        return out;
      });
      forward(x, gain, bias).forEach((exact, i) => {
        expect(Math.abs(y[i]! - exact)).toBeLessThan(2e-5);
      });
      const dGain = numbers.garbage(columns);
      const dBias = numbers.garbage(columns);
      const dx = anyThreads(() => {
        const out = numbers.garbage(rows * columns);
        native.layerNormGradient(out, dGain, dBias, dy, x, gain, mean, spread, { rows, columns });
        return out;
      });
      const loss = (input: ArrayLike<number>, g: ArrayLike<number>, b: ArrayLike<number>) =>
        forward(input, g, b).reduce((total, value, i) => total + value * dy[i]!, 0);
      const difference = (which: 0 | 1 | 2, i: number) => {
        const moved = (step: number) => {
          const all = [Float64Array.from(x), Float64Array.from(gain), Float64Array.from(bias)];
          all[which]![i]! += step;
          return loss(all[0]!, all[1]!, all[2]!);
        };
        return (moved(1e-4) - moved(-1e-4)) / 2e-4;
      };
      for (let k = 0; k < 12; k++) {
        const i = numbers.below(x.length);
        const c = numbers.below(columns);
        expect(Math.abs(dx[i]! - difference(0, i))).toBeLessThan(1e-4);
        expect(Math.abs(dGain[c]! - difference(1, c))).toBeLessThan(1e-3);
        expect(Math.abs(dBias[c]! - difference(2, c))).toBeLessThan(1e-3);
      }
    });
  });
});
