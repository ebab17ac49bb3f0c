/** Comparing models, against SciPy: t-tests, bootstrap and Holm's correction. */

import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../data/ids.js';
import { ArgumentError } from '../errors.js';
import { bootstrapMeans, percentileInterval } from './bootstrap.js';
import { type ComparedModel, compare, holm } from './compare.js';
import { estimate } from './evaluate.js';
import { pairedTTest } from './paired-tests.js';

interface Pair {
  readonly first: string;
  readonly second: string;
}
const golden: {
  columns: Record<string, number[]>;
  t_tests: (Pair & { users: number; p: number })[];
  intervals: Record<string, [number, number]>;
  paired_intervals: (Pair & { low: number; high: number })[];
} = JSON.parse(readFileSync(new URL('../../test/golden/comparison.json', import.meta.url), 'utf8'));
const names = Object.keys(golden.columns);
const column = (name: string) => Float64Array.from(golden.columns[name]!);

function model(label: string, values: Float64Array): ComparedModel {
  const users = Array.from(values, (_, u) => `u${u}` as UserId);
  return {
    label,
    evaluation: {
      users: users.length,
      leftOut: 3,
      metrics: { 'ndcg@10': estimate(values) },
      perUser: {
        users,
        heldOutCounts: new Int32Array(users.length).fill(1),
        metrics: { 'ndcg@10': values },
      },
      rankings: { rows: new Int32Array(users.length), depth: 0, items: new Int32Array(0) },
    },
  };
}

describe('the paired t-test', () => {
  const pOf = ({ first, second, users }: (typeof golden.t_tests)[number], shift = 0) => {
    const b = column(second);
    const differences = column(first).map((value, u) => value - b[u]! + shift);
    return pairedTTest(differences.slice(0, users));
  };

  it('gives the p-values of SciPy, even tiny ones', () => {
    for (const test of golden.t_tests) {
      expect(Math.abs(Math.log(pOf(test) / test.p)), JSON.stringify(test)).toBeLessThan(1e-10);
    }
    expect(Math.min(...golden.t_tests.map(({ p }) => p))).toBeLessThan(1e-30);
  });

  it('would notice other differences', () => {
    for (const test of golden.t_tests) {
      expect(Math.abs(Math.log(pOf(test, 1e-4) / test.p))).toBeGreaterThan(1e-6);
    }
  });

  it('gives 0 or 1 where the differences do not vary', () => {
    expect(pairedTTest(new Float64Array(5))).toBe(1);
    expect(pairedTTest(Float64Array.of(0.3))).toBe(1);
    expect(pairedTTest(new Float64Array(5).fill(0.1))).toBe(0);
    // A sum of equal numbers is rounded, more so the longer it is, and must not make them seem to vary.
    for (let users = 2; users <= 3000; users += users < 100 ? 1 : 97) {
      for (const difference of [0.1, -0.3, 1 / 3, 1e-9]) {
        expect(pairedTTest(new Float64Array(users).fill(difference)), `${users}`).toBe(0);
      }
    }
  });

  it('is the distribution function in closed form for two and for three users', () => {
    // With one degree of freedom t has Cauchy's distribution; with two, p = 1 − t / √(2 + t²).
    const t = fc.double({ min: 0.01, max: 100, noNaN: true });
    fc.assert(
      fc.property(t, (t) => {
        const two = pairedTTest(Float64Array.of(t + 1, t - 1));
        expect(two / ((2 / Math.PI) * Math.atan(1 / t))).toBeCloseTo(1, 11);
        const third = t / Math.sqrt(3);
        const three = pairedTTest(Float64Array.of(third + 1, third, third - 1));
        const root = Math.sqrt(2 + t * t);
        expect(three / (2 / (root * (root + t)))).toBeCloseTo(1, 11);
      }),
    );
    expect(pairedTTest(Float64Array.of(2, 0))).toBeCloseTo(0.5, 13);
    expect(pairedTTest(Float64Array.of(1, 1e6, -1e6))).toBeCloseTo(1, 5);
  });

  it('does not depend on the sign or the unit', () => {
    const differences = fc.array(fc.integer({ min: -1000, max: 1000 }), {
      minLength: 2,
      maxLength: 30,
    });
    fc.assert(
      fc.property(differences, (values) => {
        const p = pairedTTest(Float64Array.from(values));
        expect(p).toBeGreaterThanOrEqual(0);
        expect(p).toBeLessThanOrEqual(1);
        expect(pairedTTest(Float64Array.from(values, (d) => -2 * d))).toBeCloseTo(p, 12);
      }),
    );
  });
});

