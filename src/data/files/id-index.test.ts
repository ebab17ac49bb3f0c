/** The index from external ids to numbers. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdIndex } from './id-index.js';

const ids = fc.oneof(
  fc.nat(9_999_999).map(String),
  fc.nat(50).map(String),
  fc.nat(50).map((n) => `0${n}`),
  fc.string({ minLength: 1 }),
);

it('numbers ids by first appearance, without changing their text', () => {
  fc.assert(
    fc.property(fc.array(ids), fc.constantFrom(1, 3, 1000), (texts, maxOfOneMap) => {
      const index = new IdIndex({ maxOfOneMap });
      const got = texts.map((text) => index.indexOf(text));
      const distinct = [...new Set(texts)];
      expect(index.ids).toEqual(distinct);
      expect(got).toEqual(texts.map((text) => distinct.indexOf(text)));
    }),
  );
});

it('knows an integer and its decimal text as one id, and a padded text as another', () => {
  const index = new IdIndex();
  expect(index.indexOfInteger(7)).toBe(0);
  expect(index.indexOf('7')).toBe(0);
  expect(index.indexOf('007')).toBe(1);
  expect(index.indexOfInteger(9_999_999)).toBe(2);
  expect(index.indexOf('9999999')).toBe(2);
});

it('keeps the integers at which its array grows', () => {
  const index = new IdIndex();
  for (const id of [2 ** 12, 2 ** 12 - 1, 2 ** 13, 2 ** 22 - 1, 2 ** 22]) {
    const place = index.indexOfInteger(id);
    expect(index.indexOfInteger(id)).toBe(place);
    expect(index.ids[place]).toBe(String(id));
  }
  expect(index.ids).toHaveLength(5);
});
