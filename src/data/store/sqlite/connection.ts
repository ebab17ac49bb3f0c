/** Opens the SQLite database of a home. */
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import { DependencyError, HomeError } from '../../../errors.js';
import { shellWord } from '../../../remedies.js';
import { storageError } from '../../../storage/faults.js';
import { makeHomeFolder } from '../../home.js';
import { hasSchema, migrateSchema } from './schema.js';

/** Older versions can corrupt a database when a reader meets a reset of the write-ahead log. */
const minSqliteVersion = '3.51.3';

/** What `loadSqlite` found. */
interface LoadedSqlite {
  readonly Sqlite: typeof BetterSqlite3;
  readonly version: string;
}

/** The addon loads with the first database, which would cost each opening one more. */
let tried: LoadedSqlite | null = null;

/**
 * Loads better-sqlite3 and opens a database in memory, because its addon loads only then. It is an optional dependency:
 * only a program that opens a database needs it.
 *
 * @throws DependencyError when it is absent, does not load, or would crash this Node
 */
export function loadSqlite(): LoadedSqlite {
  tried ??= trySqlite(createRequire(import.meta.url));
  return tried;
}

/**
 * The same, from where `require` looks, and without remembering it.
 *
 * @throws DependencyError as `loadSqlite`
 */
export function trySqlite(require: NodeJS.Require): LoadedSqlite {
  try {
    const { version } = require('better-sqlite3/package.json') as { version: string };
    requireNodeFor(version, process.version);
    const Sqlite = require('better-sqlite3') as typeof BetterSqlite3;
    new Sqlite(':memory:').close();
    return { Sqlite, version };
  } catch (cause) {
    if (cause instanceof DependencyError) throw cause;
    const { code, message } = cause as NodeJS.ErrnoException;
    const noBinary = /Could not locate the bindings file|Cannot find module '[^']*\.node'/;
    const isMissing = noBinary.test(message);
    throw new DependencyError(
      code === 'MODULE_NOT_FOUND' && !isMissing
        ? 'the package better-sqlite3, which stores the ratings, is not installed. Run `npm install better-sqlite3`, and allow its install script.'
        : `the package better-sqlite3, which stores the ratings, does not load: ${isMissing ? 'its binary is missing' : whyNotLoaded(message)}. Run \`npm rebuild better-sqlite3\` with this Node (${process.version}), and allow its install script.`,
      { cause },
    );
  }
}

function whyNotLoaded(message: string): string {
  if (message.includes('NODE_MODULE_VERSION')) {
    return 'its binary was built for another version of Node';
  }
  return message.trim().replaceAll(/\s+/g, ' ').replace(/\.$/, '');
}

/**
 * Checks that a Node (`process.version`) can load a version of better-sqlite3: version 13 crashes Node before 22.
 *
 * @throws DependencyError when it cannot
 */
export function requireNodeFor(version: string, node: string): void {
  if (Number.parseInt(version, 10) >= 13 && Number.parseInt(node.slice(1), 10) < 22) {
    throw new DependencyError(
      `better-sqlite3 ${version} was installed by a newer Node and would crash Node ${node}, which needs better-sqlite3 12; run \`npm install\` again with this Node (in a clone \`npm run setup\`)`,
    );
  }
}

/**
 * Checks that a SQLite version writes safely.
 *
 * @throws DependencyError when it is older than 3.51.3
 */
export function requireSqliteVersion(version: string): void {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number);
  const [a = 0, b = 0, c = 0] = minSqliteVersion.split('.').map(Number);
  if ((major - a || minor - b || patch - c) < 0) {
    throw new DependencyError(
      `better-sqlite3 contains SQLite ${version}, which can corrupt a database in use; SQLite ${minSqliteVersion} or later is needed: run \`npm install better-sqlite3@latest\``,
    );
  }
}

/**
 * The versions of better-sqlite3 and of the SQLite inside it.
 *
 * @throws DependencyError when better-sqlite3 is absent or does not load, or SQLite is too old
 */
export function sqliteVersions(): { betterSqlite3: string; sqlite: string } {
  const { Sqlite, version } = loadSqlite();
  const db = new Sqlite(':memory:');
  try {
    const sqlite = db.prepare('SELECT sqlite_version()').pluck().get() as string;
    requireSqliteVersion(sqlite);
    return { betterSqlite3: version, sqlite };
  } finally {
    db.close();
  }
}

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
  if (!create && !existsSync(path)) throw noDataset(home);
  if (create) makeHomeFolder(home);
  return translateErrors(path, () => {
    const isCopy = !create && isReadOnly(home, path);
    const db = new Sqlite(isCopy ? wholeFile(path) : path);
    try {
      db.pragma('foreign_keys = OFF');
      requireSqliteVersion(db.prepare('SELECT sqlite_version()').pluck().get() as string);
      if (!hasSchema(db, path) && !create) throw noDataset(home);
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

/** The error for a home without a data set. */
export function noDataset(home: string): HomeError {
  return new HomeError(
    `there is no data set in ${home}; import one first, for example \`multvae import sample --home ${shellWord(home)}\``,
  );
}

/**
 * Runs a function that uses the database, and translates the errors of SQLite.
 *
 * @throws StorageError in place of errors that the state of the home folder causes
 */
export function translateErrors<T>(path: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    throw storageError(`${path} cannot be read or written`, error, { path });
  }
}
