/** Verdicts: what is counted, what a sentence says, and that "certain" is what the paired test says. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { UserId } from '../data/ids.js';
import { ArgumentError } from '../errors.js';
import { compare } from './compare.js';
import { type Evaluation, estimate } from './evaluate.js';
import type { MetricKey } from './metrics.js';
import { signTest } from './paired-tests.js';
import {
  certaintyOf,
  pairedResult,
  pairOf,
  verdict,
  verdictMetrics,
  verdictNote,
} from './verdict.js';

const words = { item: 'product', users: 'customers', event: 'purchase' };

/** An evaluation of users with these values; others of the metrics are 0. */
function evaluation(hits: ArrayLike<number>, ndcg: ArrayLike<number> = hits): Evaluation {
  const columns: Record<MetricKey, Float64Array> = {
    'hit@20': Float64Array.from(hits),
    'ndcg@100': Float64Array.from(ndcg),
  };
  const users = Array.from(hits, (_, u) => `u${u}` as UserId);
  return {
    users: users.length,
    leftOut: 0,
    metrics: Object.fromEntries(
      Object.entries(columns).map(([key, column]) => [key, estimate(column)]),
    ),
    perUser: {
      users,
      heldOutCounts: new Int32Array(users.length).fill(1),
      metrics: columns,
    },
    rankings: { rows: new Int32Array(users.length), depth: 0, items: new Int32Array(0) },
  };
}

/** The first `found` of `users` are hits. */
const firstOf = (found: number, users: number) =>
  Float64Array.from({ length: users }, (_, u) => (u < found ? 1 : 0));
/** The last ones are. */
const lastOf = (found: number, users: number) => firstOf(found, users).reverse();

const says = (a: Evaluation, b: Evaluation) =>
  verdict(pairedResult(a, b), { second: 'popularity', words });

