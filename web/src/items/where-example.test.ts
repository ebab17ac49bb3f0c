/** Examples of filters. */

import { expect, it } from 'vitest';
import { whereExample } from './where-example.js';

it('gives a filter that the items of the home can answer', () => {
  const fields = [
    { name: 'unit price', type: 'number' },
    { name: 'in_stock', type: 'boolean' },
  ] as const;
  const shop = { fields, hasYears: false };
  expect(whereExample(shop, 'Tea')).toBe('"unit price"<20 and in_stock');
  const films = { fields: [], hasYears: true };
  expect(whereExample(films, 'Film-Noir')).toBe('year>1990 and genre="Film-Noir"');
  expect(whereExample({ fields: [], hasYears: false }, undefined)).toBe('');
});
