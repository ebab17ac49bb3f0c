import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { BusyError, FeedbackError } from '../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../feedback.js';
import { openDatabase, translateErrors } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
import { type DeletedUser, deleteUser } from './user-deletion.js';

/** How long a write waits for another process, such as an import, before it gives up. */
const patienceMs = 1000;
const retryMs = 20;

/** A write that waits for its commit. */
interface Waiting {
  /** Runs inside the transaction, in a savepoint of its own. */
  readonly write: () => unknown;
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
  readonly #db: Database;
  readonly #path: string;
  readonly #table: FeedbackTable;
  #waiting: Waiting[] = [];
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #isClosed = false;

  private constructor(home: string, db: Database) {
    this.#path = join(home, 'multvae.db');
    this.#db = db;
    this.#table = new FeedbackTable(db);
  }

  /** @throws HomeError, DependencyError as `RatingsDatabase.open` */
  static open(home: string): FeedbackWriter {
    const db = openDatabase(home, false);
    db.pragma('busy_timeout = 0');
    // What is deleted is overwritten with zeros.
    db.pragma('secure_delete = ON');
    return new FeedbackWriter(home, db);
  }

  /**
   * Stores the events that are new, all or none; an event that is there already is left as it is.
   *
   * @throws FeedbackError when a key is taken by an event with other content
   */
  store(events: readonly FeedbackEvent[]): Promise<FeedbackStatus[]> {
    return this.#enqueue(() => this.#table.store(events));
  }

  /** Whether there was an event with this key. */
  delete(key: string): Promise<boolean> {
    return this.#enqueue(() => this.#table.delete(key));
  }

  /** Deletes everything stored about a user; null for an unknown one. */
  async deleteUser(userId: string): Promise<DeletedUser | null> {
    const deleted = await this.#enqueue(() => deleteUser(this.#db, userId));
    // The write-ahead log still has the pages as they were; what reads it at this moment delays that.
    if (deleted !== null && !this.#isClosed) this.#db.pragma('wal_checkpoint(TRUNCATE)');
    return deleted;
  }

  /** Commits what waits and closes. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting.length > 0) this.#commit();
    this.#db.close();
  }

  #enqueue<T>(write: () => T): Promise<T> {
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
    const one = this.#db.transaction((write: () => unknown) => write());
    return this.#db
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

function codeOf(error: unknown): string {
  return String((error as { code?: unknown } | undefined)?.code ?? '');
}
