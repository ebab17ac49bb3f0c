/** Weights: rows of a pair add up, and a pair that weighs too little is no click anywhere. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { understandingLines } from '../cli/display/import.js';
import { ArgumentError } from '../errors.js';
import { openHome } from '../home/place/open-home.js';
import type { ItemId, UserId } from './ids.js';
import { type ImportOptions, type ImportSummary, importRatings } from './import.js';
import { SqliteFeedbackWriter } from './store/sqlite/feedback/feedback-writer.js';
import { RatingsDatabase } from './store/sqlite/ratings-database.js';

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-weights-'));
  home = join(folder, 'home');
});
afterEach(() => rmSync(folder, { recursive: true }));

const qty: ImportOptions = { columns: { weight: 'qty' } };

/** Imports rows such as `u,x,2` under the header `user,item,qty`, or another one. */
function importRows(
  rows: readonly string[],
  options: ImportOptions = qty,
  header = 'user,item,qty',
): Promise<ImportSummary> {
  const path = join(folder, 'orders.csv');
  writeFileSync(path, `${[header, ...rows].join('\n')}\n`);
  return importRatings(home, path, options);
}

function read<T>(use: (database: RatingsDatabase) => T): T {
  const database = RatingsDatabase.open(home);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** The clicks of every user, as `user: items`. */
function clicks(threshold: number | null = null): string[] {
  return read((database) => {
    const { userIds, itemIds, clicks: matrix } = database.labelledClicks(threshold, 1);
    return userIds.map((user, u) => `${user}: ${[...matrix.row(u)].map((i) => itemIds[i]).join()}`);
  });
}

/** The weights of a user's items. */
function weights(user: string): Record<string, number | undefined> {
  return read((database) =>
    Object.fromEntries(database.userHistory(user)!.map(({ itemId, weight }) => [itemId, weight])),
  );
}

describe('weights', () => {
  it('of a pair add up, within an import and over appended ones', async () => {
    await importRows(['u,x,2', 'u,y,0.5', 'u,x,1', 'v,x,1']);
    expect(weights('u')).toEqual({ x: 3, y: 0.5 });
    await importRows(['v,x,4', 'u,y,0.25', 'u,z,7', 'u,y,0.25'], { ...qty, append: true });
    expect(weights('u')).toEqual({ x: 3, y: 1, z: 7 });
    expect(weights('v')).toEqual({ x: 5 });
    expect(clicks()).toEqual(['u: x,y,z', 'v: x']);
  });

  it('make a click only when they add up to --min-weight, which stays with the data', async () => {
    const summary = await importRows(['u,x,2', 'u,y,1', 'v,x,1', 'u,x,1', 'v,y,2.9'], {
      ...qty,
      minWeight: 3,
    });
    expect(summary.dataset).toMatchObject({ ratings: 4, users: 2, items: 2, minWeight: 3 });
    expect(summary.understood.clicks).toMatchObject({ count: 1, usersBelow: 2, minWeight: 3 });
    expect(clicks()).toEqual(['u: x']);
    expect(read((database) => database.userRatings('u'))).toEqual([
      { itemId: 'x', rating: null },
      { itemId: 'y', rating: null, isLight: true },
    ]);
    // An append lifts what was too light.
    const appended = await importRows(['v,y,0.1', 'u,y,1'], { ...qty, append: true });
    expect(appended.dataset.minWeight).toBe(3);
    expect(appended.understood.clicks).toMatchObject({ count: 2 });
    expect(clicks()).toEqual(['u: x', 'v: y']);
    const other = await importRows(['w,x,1'], { ...qty, append: true, minWeight: 2 });
    expect(other.understood.clicks).toMatchObject({ count: 3, minWeight: 2 });
    expect(clicks()).toEqual(['u: x,y', 'v: y']);
  });

  it('of zero, and what was all sent back, are no click, also without --min-weight', async () => {
    const summary = await importRows(['u,x,0', 'u,y,2', 'u,y,-2', 'u,z,2', 'u,z,-1']);
    expect(summary.dataset.minWeight).toBe(0);
    expect(weights('u')).toEqual({ x: 0, y: 0, z: 1 });
    expect(clicks()).toEqual(['u: z']);
  });

  it('are 1 for each row where no column has them and --min-weight is given', async () => {
    const summary = await importRows(['u,x,9', 'u,y,9', 'u,x,9', 'v,x,9'], { minWeight: 2 });
    expect(summary.understood.columns.used.map(({ purpose }) => purpose)).toEqual(['user', 'item']);
    expect(weights('u')).toEqual({ x: 2, y: 1 });
    expect(clicks()).toEqual(['u: x']);
  });

  it('are 1 for rows and pairs without one beside others that have one', async () => {
    await importRows(['u,x,5', 'u,y,5', 'v,x,5'], {});
    expect(weights('u')).toEqual({ x: undefined, y: undefined });
    const weighed = await importRows(['u,x,2', 'w,x,2'], { ...qty, append: true });
    expect(weighed.dataset.minWeight).toBe(0);
    expect([weights('u'), weights('v'), weights('w')]).toEqual([
      { x: 3, y: 1 },
      { x: 1 },
      { x: 2 },
    ]);
    await importRows(['u,x,5', 'w,y,5', 'w,y,5'], { append: true });
    expect([weights('u'), weights('w')]).toEqual([
      { x: 4, y: 1 },
      { x: 2, y: 2 },
    ]);
    await importRows(['w,z,1'], { ...qty, append: true, minWeight: 2 });
    expect(clicks()).toEqual(['u: x', 'w: x,y']);
  });

  it('are no ratings: both rules hold where the data have both', async () => {
    const rows = ['u,x,5,1', 'u,y,5,3', 'u,z,1,9'];
    await importRows(rows, { ...qty, minWeight: 2 }, 'user,item,rating,qty');
    expect(clicks(3.5)).toEqual(['u: y']);
    expect(clicks(null)).toEqual(['u: y,z']);
  });

  it('leave feedback alone: a click is a click', async () => {
    await importRows(['u,x,1', 'u,y,5'], { ...qty, minWeight: 2 });
    const writer = new SqliteFeedbackWriter(home);
    const event = { key: 'k', userId: 'u' as UserId, itemId: 'x' as ItemId };
    await writer.store([{ ...event, rating: null, timestamp: 7 }]);
    writer.close();
    expect(read((database) => database.userRatings('u'))).toEqual([
      { itemId: 'x', rating: null },
      { itemId: 'y', rating: null },
    ]);
  });

  it('are part of the hash that names the data of a run, and so is --min-weight', async () => {
    const hashOf = async (rows: readonly string[], options: ImportOptions) =>
      (await importRows(rows, { ...options, replace: true })).dataset.dataHash;
    const rows = ['u,x,1', 'u,x,2'];
    const hashes = [
      await hashOf(rows, {}),
      await hashOf(rows, qty),
      await hashOf(['u,x,2', 'u,x,1'], qty),
      await hashOf(rows, { ...qty, minWeight: 2 }),
      await hashOf(rows, { minWeight: 2 }),
    ];
    expect(new Set(hashes).size).toBe(5);
    expect(await hashOf(rows, qty)).toBe(hashes[1]);
    expect(await hashOf(['u,x,7', 'u,x,7'], {})).toBe(hashes[0]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuse a least weight of %d',
    async (minWeight) => {
      await expect(importRows(['u,x,1'], { minWeight })).rejects.toThrow(ArgumentError);
    },
  );
});

describe('a model', () => {
  it('is trained on, and answers from, the pairs that weigh enough', async () => {
    // Each user has every second item often, and the others once.
    const rows = Array.from({ length: 40 }, (_, u) =>
      Array.from({ length: 12 }, (_, i) => `u${u},i${i},${i % 2 === u % 2 ? 3 : 1}`),
    ).flat();
    await importRows([...rows, 'light,i0,1', 'light,i1,1'], { ...qty, minWeight: 2 });
    const shop = await openHome(home);
    try {
      await shop.train({ model: 'ease', minClicks: 2, heldoutUsers: 4 });
      const sourceOf = async (user: string) => (await shop.recommend(user, { n: 1 })).source;
      expect([await sourceOf('u0'), await sourceOf('light')]).toEqual(['model', 'popularity']);
    } finally {
      await shop.close();
    }
  });
});

describe('the summary', () => {
  it('says how many purchases were merged, and what a click weighs', async () => {
    const rows = Array.from({ length: 2501 }, (_, k) => `u,x,${k % 2}`);
    const merged = async (options: ImportOptions, use = rows) =>
      understandingLines(await importRows(use, { ...options, replace: true })).filter((line) =>
        /^clicks|merged/.test(line),
      );
    const few = '1 of 1 user with fewer than 5 take no part in training (train --min-clicks)';
    expect(await merged({})).toEqual([
      `clicks: all 1 row; ${few}`,
      '2,500 repeat purchases merged',
    ]);
    expect(await merged(qty)).toEqual([
      `clicks: 1 of 1 row, those with a weight above 0 (--min-weight); ${few}`,
      '2,500 repeat purchases merged: their weights add up',
    ]);
    expect(await merged({ ...qty, minWeight: 2000 }, rows.slice(0, 2))).toEqual([
      `clicks: 0 of 1 row, those with a weight of 2000 or more (--min-weight); ${few}`,
      '1 repeat purchase merged: their weights add up',
    ]);
    expect(await merged({}, ['u,x,1', 'u,y,1'])).toHaveLength(1);
  });

  it('calls no new rating of an item a repeat purchase', async () => {
    const rows = ['u,x,5', 'u,x,4'];
    const lines = understandingLines(await importRows(rows, {}, 'user,item,rating'));
    expect(lines.filter((line) => line.includes('merged'))).toEqual([]);
  });
});
