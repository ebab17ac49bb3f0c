/** Homes of older schemas are migrated. */

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../../config/parse.js';
import { HomeError } from '../../../errors.js';
import type { ItemId, UserId } from '../../ids.js';
import { recordBytes } from '../histories/history.js';
import { SqliteFeedbackWriter } from './feedback/feedback-writer.js';
import { RatingsDatabase } from './ratings-database.js';
import { SqliteSearchJournal } from './search-journal.js';

const readOnly = vi.hoisted(() => ({ path: '' }));
// Tests may run as root, whom permissions do not stop.
vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  const accessSync: typeof fs.accessSync = (path, mode) => {
    if (path === readOnly.path) throw new Error(`EACCES: ${path}`);
    fs.accessSync(path, mode);
  };
  return { ...fs, accessSync };
});

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

/** The tables of version 1. */
const version1 = `
CREATE TABLE dataset (
  only INTEGER PRIMARY KEY CHECK (only = 0), name TEXT NOT NULL, data_hash TEXT NOT NULL, users INTEGER NOT NULL,
  items INTEGER NOT NULL, catalogue INTEGER NOT NULL, ratings INTEGER NOT NULL, rows_accepted INTEGER NOT NULL,
  scale_low REAL, scale_high REAL, files TEXT NOT NULL, imported_at TEXT NOT NULL
) STRICT;
CREATE TABLE users (user_index INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE items (
  item_index INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rated INTEGER NOT NULL, title TEXT, year INTEGER,
  genres TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE TABLE histories (user_index INTEGER PRIMARY KEY, ratings BLOB NOT NULL) STRICT;
PRAGMA application_id = ${0x6d766165};
PRAGMA user_version = 1;
`;

/** The tables that version 2 added. */
const version2 = `
CREATE TABLE searches (search INTEGER PRIMARY KEY, settings TEXT NOT NULL UNIQUE, begun_at TEXT NOT NULL) STRICT;
CREATE TABLE trial_results (
  place INTEGER PRIMARY KEY, search INTEGER NOT NULL, trial INTEGER NOT NULL, rung INTEGER NOT NULL,
  config TEXT NOT NULL, score REAL, failure TEXT, duration_s REAL NOT NULL, UNIQUE (search, trial, rung)
) STRICT;
PRAGMA user_version = 2;
`;

/** What versions 3 and 4 changed, with feedback of a new user and of one whose item was imported. */
const version4 = `
CREATE TABLE feedback (
  event INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, user_id TEXT NOT NULL, item_id TEXT NOT NULL, rating REAL,
  timestamp INTEGER, received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX feedback_of_user ON feedback (user_id, event);
CREATE INDEX feedback_of_item ON feedback (item_id, event);
ALTER TABLE items ADD COLUMN ratings INTEGER NOT NULL DEFAULT 0;
ALTER TABLE items DROP COLUMN rated;
CREATE VIEW item_names AS SELECT item_index, coalesce(title, id) AS name FROM items;
CREATE VIRTUAL TABLE item_search USING fts5(
  name, content = 'item_names', content_rowid = 'item_index', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE TABLE ancestors (data_hash TEXT PRIMARY KEY) STRICT;
INSERT INTO feedback VALUES (1, 'k1', 'new', 'c', NULL, 60, 70), (5, 'k5', 'v', 'a', 2, NULL, 80),
  (6, 'k6', 'new', 'c', 5, 90, 95), (7, 'k7', 'v', 'c', NULL, 20, 99);
PRAGMA user_version = 4;
`;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-schema-'));
});
afterEach(() => {
  readOnly.path = '';
  rmSync(home, { recursive: true });
});

