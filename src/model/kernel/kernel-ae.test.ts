/** The kernel autoencoder: its scores against the equations, solved in another way. */

import { describe, expect, it } from 'vitest';
import { openEngine } from '../../backend/select.js';
import { parseConfig } from '../../config/parse.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ConfigError, RunError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { KernelAe, kernelAeMemory, trainKernelAe } from './kernel-ae.js';
import { RowKernel } from './row-kernel.js';

const engine = await openEngine('cpu');
const items = 12;
const sharpness = 3;
const config = parseConfig('kernel-ae', { sharpness, lambda: 0.3 });

/** Users who like one of three groups of four items, and a few others; the last one clicked nothing. */
const clicks = ClickMatrix.fromRows(items, [
  ...Array.from({ length: 40 }, (_, u) => {
    const order = new RandomStream(1, 'kernel', u).permutation(items);
    return Array.from(order).filter(
      (item, k) => k < 2 || (Math.floor(item / 4) === u % 3 && k < 9),
    );
  }),
  [],
]);
const load = async (rows = clicks) =>
  new KernelAe(engine, await trainKernelAe(config, rows, engine), { itemCount: items, sharpness });
/** Users who clicked three of the four items of a group. */
const groups = ClickMatrix.fromRows(
  items,
  Array.from({ length: 12 }, (_, u) =>
    [0, 1, 2, 3].filter((k) => k !== u % 4).map((k) => 4 * Math.floor(u / 4) + k),
  ),
);

function likeness(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const other = new Set(Array.from(b));
  const together = Array.from(a).filter((item) => other.has(item)).length;
  const cosine = together === 0 ? 0 : together / Math.sqrt(a.length * b.length);
  return Math.exp(sharpness * (cosine - 1));
}

/** Solves A·x = b by conjugate gradients, in f64. */
function solved(a: readonly (readonly number[])[], b: readonly number[]): number[] {
  const dot = (p: readonly number[], q: readonly number[]) =>
    p.reduce((sum, value, k) => sum + value * q[k]!, 0);
  let x = b.map(() => 0);
  let residual = [...b];
  let direction = [...b];
  for (let step = 0; step < 500 && dot(residual, residual) > 1e-24; step++) {
    const image = a.map((row) => dot(row, direction));
    const length = dot(residual, residual) / dot(direction, image);
    x = x.map((value, k) => value + length * direction[k]!);
    const next = residual.map((value, k) => value - length * image[k]!);
    const turn = dot(next, next) / dot(residual, residual);
    direction = next.map((value, k) => value + turn * direction[k]!);
    residual = next;
  }
  return x;
}

describe('the kernel autoencoder', () => {
  it('scores as kernel ridge regression does, also for rows without clicks', async () => {
    const model = await load();
    const rows = ClickMatrix.fromRows(items, [[0, 1], [5, 6, 11], [], Array.from(clicks.row(3))]);
    const scores = await model.score(rows);
    const users = Array.from({ length: clicks.rows }, (_, u) => clicks.row(u));
    const matrix = users.map((x, u) =>
      users.map((y, v) => likeness(x, y) + (u === v ? config.lambda : 0)),
    );
    for (let i = 0; i < items; i++) {
      const weights = solved(
        matrix,
        users.map((row) => +row.includes(i)),
      );
      for (let r = 0; r < rows.rows; r++) {
        const expected = users.reduce(
          (sum, user, u) => sum + weights[u]! * likeness(rows.row(r), user),
          0,
        );
        expect(scores[r * items + i], `row ${r}, item ${i}`).toBeCloseTo(expected, 4);
      }
    }
    model.dispose();
  });

  it('ranks the rest of a group first for who likes a part of it', async () => {
    const model = await load(groups);
    const rows = ClickMatrix.fromRows(items, [
      [0, 1],
      [4, 5],
      [8, 9],
    ]);
    const { items: best } = await model.topN(rows, 2, rows);
    expect([0, 1, 2].map((r) => Array.from(best.slice(2 * r, 2 * r + 2)).sort())).toEqual([
      [2, 3],
      [6, 7],
      [10, 11],
    ]);
    model.dispose();
  });

  it('ties an item to those of its group', async () => {
    const model = await load(groups);
    const relations = await model.itemRelations(4);
    const nearest = Array.from(relations.keys())
      .filter((item) => item !== 4)
      .sort((a, b) => relations[b]! - relations[a]!);
    expect(nearest.slice(0, 3).sort()).toEqual([5, 6, 7]);
    model.dispose();
  });

  it('keeps its sharpness: another one gives other scores', async () => {
    const weights = await trainKernelAe(config, clicks, engine);
    const rows = clicks.slice(0, 2);
    const of = async (value: number) => {
      const model = new KernelAe(engine, weights, { itemCount: items, sharpness: value });
      const scores = await model.score(rows);
      model.dispose();
      return scores;
    };
    expect(await of(1)).not.toEqual(await of(sharpness));
  });

  it('refuses damaged weights, and so many that no run holds them', async () => {
    const weights = await trainKernelAe(config, clicks, engine);
    const shape = { itemCount: items, sharpness };
    const wrong = { ...weights, 'rows/items': { shape: [1], data: Int32Array.of(99) } };
    expect(() => new KernelAe(engine, wrong, shape)).toThrow(RunError);
    expect(() => new KernelAe(engine, weights, { ...shape, itemCount: 3 })).toThrow(
      /not those of a kernel-ae of 3 items/,
    );
    const many = new ClickMatrix(items, new Int32Array(40_001), new Int32Array());
    await expect(trainKernelAe(config, many, engine)).rejects.toThrow(ConfigError);
    await expect(trainKernelAe(config, many, engine)).rejects.toThrow(
      /^kernel-ae on 40000 training users and 12 items keeps .* at most 1056964608 numbers\. Train /,
    );
  });

  it('stops between two blocks', async () => {
    const signal = AbortSignal.abort(new Error('stop'));
    await expect(trainKernelAe(config, clicks, engine, signal)).rejects.toThrow('stop');
  });

  it('announces the kernel, the weights and blocks of the larger', () => {
    expect(kernelAeMemory(100, 10)).toBe(4 * (100 * 100 + 100 * 10 + 4 * 512 * 100));
    expect(kernelAeMemory(10, 100)).toBe(4 * (10 * 10 + 10 * 100 + 4 * 512 * 100));
  });
});

describe('the kernel of rows', () => {
  it('is 1 for the same clicks, and least for none in common or no clicks', () => {
    const rows = ClickMatrix.fromRows(4, [[0, 1], [2], []]);
    const kernel = new RowKernel(rows, 2);
    const least = Math.fround(Math.exp(-2));
    const expected = [1, least, least, least, 1, least, least, least, least];
    kernel.between(rows).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k]!, 6);
    });
    expect(() => kernel.between(ClickMatrix.fromRows(5, [[0]]))).toThrow(/5 items/);
  });
});
