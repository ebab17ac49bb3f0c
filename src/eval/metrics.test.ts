/** Ranking metrics against golden values and their properties. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type GoldenUser, goldenUsers } from '../../test/fixtures/golden-metrics.js';
import { topN } from '../backend/operations/top-n.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ArgumentError } from '../errors.js';
import { checkCutoffs, metricKeys, metricNames, rankingMetrics } from './metrics.js';

const golden = goldenUsers();
const ks = [1, 5, 10, 20, 100];

function rank(user: GoldenUser): number[] {
  const mask = ClickMatrix.fromRows(user.scores.length, [user.fold_in]);
  return [...topN(Float32Array.from(user.scores), mask, 100).items];
}

function named(user: GoldenUser): Record<string, number> | null {
  const values = rankingMetrics(rank(user), user.held_out, ks);
  return values && Object.fromEntries(metricKeys(ks).map((key, k) => [key, values[k]!]));
}

/** The largest difference to the golden values over all cutoffs of one metric. */
function difference(user: GoldenUser, metric: string): number {
  const values = named(user)!;
  const keys = ks.map((k) => `${metric}@${k}`);
  return Math.max(...keys.map((key) => Math.abs(values[key]! - user.metrics![key]!)));
}

describe('golden values', () => {
  const measured = golden.filter((user) => user.metrics !== null);

  it.each(golden.map((user, index) => [index, user] as const))('hold for user %i', (_, user) => {
    expect(rank(user).filter((item) => item >= 0)).toEqual(user.ranking);
    if (user.metrics === null) {
      expect(named(user)).toBeNull();
      return;
    }
    expect(Object.keys(named(user)!).sort()).toEqual(Object.keys(user.metrics).sort());
    for (const metric of metricNames) expect(difference(user, metric)).toBeLessThan(1e-12);
  });

  it.each([...metricNames])('notice a wrong ranking: %s', (metric) => {
    const perturbed = measured.map((user) => ({
      ...user,
      // The worst item becomes the best.
      scores: user.scores.map((score, item) => (item === user.ranking.at(-1) ? 99 : score)),
    }));
    expect(perturbed.some((user) => difference(user, metric) > 1e-3)).toBe(true);
  });

  it('notice a missing held-out item', () => {
    const user = { ...measured[0]!, held_out: measured[0]!.held_out.slice(1) };
    for (const metric of ['ndcg', 'recall', 'precision', 'map']) {
      expect(difference(user, metric)).toBeGreaterThan(1e-3);
    }
  });
});

describe('ties', () => {
  it('go to the lower item index', () => {
    const [first] = metricKeys([1]);
    expect(first).toBe('ndcg@1');
    const ranking = topN(new Float32Array(4), ClickMatrix.fromRows(4, [[0]]), 1).items;
    expect(rankingMetrics(ranking, [1], [1])![0]).toBe(1);
    expect(rankingMetrics(ranking, [2], [1])![0]).toBe(0);
  });
});

describe('any user', () => {
  const user = fc
    .integer({ min: 2, max: 40 })
    .chain((items) =>
      fc.tuple(
        fc.array(fc.integer({ min: -50, max: 50 }), { minLength: items, maxLength: items }),
        fc.shuffledSubarray(
          Array.from({ length: items }, (_, item) => item),
          { minLength: 1 },
        ),
        fc.nat(),
      ),
    )
    .map(([scores, clicks, cut]) => {
      const folded = cut % clicks.length;
      return { scores, foldIn: clicks.slice(0, folded), heldOut: clicks.slice(folded) };
    });

  const measure = (scores: number[], foldIn: number[], heldOut: number[]) => {
    const mask = ClickMatrix.fromRows(scores.length, [foldIn]);
    return rankingMetrics(topN(Float32Array.from(scores), mask, 100).items, heldOut, ks)!;
  };

  it('has metrics from 0 to 1, and 1 when the hidden items come first', () => {
    fc.assert(
      fc.property(user, ({ scores, foldIn, heldOut }) => {
        for (const value of measure(scores, foldIn, heldOut)) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
        const oracle = scores.map((_, item) => (heldOut.includes(item) ? 1 : 0));
        metricKeys(ks).forEach((key, index) => {
          // Neither can reach 1 where the list is longer, or shorter, than what is hidden.
          if (/^(precision|recall-all)/.test(key)) return;
          expect(measure(oracle, foldIn, heldOut)[index]).toBeCloseTo(1, 12);
        });
      }),
    );
  });

  it('has the same metrics under any strictly increasing transform of its scores', () => {
    const transforms = [
      (x: number) => 3 * x - 7,
      (x: number) => Math.exp(x / 10),
      (x: number) => x ** 3,
    ];
    fc.assert(
      fc.property(
        user,
        fc.constantFrom(...transforms),
        ({ scores, foldIn, heldOut }, transform) => {
          const before = measure(scores, foldIn, heldOut);
          expect(measure(scores.map(transform), foldIn, heldOut)).toEqual(before);
        },
      ),
    );
  });
});

describe('cutoffs', () => {
  it.each([[[]], [[0]], [[-1]], [[1.5]], [[Number.NaN]], [[20, 20]]])('refuses %j', (wrong) => {
    expect(() => checkCutoffs(wrong)).toThrow(ArgumentError);
  });

  it('may be larger than the catalogue', () => {
    checkCutoffs([1_000_000]);
    const values = rankingMetrics([2, 0, -1, -1], [0], [1_000_000])!;
    expect(values[1]).toBe(1);
    expect(values[3]).toBe(1e-6);
    expect(values[5]).toBe(0.5);
  });
});

describe('hidden items that no model knows', () => {
  it('are missed: they are in H, and never in a list', () => {
    const ks = [2, 3];
    const known = rankingMetrics([7, 5, 9], [5, 9, 4], ks)!;
    const missed = rankingMetrics([7, 5, 9], [5, 9], ks, 3)!;
    expect(missed).toEqual(known);
    expect(missed).not.toEqual(rankingMetrics([7, 5, 9], [5, 9], ks));
    expect([...rankingMetrics([7, 5, 9], [], ks, 2)!].every((value) => value === 0)).toBe(true);
    expect(rankingMetrics([7, 5, 9], [], ks)).toBeNull();
  });
});
