/** Native kernels over sparse rows, and rankings. */

import { describe, expect, it } from 'vitest';
import { combinedBlocks } from '../../src/backend/collective/block-tree.js';
import { topN } from '../../src/backend/operations/top-n.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

const shapes = [
  [1, 1, 1],
  [5, 3, 4],
  [17, 40, 7],
  [40, 90, 33],
  [23, 700, 130],
] as const;

describe.skipIf(whySkipped)(`sparse kernels ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it.each(shapes)(
      'multiply %i rows over %i items by width %i, and back',
      (rows, items, width) => {
        native.setIsa(isa);
        const numbers = new Numbers(rows);
        for (const withValues of [false, true]) {
          for (const withScale of [false, true]) {
            const clicks = numbers.rows(rows, items, 0.2);
            const values = withValues ? numbers.normal(clicks.clicks) : null;
            const scale = withScale ? numbers.normal(rows) : null;
            const table = numbers.normal(items * width);
            const dy = numbers.normal(rows * width);
            const forward = new Float64Array(rows * width);
            const backward = new Float64Array(items * width);
            for (let u = 0; u < rows; u++) {
              for (let k = clicks.offsets[u]!; k < clicks.offsets[u + 1]!; k++) {
                const factor = (values?.[k] ?? 1) * (scale?.[u] ?? 1);
                for (let c = 0; c < width; c++) {
                  forward[u * width + c]! += factor * table[clicks.items[k]! * width + c]!;
                  backward[clicks.items[k]! * width + c]! += factor * dy[u * width + c]!;
                }
              }
            }
            const sparse = { clicks, values, scale };
            const y = anyThreads(() => {
              const out = numbers.garbage(rows * width);
              native.sparseProduct(out, sparse, table, width);
              return out;
            });
            const dw = anyThreads(() => {
              const out = numbers.garbage(items * width);
              native.sparseProductGradient(out, sparse, dy, width);
              return out;
            });
            expect(y.findIndex((x, i) => !(Math.abs(x - forward[i]!) < 1e-4))).toBe(-1);
            expect(dw.findIndex((x, i) => !(Math.abs(x - backward[i]!) < 1e-4))).toBe(-1);
          }
        }
      },
    );

    it('add blocks of items along a tree, so that the halves add up to the same bits', () => {
      native.setIsa(isa);
      const numbers = new Numbers(3);
      for (const [items, blockWidth, width] of [
        [8, 1, 5],
        [37, 5, 33],
        [1000, 130, 70],
      ] as const) {
        const clicks = numbers.rows(29, items, numbers.pick([0.05, 0.3]));
        const table = numbers.normal(items * width);
        const product = (of: ClickMatrix, first: number, scale?: Float32Array) =>
          anyThreads(() => {
            const out = numbers.garbage(of.rows * width);
            const own = table.subarray(first * width, (first + of.columns) * width).slice();
            const sparse = { clicks: of, ...(scale && { scale }) };
            native.sparseProduct(out, sparse, own, width, blockWidth);
            return out;
          });
        const whole = product(clicks, 0);
        const middle = 4 * blockWidth;
        const lower = product(clicks.columnsBetween(0, middle), 0);
        const upper = product(clicks.columnsBetween(middle, items), middle);
        expect(lower.map((x, k) => x + upper[k]!)).toEqual(whole);
        expect(whole.some((x) => Object.is(x, -0))).toBe(false);
        const scale = numbers.normal(29).map(Math.abs);
        const scaled = whole.map((x, k) => x * scale[Math.floor(k / width)]!);
        expect(product(clicks, 0, scale)).toEqual(scaled);
        const plain = numbers.garbage(whole.length);
        native.sparseProduct(plain, { clicks }, table, width);
        expect(plain.findIndex((x, k) => !(Math.abs(x - whole[k]!) < 1e-4))).toBe(-1);
      }
    });

    it('accept a batch without rows, and rows without clicks', () => {
      native.setIsa(isa);
      const none = new ClickMatrix(4, Int32Array.of(0), new Int32Array(0));
      native.sparseProduct(new Float32Array(0), { clicks: none }, new Float32Array(8), 2);
      const dw = new Float32Array(8).fill(5);
      native.sparseProductGradient(dw, { clicks: none }, new Float32Array(0), 2);
      expect(dw.every((x) => x === 0)).toBe(true);
    });

    it.each([
      [1, 1],
      [6, 5],
      [9, 100],
      [13, 2051],
    ])('give the multinomial likelihood of %i x %i and its gradient', (rows, columns) => {
      native.setIsa(isa);
      const numbers = new Numbers(columns);
      const clicks = numbers.rows(rows, columns, 0.1);
      const logits = numbers.normal(rows * columns, 8);
      if (columns > 50) logits[columns + 3] = -1e30;
      const dy = numbers.normal(rows);
      const blockWidth = numbers.pick([columns, Math.ceil(columns / 2), Math.ceil(columns / 5)]);
      const blocks = Math.ceil(columns / blockWidth);
      const blockParts = anyThreads(() => {
        const out = numbers.garbage(3 * rows * blocks);
        native.multinomial(out, logits, clicks, blockWidth);
        return out;
      });
      const all = combinedBlocks(blockParts, rows, blocks);
      const parts = new Float32Array(2 * rows);
      const nll = Float64Array.from({ length: rows }, (_, u) => {
        const [largest, sum, clicked] = all.subarray(3 * u) as unknown as [number, number, number];
        const n = clicks.row(u).length;
        parts.set([largest, n / sum], 2 * u);
        return n * (largest + Math.log(sum)) - clicked;
      });
      const gradient = anyThreads(() => {
        const out = logits.slice();
        native.multinomialGradient(out, out, parts, dy, clicks);
        return out;
      });
      for (let u = 0; u < rows; u++) {
        const row = Array.from(logits.subarray(u * columns, (u + 1) * columns));
        const largest = Math.max(...row);
        const sum = row.reduce((total, f) => total + Math.exp(f - largest), 0);
        const mine = [...clicks.row(u)];
        const clicked = new Set(mine);
        const exact = mine.reduce((total, i) => total + Math.log(sum) + largest - row[i]!, 0);
        expect(Math.abs(nll[u]! - exact)).toBeLessThanOrEqual(Math.abs(exact) * 2e-7 + 1e-6);
        row.forEach((f, i) => {
          const p = (mine.length * Math.exp(f - largest)) / sum;
          const expected = dy[u]! * (p - (clicked.has(i) ? 1 : 0));
          const slack = Math.abs(dy[u]!) * (p * 1e-6 + 1e-7);
          const given = gradient[u * columns + i]!;
          if (!(Math.abs(given - expected) <= slack)) {
            expect.fail(`the gradient of row ${u}, column ${i} is ${given}, not ${expected}`);
          }
        });
      }
    });

    it('give a likelihood of NaN where a logit is NaN', () => {
      native.setIsa(isa);
      const clicks = ClickMatrix.fromRows(20, [[1], [1]]);
      const logits = new Float32Array(40);
      logits[13] = Number.NaN;
      const parts = new Float32Array(12);
      native.multinomial(parts, logits, clicks, 10);
      const all = combinedBlocks(parts, 2, 2);
      expect(all[1]).toBeNaN();
      expect(Array.from(all.slice(3))).toEqual([0, 20, 0]);
    });

    it('rank as topN does, ties, NaN and infinities included', () => {
      native.setIsa(isa);
      const numbers = new Numbers(7);
      const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -0, 1, 2];
      for (let round = 0; round < 80; round++) {
        const rows = 1 + numbers.below(12);
        const columns = numbers.pick([1, 2, 7, 16, 17, 100, 333]);
        const n = numbers.pick([1, 2, 5, 20, 100, 400]);
        const scores = numbers.normal(rows * columns);
        const share = numbers.pick([0, 0.3, 1]) * scores.length;
        for (let k = 0; k < share; k++) scores[numbers.below(scores.length)] = numbers.pick(odd);
        if (round % 10 === 0) scores.fill(Number.NaN);
        const mask = numbers.rows(rows, columns, numbers.pick([0, 0.2, 1]));
        const expected = topN(scores, mask, n);
        const best = new Float32Array(rows * n);
        const items = anyThreads(() => {
          const out = new Int32Array(rows * n);
          native.topN(out, best, n, scores, mask);
          return out;
        });
        expect(items).toEqual(expected.items);
        expect(best).toEqual(expected.scores);
      }
    });

    it.each([
      [3, 5, 4, 2],
      [1, 300, 20, 10],
      [30, 4500, 16, 100],
      [1030, 33, 5, 40],
    ])('decode and rank %i rows over %i items by blocks', (rows, columns, depth, n) => {
      native.setIsa(isa);
      const numbers = new Numbers(rows);
      const hidden = numbers.normal(rows * depth);
      const weights = numbers.normal(depth * columns);
      const bias = numbers.normal(columns);
      const mask = numbers.rows(rows, columns, 0.05);
      const scores = new Float32Array(rows * columns);
      native.multiply(scores, hidden, weights, { rows, columns, depth }, { bias });
      const expected = topN(scores, mask, n);
      const best = new Float32Array(rows * n);
      const items = anyThreads(() => {
        const out = new Int32Array(rows * n);
        native.decodeTopN(out, best, n, hidden, { weights, bias, depth }, mask);
        return out;
      });
      expect(items).toEqual(expected.items);
      expect(best).toEqual(expected.scores);
      const turned = new Float32Array(weights.length);
      weights.forEach((weight, k) => {
        turned[(k % columns) * depth + Math.floor(k / columns)] = weight;
      });
      const transposed = { weights: turned, bias, depth, isTransposed: true };
      native.decodeTopN(items, best, n, hidden, transposed, mask);
      expect(items).toEqual(expected.items);
    });
  });
});
