/** Opens the SQLite database of a home. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { HomeError } from '../../../errors.js';
import { storageError } from '../../../storage/faults.js';
import {
  loadSqlite,
  requireSqliteVersion,
  translateErrors,
} from '../../../storage/sqlite/package.js';
import { makeHomeFolder } from '../../home.js';
import { noDataset, placeAt } from '../place.js';
import { hasSchema, migrateSchema } from './schema.js';

/**
 * Opens `multvae.db` in a home folder, in write-ahead mode, so that readers go on while an import writes.
 * Where the folder cannot be written, it opens a copy of the file in memory.
 *
 * @param options - `create`: make folder, file and tables where they are missing. Default: false
 * @throws DependencyError when better-sqlite3 is absent, does not load or is too old
 * @throws HomeError when there is no database, or it is foreign, newer, damaged or not accessible
 */
export function openDatabase(
  home: string,
  { create = false }: { create?: boolean } = {},
): BetterSqlite3.Database {
  const { Sqlite } = loadSqlite();
  const path = join(home, 'multvae.db');
  if (!create && !existsSync(path)) throw noDataset(placeAt(home));
  if (create) makeHomeFolder(home);
  return translateErrors(path, () => {
    const isCopy = !create && isReadOnly(home, path);
    const db = new Sqlite(isCopy ? wholeFile(path) : path);
    try {
      db.pragma('foreign_keys = OFF');
      requireSqliteVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string);
      if (!hasSchema(db, path) && !create) throw noDataset(placeAt(home));
      migrateSchema(db);
      if (isCopy) {
        db.pragma('query_only = ON');
      } else {
        db.pragma('journal_mode = WAL');
        db.pragma('synchronous = FULL');
        // Rows that move from page to page leave no copies, which a later deletion would not find.
        db.pragma('secure_delete = FAST');
      }
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  });
}

/**
 * Reads every page of a home's database.
 *
 * @throws StorageError when one is damaged, and as `openDatabase`
 */
export function checkPages(home: string): void {
  const db = openDatabase(home);
  try {
    translateErrors(join(home, 'multvae.db'), () => {
      const found = db.pragma('quick_check(1)', { simple: true });
      if (found !== 'ok') throw Object.assign(new Error(String(found)), { code: 'SQLITE_CORRUPT' });
    });
  } finally {
    db.close();
  }
}

/** In write-ahead mode SQLite makes files beside the database even to read it. */
function isReadOnly(home: string, path: string): boolean {
  try {
    for (const place of [home, path]) accessSync(place, constants.W_OK);
    return false;
  } catch {
    return true;
  }
}

/**
 * The bytes of a database file, ready to be opened in memory.
 *
 * @throws HomeError when the file cannot be read, or the write-ahead log holds changes that are not in it yet
 */
function wholeFile(path: string): Buffer {
  const log = `${path}-wal`;
  if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > 0) {
    throw new HomeError(
      `${path} cannot be written, and ${log} holds changes that are not in it yet; run a command such as \`multvae doctor\` once as a user with write permission`,
    );
  }
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (cause) {
    throw storageError(`${path} cannot be read`, cause);
  }
  // Bytes 18 and 19 say that the file has a write-ahead log; a database in memory has none.
  return bytes.length < 100 ? bytes : bytes.fill(1, 18, 20);
}
