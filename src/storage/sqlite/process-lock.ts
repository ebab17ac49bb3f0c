/** A lock on a file that the operating system releases when its process ends, however it ends. */
import { existsSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import { loadSqlite, translateErrors } from './package.js';

/** A look at a lock holds it for less than a millisecond; whoever wants it meanwhile tries again. */
const lookMs = 250;

/** The open databases of all locks: one that nobody refers to would be closed by the garbage collector, and released. */
const held = new Set<Database>();

/**
 * An exclusive lock: a transaction on an empty SQLite file that is never written. Processes of several containers on one
 * volume exclude each other too.
 *
 * No other code of the process may open the file: closing it would release the lock.
 */
export class ProcessLock {
  readonly #db: Database;

  private constructor(db: Database) {
    this.#db = db;
    held.add(db);
  }

  /**
   * Takes the lock, and makes its file where it is missing. Blocks the thread while it waits.
   *
   * @param waitMs - how long to wait for another holder
   * @returns null when another process, or another part of this one, still holds it
   * @throws HomeError when the file cannot be made or locked
   */
  static take(path: string, waitMs = lookMs): ProcessLock | null {
    const { Sqlite } = loadSqlite();
    return translateErrors(path, () => {
      const db = new Sqlite(path, { timeout: waitMs });
      try {
        db.pragma('journal_mode = MEMORY');
        db.exec('BEGIN EXCLUSIVE');
        return new ProcessLock(db);
      } catch (error) {
        db.close();
        if (isBusy(error)) return null;
        throw error;
      }
    });
  }

  /**
   * Whether somebody holds the lock: another process, or a part of this one. It needs no permission to write.
   *
   * @throws HomeError when the file cannot be read
   */
  static isHeld(path: string): boolean {
    if (!existsSync(path)) return false;
    const { Sqlite } = loadSqlite();
    return translateErrors(path, () => {
      const db = new Sqlite(path, { readonly: true, timeout: 0 });
      try {
        db.prepare('SELECT count(*) FROM sqlite_schema').get();
        return false;
      } catch (error) {
        if (isBusy(error)) return true;
        throw error;
      } finally {
        db.close();
      }
    });
  }

  release(): void {
    held.delete(this.#db);
    this.#db.close();
  }
}

function isBusy(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
}
