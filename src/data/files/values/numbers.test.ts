/** Numbers as people write them. */
import { expect, it } from 'vitest';
import { numberIn } from './numbers.js';

it.each([
  ['7', 7, 7],
  ['-0.5', -0.5, -0.5],
  ['+.5', 0.5, 0.5],
  ['5.', 5, 5],
  ['1e3', 1000, 1000],
  ['1.5E-1', 0.15, 0.15],
  ['1,5', null, 1.5],
  [',5', null, 0.5],
  ['-1,25', null, -1.25],
  ['1,5e3', null, null],
  ['1,', null, null],
  ['1.000,5', null, null],
  ['x1,5', null, null],
  ['1,5 ', null, null],
  ['', null, null],
  ['.', null, null],
  ['1 2', null, null],
  ['0x10', null, null],
  ['e5', null, null],
  ['Infinity', null, null],
])('%j is %s, and with decimal commas %s', (text, pointed, comma) => {
  expect(numberIn(text)).toBe(pointed ?? Number.NaN);
  expect(numberIn(text, { decimalCommas: true })).toBe(comma ?? Number.NaN);
});
