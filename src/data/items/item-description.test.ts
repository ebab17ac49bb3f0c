/** What a shop may say of an item. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { readItem } from './item-description.js';

describe('readItem', () => {
  it('gives the change that is meant: null empties, absent leaves', () => {
    expect(readItem('i', {})).toEqual({ itemId: 'i', fields: {} });
    expect(readItem('i', { title: null, year: null, genres: null, available: null })).toMatchObject(
      { title: null, year: null, genres: [], available: true },
    );
    expect(readItem('i', { title: 'T', year: 0, genres: ['a'], available: false })).toMatchObject({
      title: 'T',
      year: 0,
      genres: ['a'],
      available: false,
    });
  });

  it('counts characters as people do, up to the limits', () => {
    const description = {
      title: '🎬'.repeat(2000),
      genres: new Array(1000).fill('g'.repeat(500)),
      year: 9999,
    };
    expect(readItem('i', description)).toMatchObject(description);
  });

  it.each([
    ['title', ''],
    ['title', 7],
    ['title', 'a\0'],
    ['title', '\ud800'],
    ['title', ['T']],
    ['title', 'a long one'.repeat(201)],
    ['year', -1],
    ['year', 10_000],
    ['year', 1999.5],
    ['year', '1999'],
    ['genres', 'Drama'],
    ['genres', ['']],
    ['genres', ['Drama', 3]],
    ['genres', ['a long one'.repeat(51)]],
    ['genres', { length: 0 }],
    ['available', 'yes'],
    ['available', 1],
  ])('names %s where it is wrong (%#)', (name, value) => {
    const read = () => readItem('i', { [name]: value });
    expect(read).toThrow(ArgumentError);
    expect(read).toThrow(new RegExp(`^${name} is .*; give (a|an|true) `));
  });

  it('takes at most a thousand genres', () => {
    expect(() => readItem('i', { genres: new Array(1001).fill('g') })).toThrow(/^genres is/);
  });
});
