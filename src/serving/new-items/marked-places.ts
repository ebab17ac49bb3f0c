/** The places of new products in a list that is ranked otherwise. */

/** A list in which each page of `n` items holds up to `wanted` new ones. */
export interface MixedList {
  /** Items of a page. */
  readonly n: number;
  /** New items of a page, at most `n`. */
  readonly wanted: number;
  /** New items that there are. */
  readonly count: number;
}

/** The part of a mixed list from a place on. */
export interface MixedPage {
  /** Where the part of the ranking begins. */
  readonly offset: number;
  /** How many items of the ranking it holds. */
  readonly ranked: number;
  /** Which new item stands at which place of the part, both from 0 on; places ascend. */
  readonly fresh: readonly { readonly place: number; readonly item: number }[];
}

/**
 * The places of new items in a page, from 0 on: in the middle of equal parts, so 2 and 7 for two of ten.
 *
 * @param wanted - at most `n`
 */
export function markedPlaces({ n, wanted }: Pick<MixedList, 'n' | 'wanted'>): number[] {
  return Array.from({ length: wanted }, (_, k) => Math.floor(((k + 0.5) * n) / wanted));
}

/**
 * A page of a mixed list. The whole list is the same whatever part of it is asked for, as long as `n` stays, so pages
 * repeat and skip nothing.
 *
 * @param offset - places to skip, from 0 on
 */
export function mixedPage({ n, wanted, count }: MixedList, offset: number): MixedPage {
  const places = markedPlaces({ n, wanted });
  const isMarked = new Set(places);
  const inPage = offset % n;
  const before = Math.floor(offset / n) * wanted + places.filter((place) => place < inPage).length;
  let next = Math.min(before, count);
  const first = offset - next;
  const fresh: { place: number; item: number }[] = [];
  for (let place = 0; place < n && next < count; place++) {
    if (isMarked.has((offset + place) % n)) fresh.push({ place, item: next++ });
  }
  return { offset: first, ranked: n - fresh.length, fresh };
}

/**
 * The items of a page in their order: the new ones at their places, or after the ranked ones where these are fewer.
 */
export function mixed<T>(
  ranked: readonly T[],
  fresh: readonly { readonly place: number; readonly value: T }[],
): T[] {
  const list: T[] = [];
  let next = 0;
  for (const { place, value } of fresh) {
    while (list.length < place && next < ranked.length) list.push(ranked[next++]!);
    list.push(value);
  }
  return [...list, ...ranked.slice(next)];
}
