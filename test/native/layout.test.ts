/** Native copies and transposes. */

import { describe, expect, it } from 'vitest';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

const sizes = [0, 1, 2, 3, 4, 5, 9, 17, 65, 130];

/** The readable twin: walks out's elements and looks each one up in x. */
function gatherAll(
  outShape: readonly number[],
  read: (index: readonly number[]) => number,
): Float32Array {
  const total = outShape.reduce((product, size) => product * size, 1);
  return Float32Array.from({ length: total }, (_, i) => {
    let rest = i;
    const index = outShape.map(() => 0);
    for (let axis = outShape.length - 1; axis >= 0; axis--) {
      index[axis] = rest % outShape[axis]!;
      rest = Math.floor(rest / outShape[axis]!);
    }
    return read(index);
  });
}

function flat(shape: readonly number[], index: readonly number[]): number {
  return index.reduce((at, i, axis) => at * shape[axis]! + i, 0);
}

describe.skipIf(whySkipped)(`copies and transpositions ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it('transpose up to four axes', () => {
      native.setIsa(isa);
      const numbers = new Numbers(1);
      for (let round = 0; round < 150; round++) {
        const rank = round % 2 ? 2 : numbers.below(5);
        const choices = rank > 2 ? sizes.slice(0, 7) : sizes;
        const shape = Array.from({ length: rank }, () => numbers.pick(choices));
        const order = shape.map((_, axis) => axis).sort(() => numbers.below(3) - 1);
        const x = numbers.normal(shape.reduce((total, size) => total * size, 1));
        const out = anyThreads(() => {
          const out = numbers.garbage(x.length);
          native.permute(out, x, shape, order);
          return out;
        });
        const outShape = order.map((axis) => shape[axis]!);
        const expected = gatherAll(outShape, (index) => {
          const source = shape.map(() => 0);
          order.forEach((axis, i) => {
            source[axis] = index[i]!;
          });
          return x[flat(shape, source)]!;
        });
        expect(out).toEqual(expected);
      }
    });

    it('slice up to four axes', () => {
      native.setIsa(isa);
      const numbers = new Numbers(2);
      for (let round = 0; round < 100; round++) {
        const shape = Array.from({ length: numbers.below(5) }, () =>
          numbers.pick(sizes.slice(1, 8)),
        );
        const begin = shape.map((size) => numbers.below(size));
        const size = shape.map((whole, axis) => numbers.below(whole - begin[axis]! + 1));
        const x = numbers.normal(shape.reduce((total, whole) => total * whole, 1));
        const expected = gatherAll(
          size,
          (index) =>
            x[
              flat(
                shape,
                index.map((i, a) => i + begin[a]!),
              )
            ]!,
        );
        const out = anyThreads(() => {
          const out = numbers.garbage(expected.length);
          native.slice(out, x, shape, begin, size);
          return out;
        });
        expect(out).toEqual(expected);
      }
    });

    it('concatenate by strided copies, and gather rows', () => {
      native.setIsa(isa);
      const numbers = new Numbers(3);
      for (const [rows, left, right] of [
        [1, 3, 200_000],
        [50, 7, 1],
        [300, 400, 200],
      ] as const) {
        const a = numbers.normal(rows * left);
        const b = numbers.normal(rows * right);
        const width = left + right;
        const joined = anyThreads(() => {
          const out = numbers.garbage(rows * width);
          for (const [part, columns, offset] of [
            [a, left, 0],
            [b, right, left],
          ] as const) {
            const from = { offset: 0, stride: columns };
            native.copyRows(out, { offset, stride: width }, part, from, { rows, columns });
          }
          return out;
        });
        const wrong = joined.findIndex((x, i) => {
          const r = Math.floor(i / width);
          const c = i % width;
          return x !== (c < left ? a[r * left + c] : b[r * right + c - left]);
        });
        expect(wrong).toBe(-1);
        const picks = Int32Array.from({ length: 2 * rows }, () => numbers.below(rows));
        const gathered = anyThreads(() => {
          const out = numbers.garbage(picks.length * width);
          native.gatherRows(out, joined, picks, { rows, columns: width });
          return out;
        });
        const misplaced = gathered.findIndex(
          (x, i) => x !== joined[picks[Math.floor(i / width)]! * width + (i % width)],
        );
        expect(misplaced).toBe(-1);
      }
    });
  });
});
