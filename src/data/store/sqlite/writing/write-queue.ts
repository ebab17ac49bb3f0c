/** Writes to the database of a home while it is served: a queue whose writes share commits. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { BusyError, HomeError, MultvaeError } from '../../../../errors.js';
import { storageFault } from '../../../../storage/faults.js';
import { openDatabase } from '../connection.js';
import { HeldFile } from '../held-file.js';

/** A write fails after it has waited this long for another process, such as an import. */
export const patienceMs = 1000;
export const retryMs = 20;

/** A write that waits for its commit. */
interface Waiting {
  /** Runs inside the transaction, in a savepoint of its own. */
  readonly write: (db: Database) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

/**
 * A queue of writes with a connection of its own. When a write's promise resolves, the disk has the change, in the file
 * that is there then.
 *
 * Writes of one turn of the event loop share a commit, because a commit spends nearly all its time on the disk. The
 * connection never blocks on a lock, so other requests continue meanwhile.
 */
export class WriteQueue {
  readonly #home: string;
  readonly #file: HeldFile;
  #connection: { readonly db: Database; readonly close: () => void } | null = null;
  #waiting: Waiting[] = [];
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Opens nothing yet: the first write opens the home. */
  constructor(home: string) {
    this.#home = home;
    this.#file = HeldFile.at(join(home, 'multvae.db'));
  }

  get path(): string {
    return this.#file.path;
  }

  /** Opened with the first use, and anew after the file was lost. @throws HomeError when it cannot be written */
  connection(): Database {
    const lost = () => {
      this.#connection = null;
    };
    this.#connection ??= this.#file.connect(() => openForWriting(this.#home), lost);
    return this.#connection.db;
  }

  /**
   * Runs a write in a transaction, and gives its result after the commit.
   *
   * @param write - may run again after a failed commit; an error of this package that it throws rejects it alone
   * @throws BusyError when another process writes for longer than a second
   * @throws HomeError when the database cannot be written, or the queue is closed; nothing is stored then
   */
  add<T>(write: (db: Database) => T): Promise<T> {
    if (this.#isClosed) {
      return Promise.reject(new HomeError(`the home ${this.#home} is closed`));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject, since: performance.now() });
      // Runs after the other requests of this turn of the event loop.
      if (this.#later === undefined) this.#soon ??= setImmediate(() => this.#commit());
    });
  }

  /** Commits the waiting writes; those that another process is in the way of fail. The connection stays open. */
  finish(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting.length > 0) this.#commit();
  }

  /** Commits the waiting writes and closes the connection. */
  close(): void {
    this.finish();
    this.#connection?.close();
    this.#connection = null;
  }

  #commit(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#later);
    this.#soon = undefined;
    this.#later = undefined;
    const group = this.#waiting;
    this.#waiting = [];
    try {
      this.#file.confirm();
      const answers = this.#file.use(() => this.#writeAll(group));
      for (const answer of answers) answer();
    } catch (error) {
      this.#postpone(group, error);
    }
  }

  /** Runs all writes in one transaction. The returned functions resolve or reject them; call those after it. */
  #writeAll(group: readonly Waiting[]): (() => void)[] {
    const db = this.connection();
    const one = db.transaction((write: Waiting['write']) => write(db));
    return db
      .transaction(() =>
        group.map(({ write, resolve, reject }) => {
          try {
            const result = one(write) as never;
            return () => resolve(result);
          } catch (error) {
            // SQLite's errors are not of this package; they concern the whole transaction.
            if (!(error instanceof MultvaeError)) throw error;
            return () => reject(error);
          }
        }),
      )
      .immediate();
  }

  /** Retries the group while another process writes. Rejects the writes that have waited too long. */
  #postpone(group: readonly Waiting[], error: unknown): void {
    const isBusy = storageFault(error) === 'busy';
    const now = performance.now();
    for (const waiting of group) {
      if (!isBusy) waiting.reject(error);
      else if (now - waiting.since < patienceMs && !this.#isClosed) this.#waiting.push(waiting);
      else {
        waiting.reject(busyError(error));
      }
    }
    if (this.#waiting.length > 0) this.#later = setTimeout(() => this.#commit(), retryMs);
  }
}

/** The error after a wait in vain. */
export function busyError(cause: unknown): BusyError {
  return new BusyError('the database is being written by another process; try again later', {
    cause,
  });
}

/** @throws HomeError when the home cannot be opened, or cannot be written: `openDatabase` then gives a copy */
export function openForWriting(home: string): Database {
  const db = openDatabase(home);
  if (db.memory) {
    db.close();
    throw new HomeError(`${home} cannot be written; check the permissions of the folder`);
  }
  db.pragma('busy_timeout = 0');
  // SQLite overwrites deleted rows with zeros.
  db.pragma('secure_delete = ON');
  return db;
}
