/** What items and users are called on the page. */

import { expect, it } from 'vitest';
import { nameOf, shortName, userName } from './known-items.js';

it('calls a user by a number "User", and any other by the id', () => {
  expect(['7', '007', 'ida.rossi@inbox.example', 'u7'].map(userName)).toEqual([
    'User 7',
    'User 007',
    'ida.rossi@inbox.example',
    'u7',
  ]);
});

it('puts the article of a film back to its front', () => {
  const names = [
    'Matrix, The (1999)',
    'Postman, The (Postino, Il) (1994)',
    "Ecume des jours, L' (2013)",
    'Good, the Bad and the Ugly, The (1966)',
    'Cooker, The',
    'Notes, A4 (2003)',
    'Heat (1995)',
  ].map((title) => nameOf({ title, itemId: '1' }));
  expect(names).toEqual([
    'The Matrix (1999)',
    'The Postman (Il Postino) (1994)',
    "L'Ecume des jours (2013)",
    'The Good, the Bad and the Ugly (1966)',
    'Cooker, The',
    'Notes, A4 (2003)',
    'Heat (1995)',
  ]);
});

it('leaves a year out that stands beside the title, and no other', () => {
  const item = { itemId: '1', title: 'Heat (1995)' };
  expect([1995, 1996, null].map((year) => shortName({ ...item, year }))).toEqual([
    'Heat',
    'Heat (1995)',
    'Heat (1995)',
  ]);
});
