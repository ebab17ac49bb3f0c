/** Whether an item is to be had, as shops write it. */
import { expect, it } from 'vitest';
import { availabilityOf } from './availability.js';

it.each([
  [true, true],
  [false, false],
  [3, true],
  [0, false],
  [-1, false],
  ['12', true],
  ['0', false],
  ['+0,5', true],
  ['-2', false],
  ['0.0', false],
  ['1.2.3', null],
  ['Yes', true],
  ['in stock', true],
  ['https://schema.org/InStock', true],
  ['http://schema.org/OutOfStock', false],
  ['pre-order', true],
  ['Sold out!', false],
  ['none', false],
  ['perhaps', null],
  ['', null],
  [['yes'], null],
])('%j', (value, isThere) => {
  expect(availabilityOf(value as never)).toBe(isThere);
});
