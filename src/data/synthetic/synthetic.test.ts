/** Synthetic ratings: shapes, seeds and structure. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { parseShape, SyntheticRatings, shapes } from './synthetic.js';

const shapeArbitrary = fc
  .record({ users: fc.integer({ min: 10, max: 60 }), items: fc.integer({ min: 20, max: 120 }) })
  .chain(({ users, items }) => {
    const least = Math.max(items, users * Math.min(20, Math.floor(items / 4)));
    return fc.record({
      users: fc.constant(users),
      items: fc.constant(items),
      ratings: fc.integer({ min: least, max: Math.max(least, Math.floor(0.5 * users * items)) }),
    });
  });

describe('SyntheticRatings', () => {
  it('has exactly the users, items and ratings asked for, no pair twice, and valid values', () => {
    fc.assert(
      fc.property(shapeArbitrary, fc.nat(), (shape, seed) => {
        const synthetic = new SyntheticRatings(shape, seed);
        const rated = new Set<number>();
        let users = 0;
        let ratings = 0;
        for (const row of synthetic.users()) {
          expect(row.user).toBe(users++);
          const items = [...row.items.subarray(0, row.count)];
          expect(items).toEqual([...new Set(items)].sort((a, b) => a - b));
          for (const item of items) rated.add(item);
          ratings += row.count;
          const stars = [...row.halfStars.subarray(0, row.count)];
          expect(stars.every((s) => Number.isInteger(s) && s >= 1 && s <= 10)).toBe(true);
          const times = [...row.timestamps.subarray(0, row.count)];
          expect(times).toEqual([...times].sort((a, b) => a - b));
        }
        expect({ users, items: rated.size, ratings }).toEqual(shape);
      }),
      { numRuns: 40 },
    );
  });

  it('is skewed in popularity and activity like MovieLens', () => {
    const shape = shapes['ml-100k']!;
    const popularity = new Int32Array(shape.items);
    const activity: number[] = [];
    for (const row of new SyntheticRatings(shape, 7).users()) {
      for (const item of row.items.subarray(0, row.count)) popularity[item]!++;
      activity.push(row.count);
    }
    popularity.sort().reverse();
    const top = popularity.subarray(0, shape.items / 10).reduce((sum, n) => sum + n, 0);
    expect(top / shape.ratings).toBeGreaterThan(0.35);
    expect(Math.min(...activity)).toBeGreaterThanOrEqual(20);
    expect(Math.max(...activity)).toBeGreaterThan(400);
  });

  it('invents a different title for every item', () => {
    const titles = new SyntheticRatings(shapes['ml-latest-small']!, 1).items.map((i) => i.title);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.every((title) => /^[^",]+ \(\d{4}\)$/.test(title))).toBe(true);
  });
});

describe('parseShape', () => {
  it('accepts names and sizes', () => {
    expect(parseShape('ml-20m').ratings).toBe(20_000_263);
    expect(parseShape('50x100x1500')).toEqual({ users: 50, items: 100, ratings: 1500 });
  });

  it.each(['ml-2m', '10x20', '5x20x100', '100x100x9000', '100x100x100'])('refuses %s', (text) => {
    expect(() => parseShape(text)).toThrow(ArgumentError);
  });
});
