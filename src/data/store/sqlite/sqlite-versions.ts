/** Reads the versions of SQLite for `multvae doctor`. */
import { loadSqlite, requireSqliteVersion } from './connection.js';

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
