/** Ratings by column. */
import { describe, expect, it } from 'vitest';
import { RatingList, rowsByUser } from './rating-list.js';

/** A list of ratings 0, 1, and so on, with the weights that are given; undefined for none. */
function listOf(count: number, weights: readonly (number | undefined)[] = []): RatingList {
  const list = new RatingList();
  for (let k = 0; k < count; k++) {
    list.push(k, 2 * k, k / 2, -k);
    const weight = weights[k];
    if (weight !== undefined) list.weigh(weight);
  }
  return list;
}

/** The rows of a list. */
function rowsOf({ count, users, items, ratings, timestamps, weights }: RatingList) {
  return Array.from({ length: count }, (_, k) => [
    users[k],
    items[k],
    ratings[k],
    timestamps[k],
    weights === null ? null : weights[k],
  ]);
}

const row = (k: number, weight: number | null = null) => [
  k,
  2 * k,
  k / 2,
  k === 0 ? -0 : -k,
  weight,
];

describe('a list of ratings', () => {
  it.each([0, 1, 1024, 1025, 3000])('holds %i', (count) => {
    const list = listOf(count);
    expect(list.count).toBe(count);
    expect(list.weights).toBeNull();
    expect(rowsOf(list)).toEqual(Array.from({ length: count }, (_, k) => row(k)));
    // It doubles, so that a push costs the same however long the list is.
    expect(list.users).toHaveLength(count <= 1024 ? 1024 : count <= 2048 ? 2048 : 4096);
  });

  it('has a weight for each rating from the first one that has one', () => {
    const list = listOf(4, [undefined, 3, undefined, -1]);
    expect(rowsOf(list)).toEqual([row(0, Number.NaN), row(1, 3), row(2, Number.NaN), row(3, -1)]);
    list.weighRest(1);
    expect(rowsOf(list)).toEqual([row(0, 1), row(1, 3), row(2, 1), row(3, -1)]);
    const plain = listOf(2);
    plain.weighRest(7);
    expect(rowsOf(plain)).toEqual([row(0, 7), row(1, 7)]);
    expect(plain.weights![2]).toBeNaN();
  });

  it('keeps its weights while it grows', () => {
    const list = listOf(1025, [5]);
    expect(list.weights).toHaveLength(2048);
    expect([list.weights![0], list.weights![1], list.weights![1024]]).toEqual([
      5,
      Number.NaN,
      Number.NaN,
    ]);
  });

  it('forgets the weights of rows that it held before', () => {
    const list = listOf(2, [5, 6]);
    list.clear();
    expect(list.count).toBe(0);
    list.push(1, 2, 0.5, -1);
    expect(rowsOf(list)).toEqual([row(1, Number.NaN)]);
  });

  it.each([
    [2, [], 3, [], null],
    [2, [4, 5], 1, [], [4, 5, Number.NaN]],
    [2, [], 1, [6], [Number.NaN, Number.NaN, 6]],
    [1, [4], 2, [5, 6], [4, 5, 6]],
  ])('appends another one: %i %j, %i %j', (own, weights, others, otherWeights, both) => {
    const list = listOf(own, weights);
    list.append(listOf(others, otherWeights));
    const places = [...Array(own).keys(), ...Array(others).keys()];
    expect(rowsOf(list)).toEqual(places.map((k, at) => row(k, both === null ? null : both[at]!)));
  });

  it('grows as far as needed where another one is appended', () => {
    for (const [own, others, capacity] of [
      [1000, 24, 1024],
      [1000, 25, 2048],
      [1000, 3000, 4000],
    ] as const) {
      const list = listOf(own);
      list.append(listOf(others));
      expect(list.users).toHaveLength(capacity);
      expect(rowsOf(list).slice(own)).toEqual(rowsOf(listOf(others)));
    }
  });

  it('leaves what stood in the place of other weights', () => {
    const list = listOf(3, [1, 2, 3]);
    list.clear();
    list.push(0, 0, 0, -0);
    list.append(listOf(1));
    expect(rowsOf(list)).toEqual([row(0, Number.NaN), row(0, Number.NaN)]);
  });
});

it('sorts rows by user, in their order', () => {
  const list = new RatingList();
  for (const user of [2, 0, 2, 3, 0]) list.push(user, 0, 0, 0);
  const { starts, rows } = rowsByUser(list, 5);
  expect([...rows]).toEqual([1, 4, 0, 2, 3]);
  expect([...starts.subarray(0, 6)]).toEqual([0, 2, 2, 4, 5, 5]);
  expect([...rowsByUser(new RatingList(), 0).rows]).toEqual([]);
});
