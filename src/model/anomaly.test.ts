/** The score of unusual users. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import { ArgumentError } from '../errors.js';
import { AnomalyReference, judgeProfiles } from './anomaly.js';

/** Profiles of the given lengths over 40 items. */
function profiles(lengths: readonly number[]): ClickMatrix {
  return ClickMatrix.fromRows(
    40,
    lengths.map((length) => Int32Array.from({ length }, (_, i) => i)),
  );
}

/** An ELBO of so many nats a click. */
const elboOf = (lengths: readonly number[], nats: readonly number[]) =>
  Float32Array.from(lengths, (length, u) => -length * nats[u]!);

describe('an anomaly reference', () => {
  it('scores standard deviations above the mean, in nats per click', () => {
    const lengths = [4, 4, 4, 4];
    const reference = AnomalyReference.of(profiles(lengths), elboOf(lengths, [5, 7, 5, 7]));
    const [judged] = reference.judge(profiles([4]), elboOf([4], [9]));
    expect(judged).toEqual({ score: 3, natsPerClick: 9, usual: 6, spread: 1 });
  });

  it('compares a profile only with those of about its length', () => {
    // 100 short profiles of 9 ± 1 nats a click and 100 long ones of 6 ± 0.1.
    const lengths = Array.from({ length: 200 }, (_, u) => (u < 100 ? 3 : 30));
    const nats = lengths.map((length, u) =>
      length === 3 ? 9 + (u % 2) * 2 - 1 : 6 + (u % 2) * 0.2 - 0.1,
    );
    const reference = AnomalyReference.of(profiles(lengths), elboOf(lengths, nats));
    const asked = [2, 5, 28, 40];
    const judged = reference.judge(profiles(asked), elboOf(asked, [9, 9, 9, 9]));
    expect(judged.map(({ usual }) => Math.round(usual))).toEqual([9, 9, 6, 6]);
    expect(judged[0]!.score).toBeCloseTo(0, 5);
    expect(judged[2]!.score).toBeCloseTo(30, 2);
  });

  it('gives NaN for a profile without clicks, and a finite score when all references are equal', () => {
    const reference = AnomalyReference.of(profiles([3, 3, 0]), elboOf([3, 3, 0], [5, 5, 0]));
    const [empty, same, other] = reference.judge(profiles([0, 3, 3]), elboOf([0, 3, 3], [0, 5, 6]));
    expect(empty!.score).toBeNaN();
    expect(same!.score).toBe(0);
    expect(other!.score).toBeGreaterThan(100);
    expect(other!.score).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('needs two profiles with a click', () => {
    expect(() => AnomalyReference.of(profiles([0, 0, 4]), elboOf([0, 0, 4], [0, 0, 5]))).toThrow(
      ArgumentError,
    );
  });

  it('judges profiles and reference with the same model', async () => {
    const elbo = async (rows: ClickMatrix) => {
      const lengths = Array.from({ length: rows.rows }, (_, u) => rows.row(u).length);
      const terms = elboOf(lengths, lengths);
      return { elbo: terms, nll: terms.map((nats) => -nats), kl: new Float32Array(rows.rows) };
    };
    const never = () => Promise.reject(new Error('not needed'));
    const [judged] = await judgeProfiles(
      { elbo, encode: never, decode: never, sample: never },
      profiles([12]),
      profiles([8, 10]),
    );
    expect(judged).toMatchObject({ usual: 9, spread: 1, score: 3 });
  });
});
