/** Scores that are moved towards the long tail. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import { bestMoved, movedScores, popularityScale } from './moved-scores.js';

describe('popularityScale', () => {
  it('is the logarithm of one more than the clicks, from 0 to 1', () => {
    expect(Array.from(popularityScale([0, 1, 3]))).toEqual([0, 0.5, 1]);
    expect(Array.from(popularityScale([7, 7, 7]))).toEqual([0, 0, 0]);
    expect(Array.from(popularityScale([]))).toEqual([]);
  });
});

describe('movedScores', () => {
  const popularity = popularityScale([0, 1, 3, 3]);

  it('takes twice the range of the scores from the most clicked item at 1', () => {
    const scores = Float32Array.of(-1, 0, 3, 2);
    expect(Array.from(movedScores(scores, { novelty: 1, popularity }))).toEqual([-1, -4, -5, -6]);
    expect(Array.from(movedScores(scores, { novelty: 0.25, popularity }))).toEqual([-1, -1, 1, 0]);
    expect(Array.from(movedScores(scores, { novelty: 0, popularity }))).toEqual([-1, 0, 3, 2]);
  });

  it('keeps scores that are not finite, and does not measure by them', () => {
    const scores = Float32Array.of(Number.NaN, 1, Number.NEGATIVE_INFINITY, 3);
    const moved = Array.from(movedScores(scores, { novelty: 0.5, popularity }));
    expect(moved).toEqual([Number.NaN, 0, Number.NEGATIVE_INFINITY, 1]);
    const equal = Float32Array.of(2, 2, 2, 2);
    expect(Array.from(movedScores(equal, { novelty: 1, popularity }))).toEqual([2, 2, 2, 2]);
  });
});

describe('bestMoved', () => {
  it('ranks all items by the moved scores, ties by index, and gives the model’s scores too', () => {
    const scores = Float32Array.of(0, 4, 4, 1);
    const popularity = Float64Array.of(0, 0.5, 0.5, 1);
    const mask = ClickMatrix.fromRows(4, [[3]]);
    expect(bestMoved(scores, { novelty: 0.5, popularity }, mask, 9)).toEqual({
      items: [1, 2, 0],
      scores: [4, 4, 0],
      relevance: [2, 2, 0],
    });
    expect(bestMoved(scores, { novelty: 1, popularity }, mask, 1).items).toEqual([0]);
  });
});
