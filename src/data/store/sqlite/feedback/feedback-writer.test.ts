/** The table of feedback: idempotent writes and deletion. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusyError, FeedbackError } from '../../../../errors.js';
import type { FeedbackEvent } from '../../../feedback.js';
import type { ItemId, UserId } from '../../../ids.js';
import { importRatings } from '../../../import.js';
import { RatingsDatabase } from '../ratings-database.js';
import { SqliteFeedbackWriter } from './feedback-writer.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

let folder: string;
let home: string;
let database: RatingsDatabase;
let writer: SqliteFeedbackWriter;

const csv = 'userId,movieId,rating,timestamp\nu,a,5,10\nu,b,2,30\nv,a,4,20\nw,c,1,40\n';

async function importCsv(text: string, name = 'plays.csv', how = {}): Promise<void> {
  writeFileSync(join(folder, name), text);
  await importRatings(home, join(folder, name), how);
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-feedback-'));
  home = join(folder, 'home');
  await importCsv(csv);
  database = RatingsDatabase.open(home);
  writer = new SqliteFeedbackWriter(home);
});
afterEach(() => {
  writer.close();
  database.close();
  rmSync(folder, { recursive: true });
});

function event(
  key: string,
  user: string,
  item: string,
  { rating = null, timestamp = null }: Partial<Pick<FeedbackEvent, 'rating' | 'timestamp'>> = {},
): FeedbackEvent {
  return { key, userId: user as UserId, itemId: item as ItemId, rating, timestamp };
}

/** The keys that a fresh connection reads. */
function storedKeys(): string[] {
  const db = new Sqlite(join(home, 'multvae.db'), { readonly: true });
  const keys = db.prepare('SELECT key FROM feedback ORDER BY key').pluck().all() as string[];
  db.close();
  return keys;
}

