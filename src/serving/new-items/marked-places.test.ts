/** Where new products stand in a list. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { markedPlaces, mixed, mixedPage } from './marked-places.js';

/** A page of a list that ranks r0, r1 … and has the new items n0, n1 …, as texts. */
function page(list: { n: number; wanted: number; count: number }, offset: number, ranked: number) {
  const { offset: first, ranked: many, fresh } = mixedPage(list, offset);
  const all = Array.from({ length: ranked }, (_, k) => `r${k}`);
  return mixed(
    all.slice(first, first + many),
    fresh.map(({ place, item }) => ({ place, value: `n${item}` })),
  );
}

describe('markedPlaces', () => {
  it.each([
    [10, 2, [2, 7]],
    [10, 1, [5]],
    [10, 3, [1, 5, 8]],
    [1, 1, [0]],
    [3, 3, [0, 1, 2]],
    [5, 0, []],
  ])('of %i items and %i new ones', (n, wanted, places) => {
    expect(markedPlaces({ n, wanted })).toEqual(places);
  });
});

describe('a page', () => {
  it('has new items at marked places until there are no more', () => {
    const list = { n: 5, wanted: 2, count: 3 };
    expect(page(list, 0, 20)).toEqual(['r0', 'n0', 'r1', 'n1', 'r2']);
    expect(page(list, 5, 20)).toEqual(['r3', 'n2', 'r4', 'r5', 'r6']);
    expect(page(list, 10, 20)).toEqual(['r7', 'r8', 'r9', 'r10', 'r11']);
    expect(page(list, 2, 20)).toEqual(['r1', 'n1', 'r2', 'r3', 'n2']);
  });

  it('has them after the ranked ones where these are too few', () => {
    expect(page({ n: 5, wanted: 2, count: 9 }, 0, 1)).toEqual(['r0', 'n0', 'n1']);
    expect(page({ n: 5, wanted: 2, count: 9 }, 0, 0)).toEqual(['n0', 'n1']);
    expect(page({ n: 5, wanted: 2, count: 0 }, 5, 6)).toEqual(['r5']);
  });

  it('repeats and skips nothing, wherever pages begin', () => {
    fc.assert(
      fc.property(
        fc.record({
          n: fc.integer({ min: 1, max: 12 }),
          wanted: fc.nat(12),
          count: fc.nat(30),
          offset: fc.nat(60),
        }),
        ({ n, wanted: asked, count, offset }) => {
          const list = { n, wanted: Math.min(asked, n), count };
          const whole = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((k) => page(list, k * n, 1000));
          expect(new Set(whole).size).toBe(whole.length);
          expect(whole).toHaveLength(9 * n);
          const part = page(list, offset % (7 * n), 1000);
          const first = offset % (7 * n);
          expect(part).toEqual(whole.slice(first, first + n));
          const ranks = whole.filter((item) => item.startsWith('r'));
          expect(ranks).toEqual(ranks.map((_, k) => `r${k}`));
        },
      ),
    );
  });
});
