import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DependencyError, HomeError } from '../../errors.js';
import { keepForever, requireSqliteVersion } from './connection.js';
import { RatingsDatabase } from './ratings-database.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;
let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

function alter(sql: string): void {
  const db = new Sqlite(join(home, 'multvae.db'));
  keepForever(db);
  db.exec(sql);
  db.close();
}

describe('RatingsDatabase.open', () => {
  it('says how to begin where there is no data set', () => {
    expect(() => RatingsDatabase.open(home)).toThrow(/no data set in .*multvae import sample/);
    writeFileSync(join(home, 'multvae.db'), '');
    expect(() => RatingsDatabase.open(home)).toThrow(HomeError);
    const database = RatingsDatabase.open(home, { create: true });
    expect(database.dataset()).toBeNull();
    expect(database.userRatings('1')).toBeNull();
    expect(database.labelledClicks(null, 1).clicks.rows).toBe(0);
    database.close();
  });

  it('makes the folders down to the home', () => {
    RatingsDatabase.open(join(home, 'a', 'b'), { create: true }).close();
    writeFileSync(join(home, 'file'), '');
    expect(() => RatingsDatabase.open(join(home, 'file'), { create: true })).toThrow(HomeError);
  });

  it('refuses a database of another application, of a newer schema, and what is none', () => {
    alter('CREATE TABLE notes (text)');
    expect(() => RatingsDatabase.open(home, { create: true })).toThrow(/another application/);
    rmSync(join(home, 'multvae.db'));
    RatingsDatabase.open(home, { create: true }).close();
    alter('PRAGMA user_version = 3');
    expect(() => RatingsDatabase.open(home)).toThrow(/schema version 3, newer than 2/);
    writeFileSync(join(home, 'multvae.db'), 'this is text, and long enough to be read as a header');
    expect(() => RatingsDatabase.open(home)).toThrow(/is no SQLite database/);
  });

  it('refuses a folder in the database’s place', () => {
    mkdirSync(join(home, 'multvae.db'));
    expect(() => RatingsDatabase.open(home)).toThrow(HomeError);
  });
});

describe('requireSqliteVersion', () => {
  it.each(['3.51.2', '3.46.9', '3.9.10', '2.99.99'])('refuses %s', (version) => {
    expect(() => requireSqliteVersion(version)).toThrow(DependencyError);
  });
  it.each(['3.51.3', '3.53.0', '4.0.0'])('takes %s', (version) => requireSqliteVersion(version));
});