describe('store', () => {
  it('stores an event once, however often it is sent', async () => {
    expect(await writer.store([event('k', 'u', 'z', { rating: 4, timestamp: 50 })])).toEqual([
      'stored',
    ]);
    expect(
      await writer.store([
        event('k', 'u', 'z', { rating: 4, timestamp: 50 }),
        event('l', 'u', 'y'),
      ]),
    ).toEqual(['repeated', 'stored']);
    expect(await writer.store([event('m', 'u', 'y'), event('m', 'u', 'y')])).toEqual([
      'stored',
      'repeated',
    ]);
    expect(storedKeys()).toEqual(['k', 'l', 'm']);
  });

  it.each([
    ['user', event('k', 'v', 'z', { rating: 4, timestamp: 50 })],
    ['item', event('k', 'u', 'y', { rating: 4, timestamp: 50 })],
    ['rating', event('k', 'u', 'z', { rating: null, timestamp: 50 })],
    ['timestamp', event('k', 'u', 'z', { rating: 4, timestamp: 51 })],
  ])('refuses a key with another %s, and only the events of that request', async (_, other) => {
    await writer.store([event('k', 'u', 'z', { rating: 4, timestamp: 50 })]);
    const refused = writer.store([event('new', 'u', 'y'), other]);
    const alongside = writer.store([event('beside', 'u', 'y')]);
    await expect(refused).rejects.toThrow(FeedbackError);
    await expect(refused).rejects.toThrow(/key "k" belongs to another event/);
    expect(await alongside).toEqual(['stored']);
    expect(storedKeys()).toEqual(['beside', 'k']);
  });

  it('keeps fractions of a second, and times before 1970', async () => {
    const times = [1_764_080_000.25, -86_400.5];
    const events = times.map((timestamp, k) => event(String(k), 'new', `i${k}`, { timestamp }));
    await writer.store(events);
    expect(database.userHistory('new')!.map(({ timestamp }) => timestamp)).toEqual(times);
    expect(await writer.store(events)).toEqual(['repeated', 'repeated']);
  });

  it('is in the next answer, in the place of the imported rating', async () => {
    await writer.store([
      event('1', 'u', 'a', { rating: 1, timestamp: 60 }),
      event('2', 'u', 'z', { rating: null, timestamp: 50 }),
      event('3', 'u', 'z', { rating: 3, timestamp: 70 }),
      event('4', 'new', 'c'),
    ]);
    expect(database.userRatings('u')).toEqual([
      { itemId: 'a', rating: 1 },
      { itemId: 'b', rating: 2 },
      { itemId: 'z', rating: 3 },
    ]);
    const none = { title: null, genres: [], year: null };
    expect(database.userHistory('u')).toEqual([
      { itemId: 'z', ...none, rating: 3, timestamp: 70, source: 'feedback' },
      { itemId: 'a', ...none, rating: 1, timestamp: 60, source: 'feedback' },
      { itemId: 'b', ...none, rating: 2, timestamp: 30, source: 'import' },
    ]);
    expect(database.userRatings('new')).toEqual([{ itemId: 'c', rating: null }]);
    expect(database.userHistory('nobody')).toBeNull();
    expect(database.item('z')).toMatchObject({ itemId: 'z', ...none, clicks: 1 });
    expect(database.item('c')).toMatchObject({ itemId: 'c', ...none, clicks: 2 });
    const users = await database.itemUsers('a', 9);
    expect(users).toEqual([
      { userId: 'u', rating: 1, timestamp: 60, clicks: 3 },
      { userId: 'v', rating: 4, timestamp: 20, clicks: 1 },
    ]);
    expect(await database.itemUsers('z', 9)).toEqual([
      { userId: 'u', rating: 3, timestamp: 70, clicks: 3 },
    ]);
    expect((await database.itemUsers('c', 1)).map(({ userId }) => userId)).toEqual(['new']);
    expect(database.searchUsers('', 9)).toEqual([
      { userId: 'u', ratings: 3 },
      { userId: 'v', ratings: 1 },
      { userId: 'w', ratings: 1 },
      { userId: 'new', ratings: 1 },
    ]);
    expect(database.searchUsers('ne', 9)).toEqual([{ userId: 'new', ratings: 1 }]);
  });

  it('takes no click away by a rating where the data have none', async () => {
    await importCsv('userId,movieId\nu,a\nu,b\n', 'plays.csv', { replace: true });
    await writer.store([
      event('1', 'u', 'a', { rating: 1 }),
      event('2', 'u', 'c'),
      event('3', 'u', 'c', { rating: 1 }),
      event('4', 'u', 'd', { rating: 1 }),
    ]);
    const expected = [
      { itemId: 'a', rating: null },
      { itemId: 'b', rating: null },
      { itemId: 'c', rating: null },
      { itemId: 'd', rating: 1 },
    ];
    expect(database.userRatings('u')).toEqual(expected);
    expect(database.feedback().map(({ itemId, rating }) => [itemId, rating])).toEqual([
      ['a', 1],
      ['c', null],
      ['d', 1],
    ]);
    expect(await database.itemUsers('a', 9)).toMatchObject([{ userId: 'u', rating: null }]);
  });

  it('changes neither the hash of the data, nor its counts, nor a split', async () => {
    const before = [database.dataset(), database.labelledClicks(null, 1)];
    await writer.store([event('1', 'u', 'c'), event('2', 'new', 'new')]);
    expect([database.dataset(), database.labelledClicks(null, 1)]).toEqual(before);
    await importCsv('userId,movieId,rating\nnew,new,4\n', 'more.csv', { append: true });
    expect(database.dataset()).toMatchObject({ users: 4, items: 4, ratings: 5 });
    expect(['c', 'new'].map((item) => database.item(item)!.clicks)).toEqual([2, 1]);
  });

  it('survives every import, also of other data, unless it is told to go', async () => {
    await writer.store([event('1', 'u', 'a'), event('2', 'u', 'gone'), event('3', 'new', 'a')]);
    writeFileSync(join(folder, 'others.csv'), 'userId,movieId\nx,a\nx,y\n');
    const others = join(folder, 'others.csv');
    const replaced = await importRatings(home, others, { replace: true });
    expect(replaced).toMatchObject({
      droppedFeedback: 0,
      understood: { feedback: { kept: 3, onKnownItems: 2 } },
    });
    expect(storedKeys()).toEqual(['1', '2', '3']);
    expect(database.userRatings('u')).toEqual([
      { itemId: 'a', rating: null },
      { itemId: 'gone', rating: null },
    ]);
    expect(database.userRatings('x')).toHaveLength(2);
    expect(database.item('gone')).toMatchObject({ itemId: 'gone', clicks: 1 });
    expect((await database.itemUsers('a', 9)).map(({ userId }) => userId).sort()).toEqual([
      'new',
      'u',
      'x',
    ]);
    const dropped = await importRatings(home, others, { append: true, dropFeedback: true });
    expect(dropped).toMatchObject({
      droppedFeedback: 3,
      understood: { feedback: { kept: 0, onKnownItems: 0 } },
    });
    expect(storedKeys()).toEqual([]);
    expect(database.userRatings('u')).toBeNull();
  });

  it('with ratings does not meet data of another scale', async () => {
    await writer.store([event('1', 'u', 'a', { rating: 5 }), event('2', 'u', 'b')]);
    const path = join(folder, 'ten.csv');
    writeFileSync(path, 'userId,movieId,rating\nx,a,9\n');
    const ten = { replace: true, scale: { low: 0, high: 10 } };
    const message =
      /keeps 1 feedback events with ratings from 0\.5 to 5, and those of .*ten\.csv are from 0 to 10\. Add --drop-feedback/;
    await expect(importRatings(home, path, ten)).rejects.toThrow(message);
    const clicks = { replace: true, columns: { rating: null } };
    await expect(importRatings(home, path, clicks)).rejects.toThrow(/ten\.csv has no ratings\./);
    expect(database.dataset()).toMatchObject({ name: 'plays', scale: { low: 0.5, high: 5 } });
    const same = importRatings(home, path, { replace: true, scale: { low: 1, high: 5 } });
    await expect(same).rejects.toThrow(/value "9": a rating must be from 1 to 5/);
    expect(await importRatings(home, path, { ...ten, dropFeedback: true })).toMatchObject({
      droppedFeedback: 2,
    });
    await writer.store([event('3', 'x', 'a')]);
    expect(await importRatings(home, path, clicks)).toMatchObject({ droppedFeedback: 0 });
  });
});

