/** What counts as a click. */

import { describe, expect, it } from 'vitest';
import { isClick } from './click.js';

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
