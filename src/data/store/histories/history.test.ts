/** Stored histories: records of bytes, merged with imported rows, counted, and read with feedback. */
import { describe, expect, it } from 'vitest';
import { RatingList } from '../../files/rating-list.js';
import type { ItemId } from '../../ids.js';
import { History, recordBytes, weightBytes } from './history.js';
import { HistoryMerge, type StoredHistory } from './history-merge.js';
import { ImportTally } from './import-tally.js';
import { importedRatings, mergedHistory, newestFirst, orNull, ratingsOf } from './user-history.js';

/** A record: item, position, rating, timestamp and, in a history with weights, its weight. */
type Record = readonly [number, number, number, number, number?];

function stored(records: readonly Record[]): StoredHistory {
  const isWeighed = records.some(({ length }) => length === 5);
  // The bytes begin inside of a larger buffer, as those of a database may.
  const bytes = Buffer.alloc(records.length * recordBytes + 8).subarray(8);
  const weights = isWeighed ? Buffer.alloc(records.length * weightBytes + 8).subarray(8) : null;
  const history = new History(bytes, weights);
  records.forEach(([item, position, rating, timestamp, weight], r) => {
    history.place(r, item, position);
    history.rate(r, rating, timestamp);
    if (weight !== undefined) history.weigh(r, weight);
  });
  return [bytes, weights];
}

function recordsOf([bytes, weights]: StoredHistory): Record[] {
  const history = new History(bytes, weights);
  return Array.from({ length: history.length }, (_, r): Record => {
    const record = [
      history.item(r),
      history.position(r),
      history.rating(r),
      history.timestamp(r),
    ] as const;
    return weights === null ? record : [...record, history.weight(r)];
  });
}

const none = Number.NaN;

describe('a history', () => {
  it('has the bytes that older versions wrote', () => {
    const [bytes, weights] = stored([
      [1, 2, 0.5, 7, 3],
      [258, 70_000, none, none, -1],
    ]);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    expect(bytes).toHaveLength(48);
    expect([view.getInt32(0, true), view.getInt32(4, true)]).toEqual([1, 2]);
    expect([view.getFloat64(8, true), view.getFloat64(16, true)]).toEqual([0.5, 7]);
    expect([view.getInt32(24, true), view.getInt32(28, true)]).toEqual([258, 70_000]);
    expect([view.getFloat64(32, true), view.getFloat64(40, true)]).toEqual([none, none]);
    expect([weights!.readDoubleLE(0), weights!.readDoubleLE(8)]).toEqual([3, -1]);
  });

  it('weighs 1 a record where it has no weights', () => {
    const history = new History(stored([[1, 0, 5, 7]])[0]);
    history.weigh(0, 9);
    expect(history.weight(0)).toBe(1);
  });

  it('knows its clicks by rating and weight, and finds items', () => {
    const history = new History(
      ...stored([
        [4, 0, 5, 7, 2],
        [5, 1, 3, 7, 2],
        [6, 2, none, 7, 1],
      ]),
    );
    const by = (threshold: number | null, minWeight: number | null) => {
      const rule = { threshold, minWeight };
      return [history.clicks(rule), [0, 1, 2].map((r) => history.isClick(r, rule))];
    };
    expect(by(3.5, null)).toEqual([2, [true, false, true]]);
    expect(by(null, null)).toEqual([3, [true, true, true]]);
    expect(by(3.5, 2)).toEqual([1, [true, false, false]]);
    expect([4, 6, 7].map((item) => history.find(item))).toEqual([0, 2, -1]);
  });
});

