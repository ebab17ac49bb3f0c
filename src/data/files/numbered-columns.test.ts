/** The columns of a file without a header. */
import { describe, expect, it } from 'vitest';
import { ArgumentError, DataError } from '../../errors.js';
import { understandPlaces, usualPlaces } from './numbered-columns.js';

const usual = { user: 0, item: 1, rating: 2, timestamp: 3, weight: null };
const facts = { path: 'f.csv', count: 4, delimiter: ',', usual } as const;

describe('understandPlaces', () => {
  it('takes the usual columns, those that are named by their numbers, and not the refused', () => {
    expect(understandPlaces(facts).places).toEqual(usual);
    expect(understandPlaces(facts, { user: '2' }).places).toEqual({ ...usual, user: 1, item: 0 });
    expect(understandPlaces(facts, { weight: '3' }).places).toEqual({
      ...usual,
      rating: null,
      weight: 2,
    });
    const { places, understood } = understandPlaces(facts, { rating: null, item: '4' });
    expect(places).toEqual({ user: 0, item: 3, rating: null, timestamp: null, weight: null });
    expect(understood).toMatchObject({ hasHeader: false, delimiter: ',' });
    expect(understood.used.map(({ purpose, place }) => [purpose, place])).toEqual([
      ['user', 1],
      ['item', 4],
    ]);
    expect(understood.ignored).toEqual([
      { name: null, place: 2, why: 'other' },
      { name: null, place: 3, why: 'refused' },
    ]);
  });

  it.each(['0', '5', '1.0', 'user', '-1', '01'])('refuses the column %j', (user) => {
    expect(() => understandPlaces(facts, { user })).toThrow(ArgumentError);
    expect(() => understandPlaces(facts, { user })).toThrow(/by their numbers, from 1 to 4/);
  });

  it('needs two columns, and a user and an item', () => {
    expect(() => understandPlaces({ ...facts, count: 1 })).toThrow(DataError);
    const two = { ...facts, count: 2 };
    expect(() => understandPlaces(two, { rating: '1', weight: '2' })).toThrow(
      /the 2 columns of f.csv are all named for something else than the user; .* --user-column/,
    );
    expect(() => understandPlaces(two, { rating: '1' })).toThrow(/than the item; .* --item-column/);
  });
});

describe('usualPlaces', () => {
  const placesOf = (...rows: string[]) =>
    usualPlaces(
      rows.map((row) => row.split(',')),
      ',',
    );

  it.each([
    [['u,i'], { rating: null, timestamp: null }],
    [['u,i,4.5', 'u,j,3'], { rating: 2, timestamp: null }],
    [['u,i, 4.5 ', 'u,j,3'], { rating: 2 }],
    [['u,i, 1700000000 '], { timestamp: 2 }],
    [['u,i,4', 'u,j,3'], { rating: null }],
    [['u,i,0', 'u,j,3.5'], { rating: null }],
    [['u,i,5.5', 'u,j,3.5'], { rating: null }],
    [['u,i,4.25', 'u,j,3.5'], { rating: null }],
    [['u,i,0.5', 'u,j,5'], { rating: 2 }],
    [['u,i,1700000000,4.5'], { timestamp: 2, rating: 3 }],
    [['u,i,1700000000', 'u,j,7'], { timestamp: null }],
    [['u,i,2023-11-14'], { timestamp: 2 }],
    [['u,i,20231114'], { timestamp: 2 }],
    [['u,i,14/11/2023'], { timestamp: null }],
    [['2023-11-14,u,i'], { timestamp: 0, user: 1, item: 2 }],
    [['1700000000,1700000001,4.5'], { timestamp: null, user: 0, item: 1, rating: 2 }],
    [['u,i,1700000000,1700000001'], { timestamp: null }],
    [['u,i,600000000'], { timestamp: null }],
    [['u,i,4200000000'], { timestamp: null }],
    [['u,i,631152000'], { timestamp: 2 }],
    [['u,i,'], { timestamp: null, rating: null }],
  ])('%j', (rows, expected) => {
    expect(placesOf(...rows)).toMatchObject(expected);
  });

  it('gives the first two columns where there are no rows', () => {
    expect(usualPlaces([], ',')).toEqual({
      user: 0,
      item: 1,
      rating: null,
      timestamp: null,
      weight: null,
    });
  });
});
