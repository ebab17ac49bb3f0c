/** Names that share a line or two. */

import { expect, it } from 'vitest';
import { fitted } from './fitted.js';

it('shortens the longest name first, and none that has its share', () => {
  const names = ['Heat', 'Dr. Strangelove or: How I Learned to Stop Worrying', 'Monty Python'];
  expect(fitted(names, 100)).toEqual(names);
  expect(fitted(names, 40)).toEqual(['Heat', 'Dr. Strangelove or: How…', 'Monty Python']);
  expect(fitted(names, 24)).toEqual(['Heat', 'Dr. Stran…', 'Monty Pyt…']);
  expect(fitted(['Espresso, 1 kg', 'Tea'], 13)).toEqual(['Espresso…', 'Tea']);
  expect(fitted([], 10)).toEqual([]);
});