describe('a merge', () => {
  /** Merges rows of one user: item, rating, timestamp and maybe a weight. */
  function merge(
    before: readonly Record[] | undefined,
    rows: readonly (readonly [number, number, number, number?])[],
    merging = new HistoryMerge(),
  ) {
    const list = new RatingList();
    // Another user's row, which is not merged.
    list.push(1, 0, 1, 1);
    for (const [item, rating, timestamp, weight] of rows) {
      list.push(0, item, rating, timestamp);
      if (weight !== undefined) list.weigh(weight);
    }
    const added = { list, rows: Int32Array.from(rows.keys(), (k) => k + 1), position: 100 };
    const fresh: number[] = [];
    const history = before === undefined ? undefined : stored(before);
    const made = merging.merge(history, added, (item) => fresh.push(item));
    return { records: recordsOf(made), fresh };
  }

  it('adds new items after the others, at their places in the file', () => {
    expect(
      merge(undefined, [
        [3, 4, 10],
        [2, none, none],
      ]),
    ).toEqual({
      records: [
        [3, 101, 4, 10],
        [2, 102, none, none],
      ],
      fresh: [3, 2],
    });
    expect(merge([[7, 5, 1, 2]], [[3, 4, 10]])).toEqual({
      records: [
        [7, 5, 1, 2],
        [3, 101, 4, 10],
      ],
      fresh: [3],
    });
  });

  it('changes the record of an item that is there, which keeps its place', () => {
    expect(
      merge(
        [
          [3, 5, 1, 2],
          [4, 6, 1, 2],
        ],
        [
          [4, 5, 11],
          [3, 2, 12],
          [4, 3, none],
        ],
      ),
    ).toEqual({
      records: [
        [3, 5, 2, 12],
        [4, 6, 3, none],
      ],
      fresh: [],
    });
    expect(
      merge(undefined, [
        [3, 4, 10],
        [3, 5, 11],
      ]),
    ).toEqual({
      records: [[3, 101, 5, 11]],
      fresh: [3],
    });
  });

  it('adds weights up, where what had none weighed 1', () => {
    expect(
      merge(
        [[3, 5, 1, 2]],
        [
          [3, 4, 10, 2.5],
          [4, 4, 10, 7],
          [4, 4, 10, -3],
        ],
      ).records,
    ).toEqual([
      [3, 5, 4, 10, 3.5],
      [4, 102, 4, 10, 4],
    ]);
    expect(
      merge(
        [
          [3, 5, 1, 2, 6],
          [9, 6, 1, 2, 8],
        ],
        [[3, 4, 10, 2]],
      ).records,
    ).toEqual([
      [3, 5, 4, 10, 8],
      [9, 6, 1, 2, 8],
    ]);
  });

  it('keeps nothing of one user for the next, and makes room for items', () => {
    const merging = new HistoryMerge();
    merging.fit(5000);
    expect(merge([[4999, 1, 1, 1]], [[4998, 1, 1]], merging).fresh).toEqual([4998]);
    expect(
      merge(
        undefined,
        [
          [4999, 1, 1],
          [4998, 1, 1],
        ],
        merging,
      ).fresh,
    ).toEqual([4999, 4998]);
    merging.fit(10);
    expect(merge(undefined, [[4999, 1, 1]], merging).fresh).toEqual([4999]);
  });
});

describe('a tally', () => {
  const rule = { threshold: 3.5, minWeight: null };
  const five = (...items: number[]) => stored(items.map((item): Record => [item, 0, 5, 1]));

  it('counts the users of items, and which items have others than before', () => {
    const tally = new ImportTally(Int32Array.of(2, 0, 1), rule);
    tally.fit(1, 2000);
    for (const item of [1, 1999, 0]) tally.pair(item);
    expect(tally.stored).toBe(3);
    expect([0, 1, 2, 3, 1999, 9999].map((item) => tally.usersOf(item))).toEqual([3, 1, 1, 0, 1, 0]);
    expect([...tally.changedItems()]).toEqual([
      [0, 3],
      [1, 1],
      [1999, 1],
    ]);
    expect(tally.ratedItems).toBe(4);
  });

  it('counts the clicks of users by their last history', () => {
    const tally = new ImportTally(new Int32Array(0), rule);
    tally.history(0, five(1, 2, 3));
    tally.history(5000, five(1));
    tally.history(0, five(1, 2));
    tally.history(1, stored([[1, 0, 1, 1]]));
    expect(tally.clickCounts(3, 2)).toEqual({ clicks: 2, usersBelow: 2 });
    expect(tally.clickCounts(5001, 1)).toEqual({ clicks: 3, usersBelow: 4999 });
    expect(tally.clickCounts(9000, 0)).toEqual({ clicks: 3, usersBelow: 0 });
    expect(tally.clickCounts(20_000, 1)).toEqual({ clicks: 3, usersBelow: 19_998 });
  });
});

