/** The JSON of a ranking. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemId } from '../data/ids.js';
import { rankedJson } from './answer-json.js';
import { Shelf } from './filter/shelf.js';
import { Vocabulary } from './items/vocabulary.js';
import { KnownItems } from './known-items.js';

describe('rankedJson', () => {
  it('is what JSON.stringify makes of the same fields', () => {
    const entry = fc.record({
      title: fc.option(fc.string({ unit: 'binary' })),
      genres: fc.array(fc.string()),
      year: fc.option(fc.integer({ min: 0, max: 9999 })),
    });
    const ids = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1 }), { minLength: 1 });
    fc.assert(
      fc.property(
        ids,
        fc.array(entry),
        fc.array(fc.double()),
        fc.nat(),
        (ids, own, doubles, offset) => {
          const entries = ids.map((id, k) => ({
            itemId: id as ItemId,
            ...(own[k] ?? { title: null, genres: [], year: null }),
          }));
          const stored = entries.map((entry) => ({ entry, available: true, fields: {} }));
          const shelf = new Shelf({ version: '', items: stored, fields: [] });
          const known = new KnownItems(new Vocabulary(ids as ItemId[]), shelf);
          const items = ids.map((_, k) => k).reverse();
          const scores = items.map((k) => doubles[k] ?? -0);
          const list = items.map((item, place) => {
            const { itemId, ...rest } = entries[item]!;
            return { itemId, rank: offset + place + 1, score: scores[place], ...rest };
          });
          const expected = JSON.stringify({ offset, items: list });
          expect(`{${rankedJson(known, { offset, items, scores })}`).toBe(expected);
        },
      ),
    );
  });
});
