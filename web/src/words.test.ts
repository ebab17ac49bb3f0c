/** Texts with the words of the home. */

import { afterEach, expect, it } from 'vitest';
import { capital, counted, neutralWords, withArticle, words } from './words.js';

afterEach(() => {
  words.value = neutralWords;
});

it('counts things in the words of the home', () => {
  expect([counted(1, 'item'), counted(0, 'event'), counted(2, 'category')]).toEqual([
    '1 item',
    '0 clicks',
    '2 categories',
  ]);
  words.value = { ...neutralWords, item: 'film', items: 'films', users: 'people' };
  expect([counted(1, 'item'), counted(1200, 'item'), counted(3, 'user')]).toEqual([
    '1 film',
    '1,200 films',
    '3 people',
  ]);
});

it('begins sentences and puts articles', () => {
  expect(capital('films')).toBe('Films');
  expect(['film', 'item', 'user', 'artist', 'one-off'].map(withArticle)).toEqual([
    'a film',
    'an item',
    'a user',
    'an artist',
    'a one-off',
  ]);
});