describe('delete', () => {
  it('deletes one event, and then accepts its key again', async () => {
    await writer.store([event('1', 'u', 'a', { rating: 1 }), event('2', 'u', 'b', { rating: 5 })]);
    expect(await writer.delete('1')).toBe(true);
    expect(await writer.delete('1')).toBe(false);
    expect(database.userRatings('u')).toEqual([
      { itemId: 'a', rating: 5 },
      { itemId: 'b', rating: 5 },
    ]);
    expect(await writer.store([event('1', 'v', 'z')])).toEqual(['stored']);
  });
});

describe('deleteUser', () => {
  it('deletes the ratings and feedback of one user alone', async () => {
    await writer.store([event('1', 'u', 'z'), event('2', 'v', 'z'), event('3', 'only', 'z')]);
    const { dataHash } = database.dataset()!;
    expect(await writer.deleteUser('u')).toEqual({ ratings: 2, feedback: 1 });
    expect(await writer.deleteUser('u')).toBeNull();
    expect(database.userRatings('u')).toBeNull();
    expect(database.dataset()).toMatchObject({ users: 2, items: 2, catalogue: 3, ratings: 2 });
    expect(database.dataset()!.dataHash).not.toBe(dataHash);
    expect(database.userRatings('v')).toEqual([
      { itemId: 'a', rating: 4 },
      { itemId: 'z', rating: null },
    ]);
    expect(database.userRatings('w')).toEqual([{ itemId: 'c', rating: 1 }]);
    const { userIds, itemIds, clicks } = database.labelledClicks(null, 1);
    expect([userIds, itemIds]).toEqual([
      ['v', 'w'],
      ['a', 'b', 'c'],
    ]);
    expect([[...clicks.row(0)], [...clicks.row(1)]]).toEqual([[0], [2]]);
    expect(database.item('b')?.clicks).toBe(0);
    expect(await writer.deleteUser('only')).toEqual({ ratings: 0, feedback: 1 });
    expect(await writer.deleteUser('w')).toEqual({ ratings: 1, feedback: 0 });
    // The indices have no gap, so appended rows find their users.
    await importCsv('userId,movieId,rating\nx,b,4\nv,b,3\n', 'more.csv', { append: true });
    expect(database.userRatings('x')).toEqual([{ itemId: 'b', rating: 4 }]);
    expect(database.userRatings('v')!.map(({ itemId }) => itemId)).toEqual(['a', 'b', 'z']);
  });

  it('leads to the same hash of the data after the same deletions', async () => {
    await writer.deleteUser('u');
    const { dataHash } = database.dataset()!;
    await importCsv(csv, 'plays.csv', { replace: true });
    expect(database.dataset()!.dataHash).not.toBe(dataHash);
    await writer.deleteUser('u');
    expect(database.dataset()!.dataHash).toBe(dataHash);
  });

  it('leaves no trace of the user in the files', async () => {
    const person = 'person-whose-id-is-long-enough-to-be-found';
    await writer.store([event('their-very-own-key', person, 'z')]);
    const path = join(home, 'multvae.db');
    const files = () => Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
    expect(files().includes(person)).toBe(true);
    await writer.deleteUser(person);
    expect(files().includes(person)).toBe(false);
    expect(files().includes('their-very-own-key')).toBe(false);
  });
});

describe('while another process writes', () => {
  it('waits for a short write and gives up on a long one', async () => {
    const other = new Sqlite(join(home, 'multvae.db'));
    other.exec('BEGIN IMMEDIATE');
    const waiting = writer.store([event('1', 'u', 'z')]);
    await new Promise((done) => setImmediate(() => setImmediate(done)));
    other.exec('COMMIT');
    expect(await waiting).toEqual(['stored']);
    other.exec('BEGIN IMMEDIATE');
    // One that waited on would end with the time of the test.
    await expect(writer.store([event('2', 'u', 'z')])).rejects.toThrow(BusyError);
    other.exec('COMMIT');
    other.close();
    expect(storedKeys()).toEqual(['1']);
  });

  it('stores waiting events when it is closed', async () => {
    const last = writer.store([event('1', 'u', 'z')]);
    writer.close();
    expect(await last).toEqual(['stored']);
    expect(storedKeys()).toEqual(['1']);
  });

  it('rejects the whole group when the disk refuses the commit, and then continues', async () => {
    const db = new Sqlite(join(home, 'multvae.db'));
    db.exec(
      "CREATE TRIGGER no BEFORE INSERT ON feedback WHEN new.key = 'bad' BEGIN SELECT RAISE(FAIL, 'no'); END",
    );
    const both = [writer.store([event('1', 'u', 'z')]), writer.store([event('bad', 'u', 'z')])];
    for (const write of both) await expect(write).rejects.toThrow('no');
    expect(storedKeys()).toEqual([]);
    db.exec('DROP TRIGGER no');
    db.close();
    expect(await writer.store([event('1', 'u', 'z')])).toEqual(['stored']);
  });
});
