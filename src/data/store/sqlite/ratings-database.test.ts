/** Opening a database, and refusing one that cannot be used. */

import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { DependencyError, HomeError } from '../../../errors.js';
import { requireNodeFor, requireSqliteVersion } from '../../../storage/sqlite/package.js';
import { importRatings } from '../../import.js';
import { RatingsDatabase } from './ratings-database.js';
import { schemaVersion } from './schema.js';

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
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function alter(sql: string): void {
  const db = new Sqlite(join(home, 'multvae.db'));
  db.exec(sql);
  db.close();
}

describe('RatingsDatabase.write', () => {
  it('takes as many rows as a position can count, and no more', async () => {
    const file = join(home, 'ratings.csv');
    const add = (rows: string) => {
      writeFileSync(file, `userId,movieId\n${rows}`);
      return importRatings(home, file, { append: true });
    };
    await add('u,a\n');
    alter(`UPDATE dataset SET rows_accepted = ${2 ** 31 - 2}`);
    await expect(add('u,b\nu,c\n')).rejects.toThrow(HomeError);
    await expect(add('u,b\nu,c\n')).rejects.toThrow(/cannot take more than 2147483647 rows/);
    await add('u,b\n');
    const database = RatingsDatabase.open(home);
    expect([...database.labelledClicks(null, 1).positions]).toEqual([0, 2 ** 31 - 2]);
    database.close();
  });
});

describe('RatingsDatabase.open', () => {
  it('says how to begin when there is no data set', () => {
    expect(() => RatingsDatabase.open(home)).toThrow(/no data set in .*multvae import sample/);
    writeFileSync(join(home, 'multvae.db'), '');
    expect(() => RatingsDatabase.open(home)).toThrow(HomeError);
    const database = RatingsDatabase.open(home, { create: true });
    expect(database.dataset()).toBeNull();
    expect(database.userRatings('1')).toBeNull();
    expect(database.labelledClicks(null, 1).clicks.rows).toBe(0);
    database.close();
  });

  it('makes the missing parent folders of a home', () => {
    RatingsDatabase.open(join(home, 'a', 'b'), { create: true }).close();
    writeFileSync(join(home, 'file'), '');
    expect(() => RatingsDatabase.open(join(home, 'file'), { create: true })).toThrow(HomeError);
  });

  it('refuses a database of another application, one of a newer schema, and a file that is no database', () => {
    alter('CREATE TABLE notes (text)');
    expect(() => RatingsDatabase.open(home, { create: true })).toThrow(/another application/);
    rmSync(join(home, 'multvae.db'));
    RatingsDatabase.open(home, { create: true }).close();
    alter(`PRAGMA user_version = ${schemaVersion + 1}`);
    expect(() => RatingsDatabase.open(home)).toThrow(
      `schema version ${schemaVersion + 1}, newer than ${schemaVersion}`,
    );
    writeFileSync(join(home, 'multvae.db'), 'this is text, and long enough to be read as a header');
    expect(() => RatingsDatabase.open(home)).toThrow(/is not a SQLite database/);
  });

  it('refuses a folder with the name of the database', () => {
    mkdirSync(join(home, 'multvae.db'));
    expect(() => RatingsDatabase.open(home)).toThrow(HomeError);
  });
});

describe('a home that cannot be written', () => {
  afterEach(() => {
    readOnly.path = '';
  });

  it('is read without writing a file beside the database', () => {
    const database = RatingsDatabase.open(home, { create: true });
    alter("INSERT INTO users VALUES (0, 'someone')");
    database.close();
    readOnly.path = home;
    const copy = RatingsDatabase.open(home);
    expect(copy.userIds(10)).toEqual(['someone']);
    expect(readdirSync(home)).toEqual(['multvae.db']);
    expect(() => copy.write('new')).toThrow(HomeError);
    copy.close();
  });

  it('is refused when the write-ahead log holds changes, or the file is no database', () => {
    RatingsDatabase.open(home, { create: true }).close();
    const writer = new Sqlite(join(home, 'multvae.db'));
    writer.exec("INSERT INTO users VALUES (0, 'someone')");
    readOnly.path = join(home, 'multvae.db');
    expect(() => RatingsDatabase.open(home)).toThrow(/multvae\.db-wal holds changes/);
    writer.close();
    writeFileSync(join(home, 'multvae.db'), 'this is text, and long enough'.repeat(9));
    expect(() => RatingsDatabase.open(home)).toThrow(/is not a SQLite database/);
  });
});

describe('requireSqliteVersion', () => {
  it.each(['3.51.2', '3.46.9', '3.9.10', '2.99.99'])('refuses %s', (version) => {
    expect(() => requireSqliteVersion(version)).toThrow(DependencyError);
  });
  it.each(['3.51.3', '3.53.0', '4.0.0'])('takes %s', (version) => requireSqliteVersion(version));
});

describe('requireNodeFor', () => {
  it('refuses better-sqlite3 13 on Node 20, which it would crash, but not on later versions', () => {
    expect(() => requireNodeFor('13.2.0', 'v20.20.2')).toThrow(/npm install.*with this Node/);
    requireNodeFor('12.11.1', 'v20.20.2');
    requireNodeFor('13.2.0', 'v22.0.0');
    requireNodeFor('13.2.0', 'v100.0.0');
  });
});