describe('the sentence', () => {
  it('counts customers of a hundred, and names what the rival manages', () => {
    const { outcome, certainty, sentence } = says(
      evaluation(firstOf(258, 600)),
      evaluation(firstOf(144, 600)),
    );
    expect(sentence).toBe(
      '43 of 100 customers find a hidden purchase among the first 20; popularity manages 24; the difference is certain (600 customers measured).',
    );
    expect({ outcome, certainty }).toEqual({ outcome: 'better', certainty: 'certain' });
  });

  it('counts the measured ones where they are few', () => {
    const few = says(evaluation(firstOf(16, 37)), evaluation(firstOf(1, 37)));
    expect(few.sentence).toBe(
      '16 of the 37 customers measured find a hidden purchase among the first 20; popularity manages 1; the difference is certain.',
    );
    const one = says(evaluation(firstOf(1, 37)), evaluation(firstOf(0, 37)));
    expect(one.sentence).toMatch(/^1 of the 37 customers measured finds a hidden purchase/);
    expect(one.outcome).toBe('undecided');
  });

  it('never rounds a difference, a hit or a miss away', () => {
    const close = says(evaluation(firstOf(2604, 6000)), evaluation(firstOf(2592, 6000)));
    expect(close.sentence).toContain('2,604 of the 6,000 customers measured find');
    expect(close.sentence).toContain('popularity manages 2,592; the difference is certain');
    const rare = says(evaluation(firstOf(12, 600)), evaluation(firstOf(2, 600)));
    expect(rare.sentence).toContain('12 of the 600 customers measured');
    const all = says(evaluation(firstOf(599, 600)), evaluation(firstOf(300, 600)));
    expect(all.sentence).toContain('599 of the 600 customers measured');
  });

  it('says what may be chance, and how far the true difference may lie', () => {
    const { sentence, outcome } = says(evaluation(firstOf(90, 200)), evaluation(lastOf(86, 200)));
    expect(sentence).toMatch(
      /^45 of 100 customers find .*; popularity manages 43; the difference may be chance, and the true one anything from \d+ fewer to \d+ more of 100 \(200 customers measured\)\.$/,
    );
    expect(outcome).toBe('undecided');
  });

  it('tells the same customers from as many others', () => {
    const same = says(evaluation(firstOf(90, 200)), evaluation(firstOf(90, 200)));
    expect(same.sentence).toContain('popularity manages as many; they are the same');
    const others = says(evaluation(firstOf(90, 200)), evaluation(lastOf(90, 200)));
    expect(others.sentence).toContain('popularity manages as many; there is no difference to see');
  });

  it('says what the ranking says where that is something else', () => {
    const hits = firstOf(90, 200);
    const worse = says(
      evaluation(
        hits,
        hits.map((hit, u) => hit / 2 - u / 1e4),
      ),
      evaluation(hits),
    );
    expect(worse.sentence).toMatch(
      / By the order of the first 100 \(NDCG@100: 0\.\d{4}, popularity 0\.4500\) it is worse, and that is certain\.$/,
    );
    expect(worse).toMatchObject({ outcome: 'worse', certainty: 'certain' });
    const open = says(evaluation(firstOf(120, 200), hits), evaluation(hits, lastOf(91, 200)));
    expect(open.sentence).toMatch(
      /certain \(200 .*By the order .* the difference may be chance\.$/,
    );
    expect(open).toMatchObject({ outcome: 'undecided', certainty: 'open' });
  });

  it('begins with the name of the first model where one is given', () => {
    const result = pairedResult(evaluation(firstOf(258, 600)), evaluation(firstOf(144, 600)));
    const { sentence } = verdict(result, { first: 'EASE', second: 'run 7' });
    expect(sentence).toBe(
      'With EASE, 43 of 100 users find a hidden click among the first 20; run 7 manages 24; the difference is certain (600 users measured).',
    );
  });

  it('finds the film where the event is a rating', () => {
    const result = pairedResult(evaluation(firstOf(1, 2)), evaluation(firstOf(1, 2)));
    const films = { item: 'film', users: 'users', event: 'rating' };
    expect(verdict(result, { second: 'popularity', words: films }).sentence).toContain(
      'finds a hidden film among',
    );
  });

  it('comes with a note on what "certain" means, in the words of the home', () => {
    expect(verdictNote(words)).toContain('fewer than 1 of 100 choices of customers');
    expect(verdictNote()).toContain('Not known');
  });
});

describe('"certain"', () => {
  it('is never said of so few differing users that no paired test could', () => {
    // Equal differences of two users give the t-test p = 0.
    expect(says(evaluation([1, 1]), evaluation([0, 0]))).toMatchObject({
      outcome: 'undecided',
      certainty: 'open',
    });
    for (let users = 1; users <= 12; users++) {
      const { sentence, outcome } = says(
        evaluation(firstOf(users, users)),
        evaluation(firstOf(0, users)),
      );
      // The exact test: 2^(1 − n).
      const p = 2 ** (1 - users);
      expect(outcome, `${users}`).toBe(p < 0.05 ? 'better' : 'undecided');
      expect(sentence.includes('difference is certain'), `${users}`).toBe(p < 0.01);
      expect(sentence.includes('likely, not certain'), `${users}`).toBe(p >= 0.01 && p < 0.05);
    }
  });

  it('is what the sign test says of the hits', () => {
    const bit = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(bit, bit), { minLength: 1, maxLength: 60 }), (pairs) => {
        const a = pairs.map(([first]) => first);
        const b = pairs.map(([, second]) => second);
        const { hits } = pairedResult(evaluation(a), evaluation(b));
        const ahead = pairs.filter(([first, second]) => first > second).length;
        const behind = pairs.filter(([first, second]) => first < second).length;
        expect(hits).toMatchObject({ ahead, behind });
        expect(hits.p).toBeCloseTo(binomialTest(ahead, behind), 12);
        expect(says(evaluation(a), evaluation(b)).sentence.includes('difference is certain')).toBe(
          hits.p < 0.01,
        );
      }),
      { numRuns: 30 },
    );
  });

  it('takes as much more as there are pairs of models', () => {
    const three = compare(
      [
        { label: 'a', evaluation: evaluation(firstOf(8, 40)) },
        { label: 'b', evaluation: evaluation(firstOf(0, 40)) },
        { label: 'c', evaluation: evaluation(lastOf(1, 40)) },
      ],
      1,
    );
    const alone = pairedResult(evaluation(firstOf(8, 40)), evaluation(firstOf(0, 40)));
    expect(certaintyOf(alone.hits)).toBe('certain');
    expect(pairOf(three, 'a', 'b').hits.p).toBeCloseTo(3 * alone.hits.p, 12);
    expect(certaintyOf(pairOf(three, 'a', 'b').hits)).toBe('likely');
  });

  it('turns with the pair', () => {
    const a = evaluation(firstOf(90, 200), firstOf(80, 200));
    const b = evaluation(firstOf(60, 200));
    const models = [
      { label: 'a', evaluation: a },
      { label: 'b', evaluation: b },
    ];
    const there = pairOf(compare(models, 1), 'a', 'b');
    const back = pairOf(compare(models, 1), 'b', 'a');
    for (const key of ['hits', 'ranking'] as const) {
      const { first, second, difference, low, high, ahead, behind, ...same } = there[key];
      expect(back[key]).toEqual({
        ...same,
        first: second,
        second: first,
        difference: -difference,
        low: -high,
        high: -low,
        ahead: behind,
        behind: ahead,
      });
    }
    expect(() => pairOf(compare(models, 1), 'a', 'z')).toThrow(ArgumentError);
  });
});

describe('the sign test', () => {
  it('is the binomial distribution, summed', () => {
    for (const [ahead, behind] of [
      [0, 0],
      [1, 0],
      [0, 6],
      [10, 1],
      [30, 70],
      [500, 500],
      [560, 440],
    ] as const) {
      expect(signTest(ahead, behind), `${ahead}:${behind}`).toBeCloseTo(
        binomialTest(ahead, behind),
        12,
      );
    }
    expect(signTest(10, 1)).toBeCloseTo(24 / 2048, 12);
    expect(signTest(100_000, 90_000)).toBeLessThan(1e-100);
  });
});

it('takes hits at 20, or else at the least cutoff, and NDCG at the largest', () => {
  expect(verdictMetrics(['ndcg@20', 'ndcg@100', 'hit@20', 'hit@5'])).toEqual({
    hits: 'hit@20',
    ranking: 'ndcg@100',
  });
  expect(verdictMetrics(['ndcg@50', 'ndcg@7', 'hit@50', 'hit@7'])).toEqual({
    hits: 'hit@7',
    ranking: 'ndcg@50',
  });
});

/** Two-sided: the terms of the smaller side, twice. */
function binomialTest(ahead: number, behind: number): number {
  const n = ahead + behind;
  let logTerm = -n * Math.LN2;
  let sum = 0;
  for (let k = 0; k <= Math.min(ahead, behind); k++) {
    sum += Math.exp(logTerm);
    logTerm += Math.log((n - k) / (k + 1));
  }
  return Math.min(1, 2 * sum);
}
