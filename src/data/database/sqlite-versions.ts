import { createRequire } from 'node:module';
import type BetterSqlite3 from 'better-sqlite3';
import { keepForever, requireSqliteVersion } from './connection.js';

/**
 * The versions of better-sqlite3 and of the SQLite inside it.
 *
 * @throws DependencyError when that SQLite is too old; what the package throws when it is absent or does not load
 */
export function sqliteVersions(): { betterSqlite3: string; sqlite: string } {
  const require = createRequire(import.meta.url);
  const { version } = require('better-sqlite3/package.json') as { version: string };
  const Sqlite = require('better-sqlite3') as typeof BetterSqlite3;
  const db = new Sqlite(':memory:');
  keepForever(db);
  try {
    const sqlite = db.prepare('SELECT sqlite_version()').pluck().get() as string;
    requireSqliteVersion(sqlite);
    return { betterSqlite3: version, sqlite };
  } finally {
    db.close();
  }
}
