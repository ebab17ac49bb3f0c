/** Values in objects within objects. */
import { expect, it } from 'vitest';
import { pathsOf } from './json-path.js';

it('goes four keys deep, and takes lists and what lies deeper as one value', () => {
  const value = { id: 1, a: { tags: [{ x: 1 }], b: { c: { d: { e: 5 } }, none: null } } };
  expect(pathsOf(value)).toEqual(['id', 'a.tags', 'a.b.c.d', 'a.b.none']);
});
