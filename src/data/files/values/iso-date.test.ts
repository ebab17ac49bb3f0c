/** The fast way to read dates gives what the slow way gives. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dateIn } from './dates.js';
import { IsoDate } from './iso-date.js';

const two = (max: number) => fc.nat(max).map((value) => String(value).padStart(2, '0'));
const date = fc
  .tuple(fc.integer({ min: 1960, max: 2105 }), two(14), two(33))
  .map((parts) => parts.join('-'));
const clock = fc
  .tuple(two(25), two(61), fc.option(two(61)), fc.option(fc.nat(99_999)))
  .map(([hour, minute, second, fraction]) =>
    second === null
      ? `${hour}:${minute}`
      : `${hour}:${minute}:${second}${fraction === null ? '' : `.${fraction}`}`,
  );
const zone = fc.oneof(
  fc.constantFrom('', 'Z', ' UTC', '+01', '-0530'),
  fc.tuple(fc.constantFrom('+', '-'), two(17), two(61)).map(([sign, h, m]) => `${sign}${h}:${m}`),
);
const text = fc.oneof(
  date,
  fc.tuple(date, fc.constantFrom('T', ' ', 't', '  '), clock, zone).map((parts) => parts.join('')),
);

describe('IsoDate', () => {
  it('reads a date as dateIn does, or leaves it to dateIn', () => {
    let read = 0;
    fc.assert(
      fc.property(text, (written) => {
        const iso = new IsoDate({ blankBeforeTime: true });
        const end = iso.read(Buffer.from(`${written},x`), 0);
        if (end !== written.length) return;
        read++;
        expect({ seconds: iso.seconds, hasZone: iso.hasZone }).toEqual(dateIn(written));
      }),
      { numRuns: 3000 },
    );
    expect(read).toBeGreaterThan(500);
  });

  it.each([
    ['1970-01-01', 0],
    ['2000-02-29', 951_782_400],
    ['2099-12-31T23:59:59.5Z', 4_102_444_799.5],
  ])('%s', (written, seconds) => {
    const iso = new IsoDate({ blankBeforeTime: true });
    expect(iso.read(Buffer.from(written), 0)).toBe(written.length);
    expect(iso.seconds).toBe(seconds);
  });

  it.each([
    ['2000-02-29', 10],
    ['2096-02-29', 10],
    ['2100-02-28', 10],
    ['2100-02-29', -1],
    ['2400-02-29', 10],
    ['2023-02-29', -1],
    ['2023-04-31', -1],
    ['2023-13-01', -1],
    ['2023-00-10', -1],
    ['2023-01-00', -1],
    ['1969-12-31', -1],
    ['2023-11-14T24:00', -1],
    ['2023-11-14T09:60', -1],
    ['2023-11-14T09:30:60', -1],
    ['2023-11-14T09:30:15.', -1],
    ['2023-11-14T09:30:15.1234', 24],
    ['2023-11-14T09:30:15.12345', -1],
    ['2023-11-14T09:30+15:59', 22],
    ['2023-11-14T09:30+16:00', -1],
    ['2023-11-14T09:30+01:60', -1],
    ['2023-11-14T09:30+0100', -1],
    ['2023/11/14', -1],
    ['2023-11/14', -1],
    ['2023-1-14', -1],
    ['1970-01-01T00:30+01:00', -1],
    ['1970-01-01T00:30+00:30', 22],
  ])('of %j ends at %i', (written, end) => {
    expect(new IsoDate({ blankBeforeTime: true }).read(Buffer.from(written), 0)).toBe(end);
  });

  it('ends at a blank where blanks separate the fields', () => {
    const bytes = Buffer.from('2023-11-14 09:30');
    expect(new IsoDate({ blankBeforeTime: false }).read(bytes, 0)).toBe(10);
    expect(new IsoDate({ blankBeforeTime: true }).read(bytes, 0)).toBe(16);
  });
});
