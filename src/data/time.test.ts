/** What a time is, and its units in files. */

import { describe, expect, it } from 'vitest';
import { endTime, isTime, minTime, smallUnitOf } from './time.js';

describe('a time', () => {
  it('is in the years 1 to 9999', () => {
    expect(new Date(minTime * 1000).toISOString()).toBe('0001-01-01T00:00:00.000Z');
    expect(endTime).toBe(Date.UTC(10_000, 0, 1) / 1000);
    expect([minTime, -1, 0, 0.5, endTime - 0.5].map(isTime)).toEqual(Array(5).fill(true));
    expect([minTime - 1, endTime, Number.NaN, 1e300].map(isTime)).toEqual(Array(4).fill(false));
  });

  it('is told from milliseconds and microseconds by its size', () => {
    expect(smallUnitOf(1_764_080_000)).toBeNull();
    expect(smallUnitOf(Date.UTC(2026, 10, 27))).toBe('milliseconds');
    expect(smallUnitOf(1000 * Date.UTC(2026, 10, 27))).toBe('microseconds');
    expect(smallUnitOf(1e18)).toBeNull();
  });
});
