/** Writes feedback while the server runs. */
import { statSync } from 'node:fs';
import { MultvaeError } from '../../../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../../../feedback.js';
import type { DeletedUser, FeedbackWriter } from '../../feedback.js';
import { emptyLog } from '../held-file.js';
import { deleteUser } from '../user-deletion.js';
import { WriteQueue } from '../writing/write-queue.js';
import { FeedbackTable } from './feedback-table.js';

/** How soon the write-ahead log is emptied again, when a reader was in the way. */
const emptyingMs = 500;

/**
 * Stores and deletes feedback. When a promise resolves, the disk has the change, in the file that is there then.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the
 * database cannot be written. Nothing is stored then.
 */
export class SqliteFeedbackWriter implements FeedbackWriter {
  readonly #queue: WriteQueue;
  #emptying: NodeJS.Timeout | undefined;
  #deletionsInLog = 0;
  #isClosed = false;

  /** Opens nothing yet: the first write opens the home. */
  constructor(home: string) {
    this.#queue = new WriteQueue(home);
  }

  /**
   * Stores the events that are new, all or none. An event that is stored already stays as it is.
   *
   * @throws FeedbackError when a key is taken by an event with other content
   */
  store(events: readonly FeedbackEvent[]): Promise<FeedbackStatus[]> {
    return this.#queue.add((db) => new FeedbackTable(db).store(events));
  }

  /** Deletes the event with a key. Gives whether there was one. */
  async delete(key: string): Promise<boolean> {
    const isDeleted = await this.#queue.add((db) => new FeedbackTable(db).delete(key));
    if (isDeleted) this.#emptyLog(1);
    return isDeleted;
  }

  /** Deletes everything stored about a user; null for an unknown one. */
  async deleteUser(userId: string): Promise<DeletedUser | null> {
    const deleted = await this.#queue.add((db) => deleteUser(db, userId));
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
    const log = statSync(`${this.#queue.path}-wal`, { throwIfNoEntry: false });
    if (log !== undefined && log.size > 0) this.#emptyLog(0);
  }

  /** Commits the waiting writes and closes the database. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#queue.finish();
    if (this.#deletionsInLog > 0) this.#emptyLog(0);
    clearTimeout(this.#emptying);
    this.#queue.close();
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
      return emptyLog(this.#queue.connection());
    } catch (error) {
      if (error instanceof MultvaeError) return false;
      throw error;
    }
  }
}
