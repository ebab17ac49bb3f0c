import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { BusyError, FeedbackError, HomeError } from '../../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../../feedback.js';
import { openDatabase, translateErrors } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
import { type DeletedUser, deleteUser } from './user-deletion.js';

/** How long a write waits for another process, such as an import, before it gives up. */
const patienceMs = 1000;
const retryMs = 20;

/** A write that waits for its commit. */
interface Waiting {
  /** Runs inside the transaction, in a savepoint of its own. */
  readonly write: (db: Database) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

/**
 * Writes what users do, and forgets it: each promise is kept by the disk when it resolves.
 *
 * Writes that come together are committed together, since a commit waits for the disk and little else. It has
 * a connection of its own, which never waits for a lock: other requests go on meanwhile.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the
 * database cannot be written; nothing is stored then.
 */
export class FeedbackWriter {
  readonly #home: string;
  readonly #path: string;
  #db: Database | null = null;
  #waiting: Waiting[] = [];
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** The home is opened with the first write. */
  constructor(home: string) {
    this.#home = home;
    this.#path = join(home, 'multvae.db');
  }

  /**
   * Stores the events that are new, all or none; an event that is there already is left as it is.
   *
   * @throws FeedbackError when a key is taken by an event with other content
   */
  store(events: readonly FeedbackEvent[]): Promise<FeedbackStatus[]> {
    return this.#enqueue((db) => new FeedbackTable(db).store(events));
  }

  /** Whether there was an event with this key. */
  delete(key: string): Promise<boolean> {
    return this.#enqueue((db) => new FeedbackTable(db).delete(key));
  }

  /** Deletes everything stored about a user; null for an unknown one. */
  async deleteUser(userId: string): Promise<DeletedUser | null> {
    const deleted = await this.#enqueue((db) => deleteUser(db, userId));
    // The write-ahead log still has the pages as they were; what reads it at this moment delays that.
    if (deleted !== null && !this.#isClosed) this.#db?.pragma('wal_checkpoint(TRUNCATE)');
    return deleted;
  }

  /** Commits what waits and closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting.length > 0) this.#commit();
    this.#db?.close();
  }

  #enqueue<T>(write: (db: Database) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject, since: performance.now() });
      // After the requests that this turn of the event loop has read.
      if (this.#later === undefined) this.#soon ??= setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#soon = undefined;
    this.#later = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    try {
      const answers = translateErrors(this.#path, () => this.#writeAll(group));
      for (const answer of answers) answer();
    } catch (error) {
      this.#postpone(group, error);
    }
  }

  /** Everything in one transaction; the answers are given after its commit. */
  #writeAll(group: readonly Waiting[]): (() => void)[] {
    this.#db ??= openForWriting(this.#home);
    const db = this.#db;
    const one = db.transaction((write: Waiting['write']) => write(db));
    return db
      .transaction(() =>
        group.map(({ write, resolve, reject }) => {
          try {
            const result = one(write) as never;
            return () => resolve(result);
          } catch (error) {
            if (!(error instanceof FeedbackError)) throw error;
            return () => reject(error);
          }
        }),
      )
      .immediate();
  }

  /** Where another process writes, the group is tried again, but for those who have waited long enough. */
  #postpone(group: readonly Waiting[], error: unknown): void {
    const isBusy = codeOf((error as Error).cause).startsWith('SQLITE_BUSY');
    const now = performance.now();
    for (const waiting of group) {
      if (!isBusy) waiting.reject(error);
      else if (now - waiting.since < patienceMs && !this.#isClosed) this.#waiting.push(waiting);
      else {
        waiting.reject(
          new BusyError('the database is being written by another process; try again later', {
            cause: error,
          }),
        );
      }
    }
    if (this.#waiting.length > 0) this.#later = setTimeout(() => this.#commit(), retryMs);
  }
}

/** @throws HomeError, as it does where what would be opened is a copy of what cannot be written */
function openForWriting(home: string): Database {
  const db = openDatabase(home);
  if (db.memory) {
    db.close();
    throw new HomeError(`${home} cannot be written; check the permissions of the folder`);
  }
  db.pragma('busy_timeout = 0');
  // What is deleted is overwritten with zeros.
  db.pragma('secure_delete = ON');
  return db;
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
