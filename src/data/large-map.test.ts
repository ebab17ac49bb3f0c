/** The map of any number of entries. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LargeMap } from './large-map.js';

it('does what a Map does, in parts of any size', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(20), fc.nat(99))),
      fc.integer({ min: 1, max: 7 }),
      (entries, maxOfOneMap) => {
        const plain = new Map(entries);
        const large = new LargeMap(entries, { maxOfOneMap });
        expect(large.size).toBe(plain.size);
        expect([...large.values()]).toEqual([...plain.values()]);
        for (let key = 0; key <= 20; key++) {
          expect([large.has(key), large.get(key)]).toEqual([plain.has(key), plain.get(key)]);
        }
      },
    ),
  );
});
