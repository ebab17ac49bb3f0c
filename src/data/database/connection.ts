import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { DependencyError, HomeError } from '../../errors.js';
import { makeHomeFolder } from '../home.js';
import { createSchema, hasSchema, migrateSchema } from './schema.js';

/** Older versions can corrupt a database when a reader meets a reset of the write-ahead log. */
const oldestSqlite = '3.51.3';

/**
 * Every connection of this process, closed ones too. Node 24 aborts when the garbage collector frees one
 * (better-sqlite3 12 then removes a hook from an environment that is not there), so none is ever collected.
 */
const connections = new Set<BetterSqlite3.Database>();

/** Keeps a connection from being collected; see `connections`. */
export function keepForever(connection: BetterSqlite3.Database): void {
  connections.add(connection);
}

/** better-sqlite3 is an optional dependency: only who opens a database needs it. */
function loadSqlite(): typeof BetterSqlite3 {
  try {
    return createRequire(import.meta.url)('better-sqlite3');
  } catch (cause) {
    const reason = (cause as Error).message.split('\n')[0];
    throw new DependencyError(
      `the package better-sqlite3, which stores the ratings, is not installed (${reason}); run \`npm install better-sqlite3\` and allow its install script`,
      { cause },
    );
  }
}

/**
 * Whether a SQLite version is one that this package may write with.
 *
 * @throws DependencyError when it is older than 3.51.3
 */
export function requireSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [a = 0, b = 0, c = 0] = oldestSqlite.split('.').map(Number);
  if ((major - a || minor - b || patch - c) < 0) {
    throw new DependencyError(
      `better-sqlite3 brings SQLite ${version}, which can corrupt a database in use; ${oldestSqlite} or later is needed: run \`npm install better-sqlite3@latest\``,
    );
  }
}

/**
 * Opens `multvae.db` in a home folder, in write-ahead mode, so that readers go on while an import writes.
 *
 * @param create - make folder, file and tables where they are missing
 * @throws DependencyError when better-sqlite3 is absent, does not load or is too old
 * @throws HomeError when there is no database, or it is foreign, newer, damaged or not accessible
 */
export function openDatabase(home: string, create: boolean): BetterSqlite3.Database {
  const Sqlite = loadSqlite();
  const path = join(home, 'multvae.db');
  if (!create && !existsSync(path)) throw noDataset(home);
  if (create) makeHomeFolder(home);
  return translateErrors(path, () => {
    const db = new Sqlite(path);
    keepForever(db);
    try {
      db.pragma('foreign_keys = OFF');
      requireSqliteVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string);
      if (!hasSchema(db, path)) {
        if (!create) throw noDataset(home);
        createSchema(db, path);
      }
      migrateSchema(db);
      db.pragma('journal_mode = WAL');
      db.pragma('synchronous = FULL');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/** The error of a home without a data set. */
export function noDataset(home: string): HomeError {
  return new HomeError(
    `there is no data set in ${home}; import one first, for example \`multvae import sample --home ${home}\``,
  );
}

const sqliteFaults: Readonly<Record<string, string>> = {
  SQLITE_NOTADB: 'is no SQLite database; choose another folder with --home',
  SQLITE_CORRUPT: 'is damaged; delete it and import again',
  SQLITE_BUSY: 'is being written by another process; wait for it to finish and try again',
  SQLITE_FULL: 'cannot grow: the disk is full',
  SQLITE_READONLY: 'cannot be written; check the permissions of its folder',
  SQLITE_CANTOPEN: 'cannot be opened; check the permissions of its folder',
  SQLITE_PERM: 'cannot be opened; check the permissions of its folder',
  SQLITE_IOERR: 'cannot be read or written; check the disk',
};

/**
 * Runs something that uses the database; what SQLite refuses becomes a sentence.
 *
 * @throws HomeError in place of errors that the state of the home folder causes
 */
export function translateErrors<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string') throw error;
    const fault = Object.entries(sqliteFaults).find(([known]) => code.startsWith(known));
    throw fault ? new HomeError(`${path} ${fault[1]}`, { cause: error }) : error;
  }
}
