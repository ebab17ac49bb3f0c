/** What a time is, and its units in files. */

import { describe, expect, it } from 'vitest';
import { endTime, isTime, minTime, smallUnitOf, TimeReader } from './time.js';

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

describe('TimeReader', () => {
  it('keeps fractions and times before 1970', () => {
    const times = new TimeReader();
    const texts = ['0', '-86400', '1764080000.25', '1.5e9', '+7'];
    expect(texts.map((text) => times.read(text))).toEqual([0, -86_400, 1_764_080_000.25, 1.5e9, 7]);
    expect([times.milliseconds, times.microseconds]).toEqual([0, 0]);
  });

  it('converts milliseconds and microseconds, and counts them', () => {
    const times = new TimeReader();
    expect(times.read('1430000000123')).toBe(1_430_000_000.123);
    expect(times.read('1430000000456')).toBe(1_430_000_000.456);
    expect(times.read('1430000000123456')).toBe(1_430_000_000.123456);
    expect([times.milliseconds, times.microseconds]).toEqual([2, 1]);
  });

  it.each([
    ['', /must be a number/],
    ['2015-04-25', /must be a number/],
    ['NaN', /must be a number/],
    ['0x10', /must be a number/],
    ['1700000000123456789', /in the years 1 to 9999/],
    ['1e999', /in the years 1 to 9999/],
  ])('refuses %j', (text, rule) => {
    expect(new TimeReader().read(text)).toMatch(rule);
  });
});