describe('a history with feedback', () => {
  const itemIds = ['a', 'b', 'c'] as ItemId[];
  const imported = (records: readonly Record[], minWeight: number | null = null) => ({
    history: new History(...stored(records)),
    itemIds,
    minWeight,
  });
  const word = (itemId: string, rating: number | null, timestamp: number, isLight?: true) => ({
    itemId: itemId as ItemId,
    rating,
    timestamp,
    ...(isLight && { isLight }),
  });

  it('is the imported one where there is none', () => {
    const weighed = imported(
      [
        [2, 0, 5, 1, 2],
        [0, 1, none, 1, 1],
      ],
      2,
    );
    expect(importedRatings(weighed)).toEqual([
      { itemId: 'c', rating: 5 },
      { itemId: 'a', rating: null, isLight: true },
    ]);
    expect(ratingsOf(mergedHistory(weighed, [], true))).toEqual(importedRatings(weighed));
    expect([...mergedHistory(weighed, [], true)]).toEqual([
      ['c', { rating: 5, timestamp: 1, source: 'import', weight: 2 }],
      ['a', { rating: null, timestamp: 1, source: 'import', weight: 1, isLight: true }],
    ]);
    expect([...mergedHistory(imported([[1, 0, 2, none]]), [], true)]).toEqual([
      ['b', { rating: 2, timestamp: null, source: 'import' }],
    ]);
    expect([...mergedHistory(null, [], true)]).toEqual([]);
  });

  it('has the feedback in the place of the imported rating, and other feedback after it', () => {
    const words = [word('new', null, 9), word('a', 2, 8)];
    expect([
      ...mergedHistory(
        imported([
          [0, 0, 5, 1],
          [1, 1, 4, 2],
        ]),
        words,
        true,
      ),
    ]).toEqual([
      ['a', { rating: 2, timestamp: 8, source: 'feedback' }],
      ['b', { rating: 4, timestamp: 2, source: 'import' }],
      ['new', { rating: null, timestamp: 9, source: 'feedback' }],
    ]);
  });

  it('keeps the imported rating where feedback says nothing', () => {
    const own = imported([[0, 0, none, 1]]);
    const import1 = ['a', { rating: null, timestamp: 1, source: 'import' }];
    expect([...mergedHistory(own, [word('a', 2, 8)], false)]).toEqual([import1]);
    expect([...mergedHistory(own, [word('a', null, 8, true)], true)]).toEqual([import1]);
    expect([...mergedHistory(own, [word('a', null, 8)], false)]).toEqual([
      ['a', { rating: null, timestamp: 8, source: 'feedback' }],
    ]);
    const light = [word('b', null, 8, true), word('c', 2, 9)];
    const merged = mergedHistory(null, light, false);
    expect([...merged]).toEqual([
      ['b', { rating: null, timestamp: 8, source: 'feedback', isLight: true }],
      ['c', { rating: 2, timestamp: 9, source: 'feedback' }],
    ]);
    expect(ratingsOf(merged)).toEqual([
      { itemId: 'b', rating: null, isLight: true },
      { itemId: 'c', rating: 2 },
    ]);
  });

  it('is given with the newest first, and those without a time last, the later ones before', () => {
    const times = [3, none, 5, 3, none, -7];
    const ids = times.map((_, k) => `i${k}` as ItemId);
    const history = new History(...stored(times.map((time, k): Record => [k, k, 5, time])));
    const merged = mergedHistory({ history, itemIds: ids, minWeight: null }, [], true);
    const entries = newestFirst(merged, (itemId) => ({ itemId, title: `T ${itemId}` }) as never);
    expect(entries.map(({ itemId }) => itemId)).toEqual(['i2', 'i3', 'i0', 'i5', 'i4', 'i1']);
    expect(entries[0]).toEqual({
      itemId: 'i2',
      title: 'T i2',
      rating: 5,
      timestamp: 5,
      source: 'import',
    });
  });

  it('has null for a value that is none', () => {
    expect([orNull(0), orNull(none)]).toEqual([0, null]);
  });
});
