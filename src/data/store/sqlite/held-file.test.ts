/** A database file that is removed, replaced or damaged while it is open. */

import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StorageError } from '../../../errors.js';
import type { FeedbackEvent } from '../../feedback.js';
import type { ItemId, UserId } from '../../ids.js';
import { importRatings } from '../../import.js';
import { SqliteFeedbackWriter } from './feedback/feedback-writer.js';
import { RatingsDatabase } from './ratings-database.js';
import { SqliteSearchJournal } from './search-journal.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

let folder: string;
let home: string;
let path: string;
let database: RatingsDatabase;
let writer: SqliteFeedbackWriter;

const csv = 'userId,movieId,rating\nu,a,5\nu,b,2\nv,a,4\n';
const otherCsv = 'userId,movieId,rating\nu,z,3\n';

async function importInto(place: string, text: string): Promise<void> {
  writeFileSync(join(folder, 'plays.csv'), text);
  await importRatings(place, join(folder, 'plays.csv'));
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-held-'));
  home = join(folder, 'home');
  path = join(home, 'multvae.db');
  await importInto(home, csv);
  database = RatingsDatabase.open(home);
  writer = new SqliteFeedbackWriter(home);
});
afterEach(() => {
  vi.restoreAllMocks();
  writer.close();
  database.close();
  rmSync(folder, { recursive: true });
});

function event(key: string, item = 'c'): FeedbackEvent {
  const ids = { userId: 'u' as UserId, itemId: item as ItemId };
  return { key, ...ids, rating: null, timestamp: null };
}

/** A home with other data, whose database takes the place of the open one. */
async function putOtherInPlace(): Promise<void> {
  const other = join(folder, 'other');
  await importInto(other, otherCsv);
  renameSync(join(other, 'multvae.db'), path);
}

/** Lets the next read look at the file again. */
function letSecondPass(): void {
  const now = performance.now();
  vi.spyOn(performance, 'now').mockReturnValue(now + 1001);
}

/** The keys of feedback in a file, as a new process sees them. */
function keysIn(file: string): string[] {
  const db = new Sqlite(file);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  const keys = db.prepare('SELECT key FROM feedback ORDER BY key').pluck().all() as string[];
  db.close();
  return keys;
}

const replaced = expect.objectContaining({ fault: 'replaced' });

describe('a file that another one replaces', () => {
  it('is read anew within a second, with everything that is kept in memory', async () => {
    const before = [database.version(), database.catalogueVersion()];
    expect(database.userRatings('u')!.map(({ itemId }) => itemId)).toEqual(['a', 'b']);
    await putOtherInPlace();
    letSecondPass();
    expect(database.userRatings('u')).toEqual([{ itemId: 'z', rating: 3 }]);
    expect(database.userRatings('v')).toBeNull();
    expect(database.dataset()).toMatchObject({ users: 1, ratings: 1 });
    expect(database.version()).not.toBe(before[0]);
    expect(database.catalogueVersion()).not.toBe(before[1]);
  });

  it('keeps the log of its own that the new file may have', async () => {
    expect(await writer.store([event('old')])).toEqual(['stored']);
    await putOtherInPlace();
    // Another process has the new file open, and its log beside it.
    rmSync(`${path}-wal`);
    rmSync(`${path}-shm`);
    const beside = new Sqlite(path);
    beside.pragma('wal_autocheckpoint = 0');
    beside.exec("INSERT INTO ancestors VALUES ('new')");
    expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(0);
    letSecondPass();
    expect(database.userRatings('u')).toEqual([{ itemId: 'z', rating: 3 }]);
    expect(readFileSync(`${path}-wal`).length).toBeGreaterThan(0);
    expect(database.descendsFrom('new')).toBe(true);
    beside.close();
  });

  it('takes the next write but one: the write that notices is not stored', async () => {
    expect(await writer.store([event('old')])).toEqual(['stored']);
    await putOtherInPlace();
    await expect(writer.store([event('lost')])).rejects.toThrow(/replaced while it was in use/);
    expect(await writer.store([event('new')])).toEqual(['stored']);
    expect(database.userRatings('u')!.map(({ itemId }) => itemId)).toEqual(['z', 'c']);
    writer.close();
    database.close();
    expect(keysIn(path)).toEqual(['new']);
  });

  it('leaves the log of the old file to the old file', async () => {
    await writer.store([event('old')]);
    renameSync(path, join(folder, 'kept.db'));
    await putOtherInPlace();
    expect(() => database.confirm()).toThrow(replaced);
    database.confirm();
    expect(keysIn(join(folder, 'kept.db'))).toEqual(['old']);
    expect(database.dataset()).toMatchObject({ ratings: 1 });
    expect(keysIn(path)).toEqual([]);
  });
});

