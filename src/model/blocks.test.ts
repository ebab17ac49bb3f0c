/** Ranking block by block. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import { ShapeError } from '../errors.js';
import { blocks, checkRows, rankInBlocks, scoringBlocks } from './blocks.js';

const model = { itemCount: 3 };
const rowsOf = (users: number, columns = 3) =>
  ClickMatrix.fromRows(
    columns,
    Array.from({ length: users }, (_, u) => [u % columns]),
  );

describe('blocks', () => {
  it.each([
    [0, []],
    [1, [[0, 1]]],
    [500, [[0, 500]]],
    [
      501,
      [
        [0, 500],
        [500, 501],
      ],
    ],
  ])('of %i users', (users, expected) => {
    const pairs = (of: Iterable<{ first: number; last: number }>) =>
      Array.from(of, ({ first, last }) => [first, last]);
    expect(pairs(blocks(users))).toEqual(expected);
    expect(pairs(scoringBlocks(rowsOf(users)))).toEqual(expected);
  });
});

describe('rankInBlocks', () => {
  it('ranks every row once, in order, with its own mask', async () => {
    const rows = rowsOf(1203);
    const mask = ClickMatrix.fromRows(
      3,
      Array.from({ length: 1203 }, (_, u) => [(u + 1) % 3]),
    );
    const sizes: number[] = [];
    const best = await rankInBlocks(model, { rows, mask, n: 2 }, async (block, hidden) => {
      sizes.push(block.rows);
      const items = Int32Array.from({ length: 2 * block.rows }, (_, k) =>
        k % 2 === 0 ? block.row(k >> 1)[0]! : hidden.row(k >> 1)[0]!,
      );
      return { rows: block.rows, n: 2, items, scores: Float32Array.from(items, (x) => -x) };
    });
    expect(sizes).toEqual([500, 500, 203]);
    expect([best.rows, best.n]).toEqual([1203, 2]);
    const expected = Array.from({ length: 1203 }, (_, u) => [u % 3, (u + 1) % 3]).flat();
    expect([...best.items]).toEqual(expected);
    expect([...best.scores]).toEqual(expected.map((x) => -x));
  });

  it('refuses rows and masks that do not fit', async () => {
    const rank = (rows: ClickMatrix, mask: ClickMatrix) =>
      rankInBlocks(model, { rows, mask, n: 1 }, () => Promise.reject(new Error('ranked')));
    await expect(rank(rowsOf(2, 4), rowsOf(2))).rejects.toThrow(
      new ShapeError('rows over 4 items do not fit a model of 3 items'),
    );
    await expect(rank(rowsOf(2), rowsOf(2, 2))).rejects.toThrow(/rows over 2 items/);
    await expect(rank(rowsOf(2), rowsOf(3))).rejects.toThrow(
      new ShapeError('a mask of 3 rows does not fit 2 rows'),
    );
    expect(() => checkRows(model, rowsOf(2))).not.toThrow();
  });
});
