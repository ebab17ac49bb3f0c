/** Histories and the users of an item: their order, and reading them in slices. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importRatings } from '../../import.js';
import { openDatabase } from './connection.js';
import { FeedbackTable } from './feedback/feedback-table.js';
import { ItemCatalogue } from './item-catalogue.js';
import { RatingsDatabase } from './ratings-database.js';
import { UserHistories } from './user-histories.js';

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-histories-'));
  home = join(folder, 'home');
});
afterEach(() => rmSync(folder, { recursive: true }));

async function importRows(rows: readonly string[], how = {}): Promise<void> {
  const path = join(folder, 'plays.csv');
  writeFileSync(path, `${rows.join('\n')}\n`);
  await importRatings(home, path, how);
}

function read<T>(use: (database: RatingsDatabase) => T): T {
  const database = RatingsDatabase.open(home);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** Three items with times, the second before 1970, then two without. */
async function importMixedTimes(): Promise<void> {
  const timed = ['u,a,100', 'u,b,-86400', 'u,c,200', 'v,b,50'];
  await importRows(['userId,movieId,timestamp', ...timed]);
  await importRows(['userId,movieId', 'u,d', 'u,e', 'w,b'], { append: true });
}

describe('a history', () => {
  it('has the newest first, times before 1970 too, and those without a time last', async () => {
    await importMixedTimes();
    const history = read((database) => database.userHistory('u'))!;
    expect(history.map(({ itemId, timestamp }) => [itemId, timestamp])).toEqual([
      ['c', 200],
      ['a', 100],
      ['b', -86400],
      ['e', null],
      ['d', null],
    ]);
  });
});

describe('the users of an item', () => {
  it('are the newest first, those without a time last', async () => {
    await importMixedTimes();
    const database = RatingsDatabase.open(home);
    try {
      const users = await database.itemUsers('b', 10);
      expect(users.map(({ userId, timestamp, clicks }) => [userId, timestamp, clicks])).toEqual([
        ['v', 50, 1],
        ['u', -86400, 5],
        ['w', null, 1],
      ]);
      expect((await database.itemUsers('b', 2)).map(({ userId }) => userId)).toEqual(['v', 'u']);
    } finally {
      database.close();
    }
  });

  it('are each in one slice, whatever the size of the slices', async () => {
    const ids = Array.from({ length: 1203 }, (_, k) => `u${k}`);
    await importRows([
      'userId,movieId',
      ...ids.map((id, k) => `${id},${k % 3 === 1 ? 'other' : 'item'}`),
    ]);
    const expected = ids.filter((_, k) => k % 3 !== 1);
    const db = openDatabase(home);
    try {
      const users = new UserHistories(db, new ItemCatalogue(db), new FeedbackTable(db));
      for (const size of [1, 7, 500, 1203, 5000]) {
        const found: string[] = [];
        for (let first = 0; ; first += size) {
          const slice = users.withItem('item', first, size);
          if (slice === null) break;
          found.push(...slice.map(({ userId }) => userId));
        }
        expect(found).toEqual(expected);
      }
      expect(users.withItem('unknown', 0, 10)).toBeNull();
    } finally {
      db.close();
    }
    const database = RatingsDatabase.open(home);
    try {
      const all = await database.itemUsers('item', 5000);
      expect(all.map(({ userId }) => userId)).toEqual(expected);
    } finally {
      database.close();
    }
  });
});
