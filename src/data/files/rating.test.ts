/** Rows of fields as ratings, and the rules that they break. */
import { describe, expect, it } from 'vitest';
import { remedies } from '../../remedies.js';
import type { RatingColumns } from './columns.js';
import { RatingParser, type RatingWriting } from './rating.js';
import { TimeReader } from './values/times.js';

const names = ['u', 'i', 'r', 't', 'w'];
const all: RatingColumns = { user: 0, item: 1, rating: 2, timestamp: 3, weight: 4 };

function parser(writing: Partial<RatingWriting> = {}, columns = all) {
  return new RatingParser(names, columns, { scale: { low: 1, high: 5 }, ...writing });
}

const { cause: scaleRule, remedy: scaleRemedy } = remedies.ratingOutOfScale({ low: 1, high: 5 });

describe('RatingParser', () => {
  it('reads each column, and leaves out those that are not read', () => {
    expect(parser().parse(['a', 'b', ' 4.5 ', ' 7 ', ' -2 '])).toEqual({
      userId: 'a',
      itemId: 'b',
      rating: 4.5,
      timestamp: 7,
      weight: -2,
    });
    const few = { user: 4, item: 2, rating: null, timestamp: null, weight: null };
    expect(parser({}, few).parse(['x', '', 'b', '', 'a'])).toEqual({
      userId: 'a',
      itemId: 'b',
      rating: null,
      timestamp: null,
      weight: null,
    });
  });

  it.each([
    [['', 'b', '3', '7', '1'], { column: 'u', value: '', rule: 'an id must not be empty' }],
    [['a', ' ', '3', '7', '1'], { column: 'i', value: ' ', rule: 'an id must not be empty' }],
    [['a', 'b', ' ', '7', '1'], { column: 'r', value: ' ', rule: 'a rating must not be empty' }],
    [['a', 'b', 'x', '7', '1'], { column: 'r', value: 'x', rule: 'a rating must be a number' }],
    [
      ['a', 'b', '1e999', '', ''],
      { column: 'r', value: '1e999', rule: 'a rating must be a number' },
    ],
    [
      ['a', 'b', '0.9', '7', '1'],
      { column: 'r', value: '0.9', rule: scaleRule, remedy: scaleRemedy },
    ],
    [
      ['a', 'b', '5.1', '7', '1'],
      { column: 'r', value: '5.1', rule: scaleRule, remedy: scaleRemedy },
    ],
    [
      ['a', 'b', '3', '', '1'],
      { column: 't', value: '', rule: expect.stringMatching(/^must be a number/) },
    ],
    [['a', 'b', '3', '7', ' '], { column: 'w', value: ' ', rule: 'a weight must not be empty' }],
    [['a', 'b', '3', '7', 'x'], { column: 'w', value: 'x', rule: 'a weight must be a number' }],
    [
      ['a', 'b', '3', '7', '1e999'],
      { column: 'w', value: '1e999', rule: 'a weight must be a number' },
    ],
    // The first rule counts.
    [['', '', '', '', ''], { column: 'u', value: '', rule: 'an id must not be empty' }],
    [
      ['a', 'b', '3'],
      { column: 't', value: '', rule: 'the row has 3 fields where 5 are expected: t is missing' },
    ],
    [
      ['a', 'b', '3', '7', '1', 'y', 'z'],
      { column: '6', value: 'y', rule: 'the row has 7 fields where 5 are expected' },
    ],
  ])('%j breaks a rule', (row, fault) => {
    expect(parser().parse(row)).toEqual(fault);
  });

  it('counts the bounds of the scale in, and what lies outside', () => {
    const reading = parser();
    for (const text of ['1', '5'])
      expect(reading.parse(['a', 'b', text, '7', '1'])).toMatchObject({ rating: Number(text) });
    expect(reading.outOfScale).toBe(0);
    for (const text of ['0', '6', '6', 'x']) reading.parse(['a', 'b', text, '7', '1']);
    expect(reading.outOfScale).toBe(3);
  });

  it('trims ids, and counts those of good rows', () => {
    const reading = parser();
    expect(reading.parse([' a', 'b ', '3', '7', '1'])).toMatchObject({ userId: 'a', itemId: 'b' });
    expect(reading.parse(['a', ' b', '3', '7', '1'])).toMatchObject({ itemId: 'b' });
    reading.parse([' a', 'b', 'x', '7', '1']);
    expect(reading.trimmedIds).toBe(3);
  });

  it('takes a comma before decimals where the file has such numbers', () => {
    const row = ['a', 'b', '4,5', '7', '1,5'];
    const commas = parser({ decimalCommas: true, times: new TimeReader({ decimalCommas: true }) });
    expect(commas.parse(row)).toMatchObject({ rating: 4.5, weight: 1.5 });
    expect(parser().parse(row)).toMatchObject({ column: 'r' });
    expect(parser().parse(['a', 'b', '4', '7', '1,5'])).toMatchObject({ column: 'w' });
  });

  it('names a column by its number where it has no name', () => {
    const places = { user: 0, item: 1, rating: null, timestamp: null, weight: null };
    const nameless = new RatingParser(['', ''], places, { scale: { low: 1, high: 5 } });
    expect(nameless.parse(['', 'b'])).toMatchObject({ column: '' });
    expect(nameless.parse(['a', 'b', 'c'])).toMatchObject({ column: '3', value: 'c' });
  });

  it('reads more different ratings than it keeps', () => {
    const reading = parser({ scale: { low: 0, high: 2000 } });
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k <= 1500; k++) {
        expect(reading.parse(['a', 'b', `${k}`, '7', '1'])).toMatchObject({ rating: k });
      }
    }
  });
});
