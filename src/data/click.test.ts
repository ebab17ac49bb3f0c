/** What counts as a click. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  checkMinWeight,
  defaultThreshold,
  isClick,
  isEnough,
  isSameScale,
  minWeightOf,
} from './click.js';

describe('isClick', () => {
  it.each([
    ['a rating above the threshold', 4, 3.5, true],
    ['the next double above the threshold', 3.5 + Number.EPSILON * 2, 3.5, true],
    ['a rating equal to the threshold', 3.5, 3.5, false],
    ['a rating below the threshold', 3, 3.5, false],
    ['a rating of 0 at a threshold of 0', 0, 0, false],
    ['a rating of 0 at a negative threshold', 0, -1, true],
    ['a negative rating below a threshold of 0', -0.5, 0, false],
    ['no rating, as null', null, 3.5, true],
    ['no rating, as NaN', Number.NaN, 3.5, true],
    ['no rating, at a negative threshold', null, -1, true],
    ['a low rating without a threshold', 0.5, null, true],
    ['no rating and no threshold', null, null, true],
    ['NaN without a threshold', Number.NaN, null, true],
  ])('%s: rating %s, threshold %s → %s', (_, rating, threshold, expected) => {
    expect(isClick(rating, threshold)).toBe(expected);
  });
});

describe('defaultThreshold', () => {
  it.each([
    [0.5, 5, 3.5],
    [1, 5, 3.5],
    [0, 5, 3.5],
    [0, 10, 7],
    [1, 10, 7],
    [0, 100, 70],
    [1, 3, 2.1],
    [0, 1, 0.7],
    [-3, 3, 1],
    [-6, 0, -2],
    [-1, 0.5, 0],
  ])('%s to %s: %s', (low, high, threshold) => {
    expect(defaultThreshold({ low, high })).toBe(threshold);
  });

  it('makes at least the highest rating a click, and never the lowest', () => {
    const bound = fc.double({ min: -1e6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(bound, bound, (low, high) => {
        fc.pre(high - low > 1e-6);
        const threshold = defaultThreshold({ low, high });
        expect(isClick(high, threshold)).toBe(true);
        if (low < 0 || low <= 0.7 * high) expect(isClick(low, threshold)).toBe(false);
      }),
    );
  });

  it('is the paper’s for data without ratings', () => {
    expect(defaultThreshold(null)).toBe(3.5);
  });
});

describe('isSameScale', () => {
  it.each([
    [0.5, 5, 1, 5, true],
    [0, 5, 1, 5, true],
    [0, 10, 0.5, 5, false],
    [-1, 1, 0, 1, false],
    [-5, 5, -10, 5, false],
    [-5, 5, -5, 5, true],
    [0, 10, -1, 11, false],
  ])('%s..%s and %s..%s: %s', (a, b, c, d, expected) => {
    expect(isSameScale({ low: a, high: b }, { low: c, high: d })).toBe(expected);
    expect(isSameScale({ low: c, high: d }, { low: a, high: b })).toBe(expected);
  });
});

describe('weights', () => {
  it.each([
    [0, null, true],
    [-1, null, true],
    [0, 0, false],
    [0.1, 0, true],
    [2, 2, true],
    [1.9, 2, false],
    [-1, -2, false],
  ])('of %s with a minimum of %s are enough: %s', (weight, minWeight, enough) => {
    expect(isEnough(weight, minWeight)).toBe(enough);
  });

  it('have a minimum of 0 where a file has such a column, unless the caller gives another', () => {
    const weighed = { columns: { used: [{ purpose: 'user' }, { purpose: 'weight' }] } } as never;
    const plain = { columns: { used: [{ purpose: 'user' }] } } as never;
    expect(minWeightOf(weighed, {})).toBe(0);
    expect(minWeightOf(plain, {})).toBeNull();
    expect(minWeightOf(plain, { minWeight: 0 })).toBe(0);
    expect(minWeightOf(weighed, { minWeight: 3 })).toBe(3);
  });

  it.each([undefined, 0, 0.5, 1e300])('may have the minimum %s', (minWeight) => {
    checkMinWeight(minWeight);
  });

  it.each([-0.1, Number.NaN, Number.POSITIVE_INFINITY])('refuse the minimum %s', (minWeight) => {
    expect(() => checkMinWeight(minWeight)).toThrow(/^minWeight is .*; give the least weight of a/);
  });
});
