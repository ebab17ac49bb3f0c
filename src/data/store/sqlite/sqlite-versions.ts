import { loadSqlite, requireSqliteVersion } from './connection.js';

/**
 * The versions of better-sqlite3 and of the SQLite inside it.
 *
 * @throws DependencyError when either does not do here
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
