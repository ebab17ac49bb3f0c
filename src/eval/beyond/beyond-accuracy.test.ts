/** Measures of whole lists: exposure, novelty, diversity and groups. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { UserId } from '../../data/ids.js';
import { Popularity } from '../../model/popularity.js';
import { evaluate, type Rankings } from '../evaluate.js';
import { beyondAccuracy } from './beyond-accuracy.js';
import { diversity, genreBits } from './diversity.js';
import { coverage, exposure, gini } from './exposure.js';
import { activityQuartiles, bandAccuracy, popularityBands } from './groups.js';
import { novelty, popularityRanks } from './novelty.js';

const ranked = (lists: number[][]): Rankings => ({
  rows: Int32Array.from(lists.keys()),
  depth: lists[0]!.length,
  items: Int32Array.from(lists.flat()),
});
const counts = fc.array(fc.nat(50), { minLength: 2, maxLength: 40 }).map((c) => Int32Array.from(c));

describe('exposure', () => {
  it('counts the first K items of every list, and skips empty places', () => {
    const lists = ranked([
      [2, 0, -1],
      [2, 1, 0],
    ]);
    expect([...exposure(lists, 1, 4)]).toEqual([0, 0, 2, 0]);
    expect([...exposure(lists, 3, 4)]).toEqual([2, 1, 2, 0]);
    expect(coverage(exposure(lists, 1, 4))).toBe(0.25);
    expect(coverage(exposure(lists, 3, 4))).toBe(0.75);
  });

  it('has a Gini index of 0 for equal exposure, 1 for a single item, and a value computed by hand in between', () => {
    expect(gini(Int32Array.of(3, 3, 3))).toBe(0);
    expect(gini(Int32Array.of(0, 9, 0, 0))).toBe(1);
    // The mean difference of two of them is 4/3, half of it relative to the mean 2 is 1/3.
    expect(gini(Int32Array.of(1, 2, 3))).toBeCloseTo(1 / 3, 12);
    expect(gini(new Int32Array(3))).toBe(0);
    expect(gini(Int32Array.of(4))).toBe(0);
  });

  it('has a Gini index that is half the relative mean difference of two items', () => {
    fc.assert(
      fc.property(counts, (c) => {
        const n = c.length;
        const mean = c.reduce((a, b) => a + b) / n;
        let sum = 0;
        for (const a of c) for (const b of c) sum += Math.abs(a - b);
        const expected = mean === 0 ? 0 : sum / (n * (n - 1)) / (2 * mean);
        expect(gini(c)).toBeCloseTo(expected, 10);
        expect(gini(c.map((count) => 3 * count))).toBeCloseTo(gini(c), 10);
        expect(gini(Int32Array.from(c).reverse())).toBeCloseTo(gini(c), 10);
      }),
    );
  });
});

describe('novelty', () => {
  it('gives equal items the mean rank, so that the sum of ranks is constant', () => {
    expect([...popularityRanks(Int32Array.of(5, 9, 5, 1))]).toEqual([2.5, 1, 2.5, 4]);
    fc.assert(
      fc.property(counts, (c) => {
        const ranks = popularityRanks(c);
        expect(ranks.reduce((a, b) => a + b)).toBeCloseTo((c.length * (c.length + 1)) / 2, 8);
        c.forEach((a, i) => {
          c.forEach((b, j) => {
            expect(Math.sign(ranks[j]! - ranks[i]!)).toBe(Math.sign(a - b));
          });
        });
      }),
    );
  });

  it('is the mean rank of the first K', () => {
    const ranks = popularityRanks(Int32Array.of(5, 9, 5, 1));
    const lists = ranked([
      [1, 3, 0],
      [-1, -1, -1],
    ]);
    expect([...novelty(lists, 1, ranks)]).toEqual([1, 0]);
    expect([...novelty(lists, 3, ranks)]).toEqual([2.5, 0]);
  });
});

describe('diversity', () => {
  it('is the mean Jaccard distance of two items', () => {
    const genres = genreBits([['Drama', 'War'], ['War'], ['Comedy'], [], []])!;
    const lists = ranked([
      [0, 1, 2],
      [3, 4, -1],
      [3, 0, -1],
      [2, -1, -1],
    ]);
    const [all, none, one, single] = diversity(lists, 3, genres);
    expect(all).toBeCloseTo((0.5 + 1 + 1) / 3, 12);
    expect([none, one, single]).toEqual([0, 1, 0]);
    expect(genreBits([[], []])).toBeNull();
  });

  it('takes items without a genre for alike, and for unlike every genre', () => {
    const names = ['none', 'Stryker was here!', 'undefined', 'null'];
    for (const name of names) {
      const genres = genreBits([[], [name], []])!;
      const lists = ranked([
        [0, 1],
        [0, 2],
      ]);
      expect([...diversity(lists, 2, genres)], name).toEqual([1, 0]);
    }
  });

  it('equals a computation with sets for any number of genres', () => {
    const genres = fc.array(fc.uniqueArray(fc.nat(80).map(String), { minLength: 1 }), {
      minLength: 2,
      maxLength: 8,
    });
    fc.assert(
      fc.property(genres, (lists) => {
        const order = lists.map((_, item) => item);
        let sum = 0;
        for (const a of order) {
          for (const b of order.slice(0, a)) {
            const both = lists[a]!.filter((name) => lists[b]!.includes(name)).length;
            sum += 1 - both / new Set([...lists[a]!, ...lists[b]!]).size;
          }
        }
        const pairs = (order.length * (order.length - 1)) / 2;
        const [value] = diversity(ranked([order]), order.length, genreBits(lists)!);
        expect(value).toBeCloseTo(sum / pairs, 12);
      }),
    );
  });
});

describe('groups', () => {
  it('puts every user into one quartile, and equal users into the same one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 12 }), { minLength: 1, maxLength: 40 }),
        (sizes) => {
          const foldIn = ClickMatrix.fromRows(
            12,
            sizes.map((size) => Array.from({ length: size }, (_, item) => item)),
          );
          const groups = activityQuartiles(foldIn, Int32Array.from(sizes.keys()));
          const members = groups.flatMap((group) => [...group.members]).sort((a, b) => a - b);
          expect(members).toEqual([...sizes.keys()]);
          const spans = groups.map((group) => [...group.members].map((u) => sizes[u]!));
          spans.slice(1).forEach((span, g) => {
            expect(Math.min(...span)).toBeGreaterThan(Math.max(...spans[g]!));
          });
        },
      ),
    );
  });

  it('cuts the users at the quartiles, equal ones together, and leaves empty groups out', () => {
    const quartiles = (...sizes: number[]) => {
      const rows = sizes.map((size) => Array.from({ length: size }, (_, item) => item));
      const groups = activityQuartiles(
        ClickMatrix.fromRows(12, rows),
        Int32Array.from(sizes.keys()),
      );
      return groups.map(({ name, range, members }) => [name, range, ...members]);
    };
    expect(quartiles(7, 1, 6, 2, 5, 3, 4)).toEqual([
      ['least active', '1 to 2 fold-in clicks', 1, 3],
      ['less active', '3 to 4 fold-in clicks', 5, 6],
      ['more active', '5 to 6 fold-in clicks', 2, 4],
      ['most active', '7 fold-in clicks', 0],
    ]);
    expect(quartiles(1, 2, 3, 4).map((group) => group.slice(2))).toEqual([[0], [1], [2], [3]]);
    expect(quartiles(5, 2, 2, 2)).toEqual([
      ['least active', '2 fold-in clicks', 1, 2, 3],
      ['most active', '5 fold-in clicks', 0],
    ]);
  });

  it('cuts the items at a third and at two thirds of the clicks', () => {
    const bands = popularityBands(Int32Array.of(1, 10, 1, 6, 4, 8));
    expect(bands.map(({ name, members }) => [name, ...members])).toEqual([
      ['head', 1],
      ['middle', 5, 3],
      ['tail', 4, 0, 2],
    ]);
    expect(bands[2]!.range).toBe('1 to 4 training clicks');
    fc.assert(
      fc.property(
        counts.filter((c) => c.some((n) => n > 0)),
        (c) => {
          const items = popularityBands(c).flatMap(({ members }) => [...members]);
          expect(items.sort((a, b) => a - b)).toEqual([...c.keys()]);
        },
      ),
    );
  });

  it('measures a band on whole rankings, with only its items as relevant', () => {
    const heldOut = ClickMatrix.fromRows(4, [[0, 3], [1], [3]]);
    const lists = ranked([
      [3, 0],
      [1, 2],
      [0, 1],
    ]);
    const band = { name: 'tail', range: '', members: Int32Array.of(3) };
    const { users, ndcg, recall } = bandAccuracy(lists, heldOut, band, 2);
    expect([[...users], [...ndcg], [...recall]]).toEqual([
      [0, 2],
      [1, 0],
      [1, 0],
    ]);
  });
});

describe('beyondAccuracy', () => {
  const trainClicks = Int32Array.of(9, 7, 5, 3, 1, 1);
  const foldIn = ClickMatrix.fromRows(6, [[0], [0, 1], [2, 3, 4], [5, 4, 3, 2]]);
  const heldOut = ClickMatrix.fromRows(6, [[1], [2, 5], [0], []]);
  const users = ['a', 'b', 'c', 'd'] as UserId[];
  const heldOutUsers = { users, foldIn, heldOut };

  it('measures the lists, the groups and the share of each band', async () => {
    const evaluation = await evaluate(new Popularity(trainClicks), heldOutUsers, [1, 3]);
    const genres = [['A'], ['A'], ['B'], ['B'], ['C'], []];
    const [result] = beyondAccuracy(
      [{ label: 'popularity', evaluation }],
      { heldOutUsers, trainClicks, genres },
      [1, 3],
      1,
    );
    expect(result!.k).toBe(3);
    // a: 1 2 3, b: 2 3 4, c: 0 1 5
    expect(result!.lists[1]).toMatchObject({ k: 3, coverage: 1 });
    expect(result!.lists[0]!.popularityRank.mean).toBeCloseTo((2 + 3 + 1) / 3, 12);
    expect(result!.lists[1]!.genreDiversity!.mean).toBeCloseTo((2 / 3 + 2 / 3 + 2 / 3) / 3, 12);
    expect(result!.byActivity.map(({ users }) => users).reduce((a, b) => a + b)).toBe(3);
    const shares = (of: 'recommended' | 'heldOut') =>
      result!.exposure.map((band) => band[of]).reduce((a, b) => a + b);
    expect(shares('recommended')).toBeCloseTo(1, 12);
    expect(shares('heldOut')).toBeCloseTo(1, 12);
  });

  it('works without genres', async () => {
    const evaluation = await evaluate(new Popularity(trainClicks), heldOutUsers, [2]);
    const models = [{ label: 'popularity', evaluation }];
    const [result] = beyondAccuracy(models, { heldOutUsers, trainClicks, genres: null }, [2], 1);
    expect(result!.lists[0]!.genreDiversity).toBeNull();
  });
});
