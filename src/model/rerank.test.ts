/** Diversified lists. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ItemSpace } from './item-space.js';
import { diversified } from './rerank.js';

const space = (rows: number[][]) =>
  new ItemSpace({ vectors: Float32Array.from(rows.flat()), dimensions: rows[0]!.length });

describe('ItemSpace', () => {
  it('gives cosines, and 0 for a vector of length 0', () => {
    const items = space([
      [3, 4],
      [6, 8],
      [-4, 3],
      [0, 0],
    ]);
    const cosines = Array.from(items.cosines(0), (cosine) => Number(cosine.toFixed(6)));
    expect(cosines).toEqual([1, 1, 0, 0]);
    expect(Array.from(items.cosines(2, [3, 2]))).toEqual([0, 1]);
  });
});

describe('diversified', () => {
  /** Two alike, one apart. */
  const items = space([
    [1, 0],
    [1, 0.1],
    [0, 1],
  ]);

  it('puts a dissimilar item before a similar one with a slightly better score', async () => {
    expect(
      await diversified({
        candidates: [0, 1, 2],
        scores: [5, 4.9, 4],
        space: items,
        diversity: 0,
        n: 3,
      }),
    ).toEqual([0, 1, 2]);
    expect(
      await diversified({
        candidates: [0, 1, 2],
        scores: [5, 4.9, 4],
        space: items,
        diversity: 0.6,
        n: 3,
      }),
    ).toEqual([0, 2, 1]);
    expect(
      await diversified({
        candidates: [0, 1, 2],
        scores: [5, 4.9, -50],
        space: items,
        diversity: 0.3,
        n: 3,
      }),
    ).toEqual([0, 1, 2]);
  });

  it('starts with the best item even at diversity 1, and accepts equal scores', async () => {
    expect(
      await diversified({
        candidates: [1, 2, 0],
        scores: [3, 2, 1],
        space: items,
        diversity: 1,
        n: 2,
      }),
    ).toEqual([0, 1]);
    expect(
      await diversified({ candidates: [2, 0], scores: [1, 1], space: items, diversity: 0.5, n: 5 }),
    ).toEqual([0, 1]);
    expect(
      await diversified({ candidates: [], scores: [], space: items, diversity: 0.5, n: 5 }),
    ).toEqual([]);
  });

  it('gives the same order for every n, and follows the formula', async () => {
    const material = fc.record({
      rows: fc.array(fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 3, maxLength: 3 }), {
        minLength: 1,
        maxLength: 12,
      }),
      diversity: fc.double({ min: 0, max: 1, noNaN: true }),
      n: fc.integer({ min: 1, max: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(material, async ({ rows, diversity, n }) => {
        const items = space(rows);
        const candidates = [...rows.keys()];
        const scores = candidates.map((c) => 20 - c ** 1.5);
        const all = await diversified({
          candidates,
          scores,
          space: items,
          diversity,
          n: rows.length,
        });
        expect(all.toSorted((a, b) => a - b)).toEqual(candidates);
        expect(await diversified({ candidates, scores, space: items, diversity, n })).toEqual(
          all.slice(0, n),
        );
        const high = scores[0]!;
        const low = scores.at(-1)!;
        const relevance = scores.map((s) => (high === low ? 0 : (s - low) / (high - low)));
        all.forEach((chosen, place) => {
          const before = all.slice(0, place);
          const value = (c: number) =>
            (1 - diversity) * relevance[c]! -
            diversity * Math.max(...(place === 0 ? [0] : items.cosines(c, before)));
          const best = Math.max(...all.slice(place).map(value));
          expect(value(chosen)).toBeCloseTo(best, 5);
        });
      }),
      { numRuns: 100 },
    );
  });
});
