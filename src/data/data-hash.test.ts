/** What makes the hash of a data set another one, and what does not. */
import { describe, expect, it } from 'vitest';
import { DataHash } from './data-hash.js';
import { RatingList } from './files/rating-list.js';

type Row = readonly [
  user: string,
  item: string,
  rating: number,
  timestamp: number,
  weight?: number,
];

interface Hashing {
  readonly earlier?: string | null;
  readonly minWeight?: number | null;
  /** Rows a block. */
  readonly block?: number;
  /** The ids in the order in which the importer numbers them; by default that of the rows. */
  readonly users?: readonly string[];
}

function hashOf(rows: readonly Row[], hashing: Hashing = {}): string {
  const { earlier = null, minWeight = null, block = rows.length } = hashing;
  const userIds = hashing.users ?? [...new Set(rows.map(([user]) => user))];
  const itemIds = [...new Set(rows.map(([, item]) => item))];
  const hash = new DataHash({ earlier, userIds, itemIds, minWeight });
  for (let first = 0; first < rows.length; first += block) {
    const list = new RatingList();
    const part = rows.slice(first, first + block);
    list.count = part.length;
    list.users = new Int32Array(part.length + 1);
    list.items = new Int32Array(part.length + 1);
    list.ratings = new Float64Array(part.length + 1);
    list.timestamps = new Float64Array(part.length + 1);
    part.forEach(([user, item, rating, timestamp], k) => {
      list.users[k] = userIds.indexOf(user);
      list.items[k] = itemIds.indexOf(item);
      list.ratings[k] = rating;
      list.timestamps[k] = timestamp;
    });
    if (minWeight !== null) {
      list.weighRest(1);
      part.forEach((row, k) => {
        list.weights![k] = row[4] ?? 1;
      });
    }
    // Entries beyond the count mean nothing.
    list.ratings[part.length] = 99;
    hash.update(list);
  }
  return hash.digest();
}

const rows: readonly Row[] = [
  ['u', 'a', 5, 10],
  ['v', 'b', 3, 20],
  ['u', 'b', 4, 30],
];
const changed = (place: number, row: Row) => rows.toSpliced(place, 1, row);

describe('the hash of data', () => {
  it('is a SHA-256, the same for the same rows, however they come in blocks', () => {
    const hash = hashOf(rows);
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
    expect(hashOf(rows, { block: 1 })).toBe(hash);
    expect(hashOf(rows, { block: 2 })).toBe(hash);
  });

  it('does not depend on how ids are numbered', () => {
    expect(hashOf(rows, { users: ['x', 'v', 'u'] })).toBe(hashOf(rows));
  });

  it.each<[string, readonly Row[]]>([
    ['user', changed(1, ['w', 'b', 3, 20])],
    ['user that is there already', changed(1, ['u', 'b', 3, 20])],
    ['item', changed(1, ['v', 'c', 3, 20])],
    ['item that is there already', changed(1, ['v', 'a', 3, 20])],
    ['rating', changed(2, ['u', 'b', 4.5, 30])],
    ['rating that is none', changed(2, ['u', 'b', Number.NaN, 30])],
    ['time', changed(2, ['u', 'b', 4, 31])],
    ['time that is none', changed(2, ['u', 'b', 4, Number.NaN])],
    ['order', [rows[1]!, rows[0]!, rows[2]!]],
    ['row less', rows.slice(0, 2)],
    ['row more', [...rows, ['v', 'a', 1, 1]]],
    ['boundary between ids', changed(0, ['u\n', 'a', 5, 10])],
  ])('is another one with another %s', (_, others) => {
    expect(hashOf(others)).not.toBe(hashOf(rows));
    expect(hashOf(others, { block: 1 })).toBe(hashOf(others));
  });

  it('is another one after other data that it was appended to', () => {
    const a = hashOf(rows, { earlier: hashOf(rows) });
    const b = hashOf(rows, { earlier: hashOf(rows.slice(1)) });
    expect(new Set([a, b, hashOf(rows)]).size).toBe(3);
  });

  it('has the weights in it, and the least weight of a click', () => {
    const weighed = hashOf(rows, { minWeight: 2 });
    const heavier = hashOf(changed(0, ['u', 'a', 5, 10, 7]), { minWeight: 2 });
    const hashes = [hashOf(rows), weighed, heavier, hashOf(rows, { minWeight: 3 })];
    expect(new Set(hashes).size).toBe(4);
    expect(hashOf(rows, { minWeight: 2, block: 1 })).toBe(weighed);
  });

  it('goes on beyond the numbers that it has room for', () => {
    const many = Array.from({ length: 3000 }, (_, k): Row => [`u${k}`, `i${k % 7}`, 1, k]);
    const hash = hashOf(many);
    expect(hashOf(many, { block: 700 })).toBe(hash);
    expect(hashOf(many.toSpliced(2500, 1, ['other', 'i1', 1, 2500]))).not.toBe(hash);
  });
});