describe('the bootstrap', () => {
  const means = bootstrapMeans(names.map(column), 1);
  const width = ([low, high]: [number, number]) => high - low;

  it('gives the intervals of SciPy for means and for paired differences', () => {
    names.forEach((name, c) => {
      const { low, high } = percentileInterval(means[c]!);
      const tolerance = 0.02 * width(golden.intervals[name]!);
      expect(Math.abs(low - golden.intervals[name]![0]), name).toBeLessThan(tolerance);
      expect(Math.abs(high - golden.intervals[name]![1]), name).toBeLessThan(tolerance);
    });
    const { differences } = compare(
      names.map((name) => model(name, column(name))),
      1,
    );
    for (const { first, second, low, high } of golden.paired_intervals) {
      const ours = differences.find((d) => d.first === first && d.second === second)!;
      const tolerance = 0.02 * (high - low) + 1e-12;
      expect(Math.abs(ours.low - low), `${first} ${second}`).toBeLessThan(tolerance);
      expect(Math.abs(ours.high - high), `${first} ${second}`).toBeLessThan(tolerance);
    }
  });

  it('draws the same users for every column, and different users for another seed', () => {
    const [a, shifted] = bootstrapMeans([column('a'), column('a').map((v) => v + 1)], 7, 50);
    a!.forEach((mean, r) => {
      expect(shifted![r]).toBeCloseTo(mean + 1, 12);
    });
    expect(bootstrapMeans([column('a')], 7, 50)[0]).toEqual(a);
    expect(bootstrapMeans([column('a')], 8, 50)[0]).not.toEqual(a);
  });

  it('interpolates between two values', () => {
    const { low, high } = percentileInterval(Float64Array.of(3, 0, 2, 1));
    expect(low).toBeCloseTo(0.075, 12);
    expect(high).toBeCloseTo(2.925, 12);
    expect(percentileInterval(Float64Array.of(4))).toEqual({ low: 4, high: 4 });
  });
});

describe('Holm’s correction', () => {
  it('gives the values of a textbook example', () => {
    const corrected = holm([0.01, 0.04, 0.03, 0.005]);
    [0.03, 0.06, 0.06, 0.02].forEach((p, d) => {
      expect(corrected[d]).toBeCloseTo(p, 12);
    });
  });

  it('never lowers a p-value, keeps their order, and stays below Bonferroni', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }), (p) => {
        const corrected = holm(p);
        p.forEach((value, d) => {
          expect(corrected[d]).toBeGreaterThanOrEqual(value);
          expect(corrected[d]).toBeLessThanOrEqual(Math.min(1, p.length * value));
          p.forEach((other, e) => {
            if (value < other) expect(corrected[d]).toBeLessThanOrEqual(corrected[e]!);
          });
        });
      }),
    );
  });
});

describe('compare', () => {
  it('finds a difference that every user shows, and none between equal models', () => {
    const a = model('a', column('a'));
    const b = model('b', column('a'));
    const worse = model(
      'worse',
      column('a').map((value) => value - 0.1),
    );
    const { differences, models, users, leftOut } = compare([a, b, worse], 1);
    expect({ users, leftOut }).toEqual({ users: 60, leftOut: 3 });
    expect(differences.map(({ first, second }) => `${first} ${second}`)).toEqual([
      'a b',
      'a worse',
      'b worse',
    ]);
    expect(differences[0]).toMatchObject({ difference: 0, low: 0, high: 0, p: 1, pHolm: 1 });
    expect(differences[1]!.difference).toBeCloseTo(0.1, 12);
    expect(differences[1]!.pHolm).toBeLessThan(1e-12);
    const { mean, low, high } = models.a!['ndcg@10']!;
    expect(low).toBeLessThan(mean);
    expect(high).toBeGreaterThan(mean);
  });

  it('corrects for every pair of models in a metric, not for other metrics', () => {
    const models = ['a', 'b', 'c'].map((name) => {
      const { label, evaluation } = model(name, column(name));
      const values = column(name === 'a' ? 'b' : name);
      const metrics = { ...evaluation.metrics, 'recall@10': estimate(values) };
      const perUser = {
        ...evaluation.perUser,
        metrics: { ...evaluation.perUser.metrics, 'recall@10': values },
      };
      return { label, evaluation: { ...evaluation, metrics, perUser } };
    });
    const { differences } = compare(models, 1);
    for (const metric of ['ndcg@10', 'recall@10']) {
      const family = differences.filter((d) => d.metric === metric);
      expect(family).toHaveLength(3);
      expect(family.map(({ pHolm }) => pHolm)).toEqual(holm(family.map(({ p }) => p)));
    }
  });

  it('refuses different users and equal labels', () => {
    const a = model('a', column('a'));
    expect(() => compare([a, model('b', column('b').slice(1))], 1)).toThrow(ArgumentError);
    expect(() => compare([a, model('a', column('b'))], 1)).toThrow(/two models share a label/);
    expect(() => compare([], 1)).toThrow(ArgumentError);
  });

  it('refuses other cutoffs, on the same users', () => {
    const a = model('a', column('a'));
    const b = model('b', column('b'));
    const renamed = <T>(metrics: Readonly<Record<string, T>>) =>
      Object.fromEntries(Object.values(metrics).map((value) => ['ndcg@20', value]));
    const { evaluation } = b;
    const other: ComparedModel = {
      ...b,
      evaluation: {
        ...evaluation,
        metrics: renamed(evaluation.metrics),
        perUser: { ...evaluation.perUser, metrics: renamed(evaluation.perUser.metrics) },
      },
    };
    expect(compare([a, b], 1).users).toBe(evaluation.users);
    expect(() => compare([a, other], 1)).toThrow(/same users at the same cutoffs/);
    // One cutoff more is another comparison too.
    const more: ComparedModel = {
      ...b,
      evaluation: {
        ...evaluation,
        perUser: {
          ...evaluation.perUser,
          metrics: { ...evaluation.perUser.metrics, ...other.evaluation.perUser.metrics },
        },
      },
    };
    expect(() => compare([a, more], 1)).toThrow(/same users at the same cutoffs/);
  });
});
