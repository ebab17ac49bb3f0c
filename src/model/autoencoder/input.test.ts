/** The encoder's input: normalised rows and dropout. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import { RandomTable } from '../../random.js';
import { corruptedRows, normalizedRows } from './input.js';

const clicks = ClickMatrix.fromRows(5, [[3, 0, 1, 4], [], [2]]);

describe('normalizedRows', () => {
  it('gives every row length 1, and an empty row length 0', () => {
    const rows = normalizedRows(clicks);
    expect(rows.clicks).toBe(clicks);
    expect(Array.from(rows.scale)).toEqual([0.5, 0, 1]);
  });
});

describe('corruptedRows', () => {
  it('drops clicks and scales the rest by 1 / keep over the whole row’s norm', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), (seed) => {
        const rows = corruptedRows(clicks, {
          dropout: 0.5,
          random: new RandomTable(seed, 'dropout'),
        });
        expect(Array.from(rows.scale)).toEqual([1, 0, 2]);
        for (let u = 0; u < clicks.rows; u++) {
          const before = Array.from(clicks.row(u));
          const kept = Array.from(rows.clicks.row(u));
          expect(before.filter((item) => kept.includes(item))).toEqual(kept);
        }
      }),
    );
  });

  it('keeps about 1 − dropout of the clicks, and the same ones for the same seed', () => {
    const many = ClickMatrix.fromRows(10_000, [Int32Array.from({ length: 10_000 }, (_, i) => i)]);
    const once = corruptedRows(many, {
      dropout: 0.3,
      random: new RandomTable(1, 'dropout'),
    }).clicks;
    expect(once.clicks / 10_000).toBeCloseTo(0.7, 1);
    expect(
      corruptedRows(many, { dropout: 0.3, random: new RandomTable(1, 'dropout') }).clicks,
    ).toEqual(once);
    expect(
      corruptedRows(many, { dropout: 0.3, random: new RandomTable(2, 'dropout') }).clicks,
    ).not.toEqual(once);
  });

  it('only normalises without dropout', () => {
    const rows = corruptedRows(clicks, { dropout: 0, random: new RandomTable(1, 'dropout') });
    expect(rows).toEqual(normalizedRows(clicks));
  });
});