describe('a file that is removed', () => {
  it('refuses reads and writes until there is one again', async () => {
    await writer.store([event('old')]);
    rmSync(path);
    await expect(writer.store([event('lost')])).rejects.toThrow(/removed while it was in use/);
    expect(existsSync(`${path}-wal`)).toBe(false);
    await expect(writer.store([event('lost')])).rejects.toThrow(/no data set/);
    expect(() => database.userRatings('u')).toThrow(/no data set/);
    await importInto(home, otherCsv);
    expect(await writer.store([event('new')])).toEqual(['stored']);
    expect(database.userRatings('u')!.map(({ itemId }) => itemId)).toEqual(['z', 'c']);
  });

  it('is noticed by reads alone', () => {
    rmSync(path);
    expect(database.userRatings('v')).toHaveLength(1);
    letSecondPass();
    expect(() => database.userRatings('v')).toThrow(/no data set/);
  });
});

describe.each(['-wal', '-shm'])('a %s file that is removed', (ending) => {
  it('costs no stored event', async () => {
    await writer.store([event('1')]);
    rmSync(`${path}${ending}`);
    await expect(writer.store([event('2')])).rejects.toThrow(/write-ahead log, was replaced/);
    expect(await writer.store([event('3')])).toEqual(['stored']);
    // A process that opens the file meanwhile sees the same.
    expect(keysIn(path)).toEqual(['1', '3']);
    writer.close();
    database.close();
    expect(keysIn(path)).toEqual(['1', '3']);
  });
});

describe('work that cannot begin anew', () => {
  it('stops an import whose file was replaced', async () => {
    const importing = RatingsDatabase.open(home);
    const rows = importing.write('append');
    await rows.addItems([{ itemId: 'a' as ItemId, title: 'A', year: null, genres: [] }]);
    await putOtherInPlace();
    const record = { name: 'x', dataHash: '0', scale: null, files: [] };
    await expect(rows.commit({ ...record, dropFeedback: false })).rejects.toThrow(replaced);
    await rows.rollback();
    importing.close();
    letSecondPass();
    expect(database.dataset()).toMatchObject({ users: 1, ratings: 1 });
  });

  it('records no result of a search in a file that is gone', async () => {
    const journal = SqliteSearchJournal.open(home, 'settings');
    await putOtherInPlace();
    const result = {
      trial: 0,
      rung: 0,
      config: {} as never,
      score: 1,
      failure: null,
      durationS: 1,
    };
    await expect(journal.record(result)).rejects.toThrow(replaced);
    await expect(journal.results()).rejects.toThrow(replaced);
    await journal.close();
  });
});

describe('a file with damaged pages', () => {
  /** Overwrites the page of the histories. */
  function damage(): void {
    const db = new Sqlite(path);
    const page = db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'histories'").pluck();
    const at = ((page.get() as number) - 1) * 4096;
    db.close();
    const file = openSync(path, 'r+');
    writeSync(file, Buffer.alloc(4096, 0x5a), 0, 4096, at);
    closeSync(file);
  }

  it('is not confirmed and not written, once a read has met them, until a sound file is there', async () => {
    copyFileSync(path, join(folder, 'copy.db'));
    database.close();
    damage();
    database = RatingsDatabase.open(home);
    expect(() => database.userRatings('u')).toThrow(
      expect.objectContaining({ fault: 'damaged', message: expect.stringMatching(/restore it/) }),
    );
    expect(() => database.confirm()).toThrow(StorageError);
    await expect(writer.store([event('1')])).rejects.toThrow(/is damaged/);
    writeFileSync(path, readFileSync(join(folder, 'copy.db')));
    database.confirm();
    expect(database.userRatings('u')).toHaveLength(2);
    expect(await writer.store([event('1')])).toEqual(['stored']);
  });
});
