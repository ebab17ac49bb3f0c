/** Scores that are moved towards the long tail. */

import { describe, expect, it } from 'vitest';
import { bestOf, movedScores, popularityScale } from './moved-scores.js';

describe('popularityScale', () => {
  it('is the logarithm of one more than the clicks, from 0 to 1', () => {
    expect(Array.from(popularityScale([0, 1, 3]))).toEqual([0, 0.5, 1]);
    expect(Array.from(popularityScale([7, 7, 7]))).toEqual([0, 0, 0]);
    expect(Array.from(popularityScale([]))).toEqual([]);
  });
});

describe('movedScores', () => {
  const popularity = popularityScale([0, 1, 3, 3]);
  const moved = (scores: number[], novelty: number, shifts: Float64Array | null = null) =>
    Array.from(movedScores(Float32Array.from(scores), { novelty, popularity, shifts }));

  it('takes twice the range of the scores from the most clicked item at 1', () => {
    const scores = [-1, 0, 3, 2];
    expect(moved(scores, 1)).toEqual([-1, -4, -5, -6]);
    expect(moved(scores, 0.25)).toEqual([-1, -1, 1, 0]);
    expect(moved(scores, 0)).toEqual(scores);
  });

  it('shifts items by parts of the range, besides', () => {
    const shifts = Float64Array.of(1, 0, -0.5, 0);
    expect(moved([-1, 0, 3, 2], 0, shifts)).toEqual([3, 0, 1, 2]);
    expect(moved([-1, 0, 3, 2], 1, shifts)).toEqual([3, -4, -7, -6]);
  });

  it('keeps scores that are not finite, and does not measure by them', () => {
    const broken = [Number.NaN, 1, Number.NEGATIVE_INFINITY, 3];
    expect(moved(broken, 0.5)).toEqual([Number.NaN, 0, Number.NEGATIVE_INFINITY, 1]);
    expect(moved([2, 2, 2, 2], 1)).toEqual([2, 2, 2, 2]);
  });
});

describe('bestOf', () => {
  it('ranks by score, ties by index, without the mask', () => {
    const scores = Float64Array.of(1, 4, 4, 9);
    expect(bestOf(scores, [3], 9)).toEqual([1, 2, 0]);
    expect(bestOf(scores, [], 2)).toEqual([3, 1]);
  });
});
