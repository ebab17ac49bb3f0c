/** Loads the package better-sqlite3, and says what its errors mean. */
import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { DependencyError } from '../../errors.js';
import { storageError } from '../faults.js';

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
