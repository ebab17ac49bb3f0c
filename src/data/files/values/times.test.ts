/** The times of a file: numbers and dates. */

import { describe, expect, it } from 'vitest';
import { TimeReader } from './times.js';

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
    ['yesterday', /must be a number/],
    ['2015-02-29', /must be a day of the calendar/],
    ['NaN', /must be a number/],
    ['0x10', /must be a number/],
    ['1700000000123456789', /in the years 1 to 9999/],
    ['1e999', /in the years 1 to 9999/],
  ])('refuses %j', (text, rule) => {
    expect(new TimeReader().read(text)).toMatch(rule);
  });
});
