/** The words of a home: what is guessed from its data, and what somebody chooses. */

import { describe, expect, it } from 'vitest';
import { chosenWordsSchema, guessWords, neutralWords, pluralOf, withChosenWords } from './words.js';

const nothing = { names: [], fields: [], categories: [], hasYears: false, hasRatings: false };
const guess = (evidence: Partial<typeof nothing> | Record<string, unknown>) => {
  const { item, user, event, category } = guessWords({ ...nothing, ...evidence });
  return [item, user, event, category].join(' ');
};

describe('the words of a home are guessed', () => {
  it('from the names of the data set and its files', () => {
    expect(guess({ names: ['ml-1m', 'ratings.dat'], hasRatings: true })).toBe(
      'film user rating genre',
    );
    expect(guess({ names: ['goodbooks-10k'], hasRatings: true })).toBe('book reader rating genre');
    expect(guess({ names: ['plays.tsv', 'songs.csv'] })).toBe('song listener play genre');
    expect(guess({ names: ['shop', 'orders.csv', 'products.csv'] })).toBe(
      'product customer purchase category',
    );
  });

  it('from the fields of the items', () => {
    expect(guess({ fields: ['unit_price', 'inStock'] })).toBe('product customer purchase category');
    expect(guess({ fields: ['isbn13', 'author', 'price'] })).toBe('book reader loan genre');
    expect(guess({ fields: ['Artist', 'Album'] })).toBe('song listener play genre');
  });

  it('from the genres of films, where titles have years', () => {
    const categories = ['Drama', 'Film-Noir', 'Thriller', 'Western'];
    expect(guess({ categories, hasYears: true, hasRatings: true })).toBe('film user rating genre');
    expect(guess({ categories, hasRatings: true })).toBe('item user rating category');
    expect(guess({ categories: ['Drama', 'Tea'], hasYears: true })).toBe(
      'item user click category',
    );
  });

  it('with the event that a file is named for, and with ratings where there are some', () => {
    expect(guess({ names: ['views.csv'], fields: ['price'] })).toBe(
      'product customer view category',
    );
    expect(guess({ names: ['orders.csv'], hasRatings: true })).toBe(
      'product customer rating category',
    );
  });

  it('as neutral words where nothing is known', () => {
    expect(guessWords(nothing)).toEqual(neutralWords);
    expect(neutralWords).toEqual({
      item: 'item',
      items: 'items',
      user: 'user',
      users: 'users',
      event: 'click',
      events: 'clicks',
      category: 'category',
      categories: 'categories',
    });
    // Parts of words are no evidence.
    expect(guess({ names: ['borders', 'email.csv', 'workshops'] })).toBe(
      'item user click category',
    );
  });
});

describe('chosen words', () => {
  it('take the place of guessed ones; a singular brings its plural', () => {
    const words = withChosenWords(neutralWords, { item: 'wine', event: 'tasting', events: 'sips' });
    expect(words).toEqual({
      ...neutralWords,
      item: 'wine',
      items: 'wines',
      event: 'tasting',
      events: 'sips',
    });
    expect(withChosenWords(neutralWords, {})).toEqual(neutralWords);
  });

  it('are short texts of known names', () => {
    expect(chosenWordsSchema.safeParse({ item: ' vin rouge ' }).data).toEqual({
      item: 'vin rouge',
    });
    for (const wrong of [
      { item: '' },
      { item: 'x'.repeat(41) },
      { item: 'a\nb' },
      { thing: 'x' },
    ]) {
      expect(chosenWordsSchema.safeParse(wrong).success, JSON.stringify(wrong)).toBe(false);
    }
  });
});

it('makes the regular plural', () => {
  expect(['film', 'category', 'play', 'box', 'dress', 'dish'].map(pluralOf)).toEqual([
    'films',
    'categories',
    'plays',
    'boxes',
    'dresses',
    'dishes',
  ]);
});
