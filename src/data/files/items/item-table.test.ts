/** What a row of a table says of its item. */
import { describe, expect, it } from 'vitest';
import type { ItemColumns } from './item-columns.js';
import { yearOf } from './item-row.js';
import { type Reading, readRow } from './item-table.js';

const columns: ItemColumns = {
  places: { id: 0, title: 1, category: 2, year: 3 },
  fields: [
    { name: 'price', place: 4 },
    { name: 'colour', place: 5 },
  ],
};

function read(row: readonly string[], given: Partial<Reading> = {}) {
  return readRow(row, { columns, idName: 'sku', decimalCommas: false, ...given });
}

describe('readRow', () => {
  it('gives what the columns hold, without blanks around', () => {
    expect(read(['x', ' A ', ' a|b ', ' 1999 ', ' 2 ', ' red '])).toEqual({
      title: 'A',
      genres: ['a', 'b'],
      year: 1999,
      fields: { price: '2', colour: 'red' },
    });
  });

  it.each(['', ' ', 'NULL', 'null', 'NaN', '\\N', '\\n'])('takes %j for no value', (none) => {
    expect(read(['x', '', none, none, none, none])).toEqual({
      title: null,
      genres: [],
      year: null,
      fields: {},
    });
  });

  it('says nothing of columns that the file does not have', () => {
    const few: ItemColumns = { places: { id: 0 }, fields: [] };
    expect(read(['x', 'A', 'a'], { columns: few })).toEqual({ fields: {} });
  });

  it.each([
    ['1', 1],
    ['1999', 1999],
    ['1999.0', 1999],
    ['1999-05', 1999],
    ['1999-05-17', 1999],
    ['1999-05-17T10:00:00Z', 1999],
    ['0', null],
    ['0000', null],
  ])('reads the year of %j', (text, year) => {
    expect(read(['x', '', '', text, '', ''])).toMatchObject({ year });
  });

  it.each(['19990', '1999.5', 'soon', '-1', '99-05', '1999-5', '1999-05-1', 'x1999', '1999-05x'])(
    'refuses the year %j',
    (text) => {
      expect(read(['x', '', '', text, '', ''])).toEqual({
        place: 3,
        rule: 'must be a year from 0 to 9999, or a date',
      });
    },
  );

  it('takes the year of a film from its title, where no column has one', () => {
    const film: ItemColumns = { places: { id: 0, title: 1 }, fields: [] };
    const row = ['x', 'Alien (1979)'];
    expect(read(row, { columns: film, idName: 'Movie ID' })).toEqual({
      title: 'Alien (1979)',
      year: 1979,
      fields: {},
    });
    expect(read(row, { columns: film })).not.toHaveProperty('year');
    expect(read(['x', 'Alien'], { columns: film, idName: 'movieId' })).toMatchObject({
      year: null,
    });
    const untitled: ItemColumns = { places: { id: 0 }, fields: [] };
    expect(read(['x'], { columns: untitled, idName: 'movieId' })).not.toHaveProperty('year');
    expect(read(['x', 'A (1979)', '', '', '', ''], { idName: 'movieId' })).toMatchObject({
      year: null,
    });
  });

  it('knows categories by their list, by prose, and by MovieLens’ word for none', () => {
    const genres = (text: string) =>
      (read(['x', '', text, '', '', '']) as { genres: string[] }).genres;
    expect(genres('a|b|a')).toEqual(['a', 'b']);
    expect(genres('["a","b"]')).toEqual(['a', 'b']);
    expect(genres('(no genres listed)')).toEqual([]);
    const prose = `a|${'x'.repeat(60)}`;
    expect(genres(prose)).toEqual([prose]);
  });

  it('puts a point before decimals where the file has commas', () => {
    const price = (text: string, decimalCommas: boolean) =>
      (read(['x', '', '', '', text, ''], { decimalCommas }) as { fields: object }).fields;
    expect(price('-1,5', true)).toEqual({ price: '-1.5' });
    expect(price(',5', true)).toEqual({ price: '.5' });
    expect(price('1,5', false)).toEqual({ price: '1,5' });
    for (const text of ['1,5,6', '1,', 'x1,5', '1,5 €']) {
      expect(price(text, true)).toEqual({ price: text });
    }
  });
});

it.each([
  ['A (1999)', 1999],
  ['A (1999) ', 1999],
  ['A (1981-1982)', 1981],
  ['A (1981 – 1982)', 1981],
  ['A (1981-)', 1981],
  ['A (1999) B', null],
  ['A 1999', null],
  ['A (199)', null],
  ['A (19999)', null],
  ['A (1999-82)', null],
])('%j is of the year %s', (title, year) => {
  expect(yearOf(title)).toBe(year);
});