/** A home with the users u (items a and b) and v (item a), and an item c without a rating. */
function oldHome(schema: string): void {
  const db = new Sqlite(join(home, 'multvae.db'));
  db.exec(schema);
  db.exec(`INSERT INTO dataset VALUES (0, 'old', 'abcd', 2, 2, 3, 3, 3, 0.5, 5, '["r.csv"]', '2026-01-01T00:00:00Z');
    INSERT INTO users VALUES (0, 'u'), (1, 'v');
    INSERT INTO items VALUES (0, 'a', 1, 'Amélie (2001)', 2001, '["Comedy","Romance"]'),
      (1, 'b', 1, NULL, NULL, '[]'), (2, 'c', 0, 'Casablanca (1942)', 1942, '["Drama"]');`);
  const history = (items: number[]) => {
    const bytes = Buffer.alloc(items.length * recordBytes);
    items.forEach((item, r) => {
      bytes.writeInt32LE(item, r * recordBytes);
      bytes.writeDoubleLE(4, r * recordBytes + 8);
      bytes.writeDoubleLE(Number.NaN, r * recordBytes + 16);
    });
    return bytes;
  };
  const insert = db.prepare('INSERT INTO histories VALUES (?, ?)');
  insert.run(0, history([0, 1]));
  insert.run(1, history([0]));
  db.pragma('journal_mode = WAL');
  db.close();
}

function expectCurrent(database: RatingsDatabase): void {
  expect(database.dataset()).toMatchObject({ name: 'old', dataHash: 'abcd', ratings: 3 });
  expect(database.listItems({ n: 3 }).map(({ itemId, clicks }) => [itemId, clicks])).toEqual([
    ['a', 2],
    ['b', 1],
    ['c', 0],
  ]);
  expect(database.listItems({ query: 'amelie', n: 5 })).toMatchObject([
    {
      itemId: 'a',
      title: 'Amélie (2001)',
      genres: ['Comedy', 'Romance'],
      year: 2001,
      clicks: 2,
    },
  ]);
  expect(database.userRatings('v')).toEqual([{ itemId: 'a', rating: 4 }]);
}

describe('a home of an older version', () => {
  it.each([
    ['1', version1],
    ['2', version1 + version2],
  ])('%s is migrated once, when it is opened', async (_, schema) => {
    oldHome(schema);
    for (let time = 0; time < 2; time++) {
      const database = RatingsDatabase.open(home);
      expectCurrent(database);
      database.close();
    }
    const journal = SqliteSearchJournal.open(home, '{}');
    const config = parseConfig('mult-vae', {});
    await journal.record({ trial: 0, rung: 0, config, score: 0.5, failure: null, durationS: 1 });
    expect(await journal.results()).toHaveLength(1);
    await journal.close();
  });

  it('4 keeps its feedback, which is then counted with the imported ratings', async () => {
    oldHome(version1 + version2);
    const old = new Sqlite(join(home, 'multvae.db'));
    old.exec(version4);
    old.close();
    const database = RatingsDatabase.open(home);
    expect(database.userHistory('new')).toMatchObject([{ itemId: 'c', rating: 5, timestamp: 90 }]);
    expect(database.userHistory('v')).toMatchObject([
      { itemId: 'a', rating: 2, timestamp: 80 },
      { itemId: 'c', rating: null, timestamp: 20 },
    ]);
    expect(['a', 'c'].map((item) => database.item(item)!.clicks)).toEqual([0, 2]);
    database.close();
    const writer = new SqliteFeedbackWriter(home);
    const event = { key: 'k1', userId: 'new' as UserId, itemId: 'c' as ItemId };
    const again = { ...event, rating: null, timestamp: 60 };
    const next = { ...again, key: 'k8', itemId: 'b' as ItemId, timestamp: 0.5 };
    expect(await writer.store([again, next])).toEqual(['repeated', 'stored']);
    writer.close();
    const db = new Sqlite(join(home, 'multvae.db'));
    expect(db.prepare('SELECT event FROM feedback ORDER BY event').pluck().all()).toEqual([
      1, 5, 6, 7, 8,
    ]);
    db.close();
  });

  it('is read unchanged where it cannot be written', () => {
    oldHome(version1 + version2);
    readOnly.path = home;
    const copy = RatingsDatabase.open(home);
    expectCurrent(copy);
    expect(() => copy.write('replace')).toThrow(HomeError);
    copy.close();
    const db = new Sqlite(join(home, 'multvae.db'));
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    db.close();
  });

  it('stays unchanged when the migration fails', () => {
    oldHome(version1 + version2);
    const db = new Sqlite(join(home, 'multvae.db'));
    db.exec('CREATE TABLE item_search (taken TEXT)');
    expect(() => RatingsDatabase.open(home)).toThrow(/item_search/);
    expect(db.pragma('user_version', { simple: true })).toBe(2);
    expect(db.prepare('SELECT rated FROM items').pluck().all()).toEqual([1, 1, 0]);
    db.close();
  });
});
