/** What items and users are called on the page. */

import { expect, it } from 'vitest';
import { shortName, userName } from './known-items.js';

it('calls a user by a number "User", and any other by the id', () => {
  expect(['7', '007', 'ida.rossi@inbox.example', 'u7'].map(userName)).toEqual([
    'User 7',
    'User 007',
    'ida.rossi@inbox.example',
    'u7',
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
