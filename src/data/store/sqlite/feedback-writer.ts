/** Writes feedback while the server runs. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { BusyError, FeedbackError, HomeError, MultvaeError } from '../../../errors.js';
import { storageFault } from '../../../storage/faults.js';
import type { FeedbackEvent, FeedbackStatus } from '../../feedback.js';
import { openDatabase } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
import { emptyLog, HeldFile } from './held-file.js';
import { type DeletedUser, deleteUser } from './user-deletion.js';

/** A write fails after it has waited this long for another process, such as an import. */
const patienceMs = 1000;
const retryMs = 20;
/** How soon the write-ahead log is emptied again, when a reader was in the way. */
const emptyingMs = 500;

/** A write that waits for its commit. */
interface Waiting {
  /** Runs inside the transaction, in a savepoint of its own. */
  readonly write: (db: Database) => unknown;
  readonly resolve: (result: never) => void;
  readonly reject: (error: unknown) => void;
  readonly since: number;
}

/**
 * Stores and deletes feedback. When a promise resolves, the disk has the change, in the file that is there then.
 *
 * Writes of one turn of the event loop share a commit, because a commit spends nearly all its time on the disk. The
 * writer has its own connection, which never blocks on a lock, so other requests continue meanwhile.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the
 * database cannot be written. Nothing is stored then.
 */
export class FeedbackWriter {
  readonly #home: string;
  readonly #file: HeldFile;
  #connection: { readonly db: Database; readonly close: () => void } | null = null;
  #waiting: Waiting[] = [];
  #soon: NodeJS.Immediate | undefined;
  #later: NodeJS.Timeout | undefined;
  #emptying: NodeJS.Timeout | undefined;
  #deletionsInLog = 0;
  #isClosed = false;

  /** Opens nothing yet: the first write opens the home. */
  constructor(home: string) {
    this.#home = home;
    this.#file = HeldFile.at(join(home, 'multvae.db'));
  }

  /**
   * Stores the events that are new, all or none. An event that is stored already stays as it is.
   *
   * @throws FeedbackError when a key is taken by an event with other content
   */
  store(events: readonly FeedbackEvent[]): Promise<FeedbackStatus[]> {
    return this.#enqueue((db) => new FeedbackTable(db).store(events));
  }

  /** Deletes the event with a key. Gives whether there was one. */
  async delete(key: string): Promise<boolean> {
    const isDeleted = await this.#enqueue((db) => new FeedbackTable(db).delete(key));
    if (isDeleted) this.#emptyLog(1);
    return isDeleted;
  }

  /** Deletes everything stored about a user; null for an unknown one. */
  async deleteUser(userId: string): Promise<DeletedUser | null> {
    const deleted = await this.#enqueue((db) => deleteUser(db, userId));
    if (deleted !== null) this.#emptyLog(1);
    return deleted;
  }

  /**
   * Deletions of which the write-ahead log, or a page of the database that it has not been written to yet, still holds
   * the rows. A reader can delay their removal, which is tried again until it succeeds.
   */
  get deletionsInLog(): number {
    return this.#deletionsInLog;
  }

  /** Empties a write-ahead log that an earlier process left: it may hold deleted rows. */
  emptyOldLog(): void {
    const log = statSync(`${this.#file.path}-wal`, { throwIfNoEntry: false });
    if (log !== undefined && log.size > 0) this.#emptyLog(0);
  }

  /** Commits the waiting writes and closes the database. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#waiting.length > 0) this.#commit();
    if (this.#deletionsInLog > 0) this.#emptyLog(0);
    clearTimeout(this.#emptying);
    this.#connection?.close();
    this.#connection = null;
  }

  /** Writes the log into the database and cuts it off, now or as soon as no reader needs it. */
  #emptyLog(deletions: number): void {
    this.#deletionsInLog += deletions;
    clearTimeout(this.#emptying);
    if (this.#isLogEmptied()) this.#deletionsInLog = 0;
    else this.#emptying = setTimeout(() => this.#emptyLog(0), emptyingMs).unref();
  }

  #isLogEmptied(): boolean {
    try {
      return emptyLog(this.#open());
    } catch (error) {
      if (error instanceof MultvaeError) return false;
      throw error;
    }
  }

  #enqueue<T>(write: (db: Database) => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject, since: performance.now() });
      // Runs after the other requests of this turn of the event loop.
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
      this.#file.confirm();
      const answers = this.#file.use(() => this.#writeAll(group));
      for (const answer of answers) answer();
    } catch (error) {
      this.#postpone(group, error);
    }
  }

  /** Runs all writes in one transaction. The returned functions resolve or reject them; call those after it. */
  #writeAll(group: readonly Waiting[]): (() => void)[] {
    const db = this.#open();
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

  #open(): Database {
    const lost = () => {
      this.#connection = null;
    };
    this.#connection ??= this.#file.connect(() => openForWriting(this.#home), lost);
    return this.#connection.db;
  }

  /** Retries the group while another process writes. Rejects the writes that have waited too long. */
  #postpone(group: readonly Waiting[], error: unknown): void {
    const isBusy = storageFault(error) === 'busy';
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

/** @throws HomeError when the home cannot be opened, or cannot be written: `openDatabase` then gives a copy */
function openForWriting(home: string): Database {
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
