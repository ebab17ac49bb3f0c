/** Reads and writes the table of feedback. */
import type { Database, Statement } from 'better-sqlite3';
import type { FeedbackEvent, FeedbackStatus } from '../../../feedback.js';
import type { UserId } from '../../../ids.js';
import { type LatestFeedback, latestOf, repeatedStatus } from '../../feedback.js';
import { FeedbackCounts } from './feedback-counts.js';

/** The stored feedback. Of several events of a user on an item, the last one counts (`latestOf`). */
export class FeedbackTable {
  readonly #db: Database;
  /** Prepared once, because every request runs it. */
  readonly #ofUser: Statement;
  readonly #hasRatings: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#hasRatings = db.prepare('SELECT scale_low IS NOT NULL FROM dataset').pluck();
    this.#ofUser = db.prepare(`SELECT ${columns} FROM feedback WHERE user_id = ? ORDER BY event`);
  }

  /** The latest feedback of a user on each item, in the order of each item's first event. */
  ofUser(userId: string): LatestFeedback[] {
    return this.#latest(this.#ofUser.all(userId) as LatestFeedback[], ({ itemId }) => itemId);
  }

  /** The latest feedback of each user on an item, in the order of each user's first event. */
  ofItem(itemId: string): LatestFeedback[] {
    const rows = this.#db
      .prepare(`SELECT ${columns} FROM feedback WHERE item_id = ? ORDER BY event`)
      .all(itemId) as LatestFeedback[];
    return this.#latest(rows, ({ userId }) => userId);
  }

  /** The latest feedback of each user on each item, in the order of each pair's first event. */
  latest(): LatestFeedback[] {
    const rows = this.#db.prepare(`SELECT ${columns} FROM feedback ORDER BY event`).all();
    return this.#latest(rows as LatestFeedback[], (row) => `${row.userId}\0${row.itemId}`);
  }

  /** Whether a rating says something: false where each row of the data is a click. */
  hasRatings(): boolean {
    return this.#hasRatings.get() !== 0;
  }

  #latest(
    rows: readonly LatestFeedback[],
    keyOf: (row: LatestFeedback) => string,
  ): LatestFeedback[] {
    if (rows.length === 0) return [];
    return latestOf(rows, { keyOf, hasRatings: this.hasRatings() });
  }

  /** Users with feedback whose id begins with a prefix, in code-point order, at most `n`. */
  userIds(prefix: string, n: number): UserId[] {
    return this.#db
      .prepare(
        'SELECT DISTINCT user_id FROM feedback WHERE user_id >= ? AND user_id < ? ORDER BY user_id LIMIT ?',
      )
      .pluck()
      .all(prefix, `${prefix}\u{10ffff}`, n) as UserId[];
  }

  /** The number of users with feedback on an item. */
  usersOf(itemId: string): number {
    return this.#db
      .prepare('SELECT count(DISTINCT user_id) FROM feedback WHERE item_id = ?')
      .pluck()
      .get(itemId) as number;
  }

  /**
   * Stores the events that are new.
   *
   * @throws FeedbackError when a key is taken by an event with other content
   */
  store(events: readonly FeedbackEvent[]): FeedbackStatus[] {
    const insert = this.#db.prepare(
      `INSERT INTO feedback (key, user_id, item_id, rating, timestamp, received_at)
       VALUES (?, ?, ?, ?, ?, unixepoch()) ON CONFLICT (key) DO NOTHING`,
    );
    const counts = new FeedbackCounts(this.#db);
    return events.map((event) => {
      const { key, userId, itemId, rating, timestamp } = event;
      if (insert.run(key, userId, itemId, rating, timestamp).changes === 1) {
        counts.stored(userId, itemId);
        return 'stored';
      }
      const row = this.#db
        .prepare(
          'SELECT user_id AS userId, item_id AS itemId, rating, timestamp FROM feedback WHERE key = ?',
        )
        .get(key) as Omit<FeedbackEvent, 'key'>;
      return repeatedStatus(row, event);
    });
  }

  /** Deletes an event. Returns whether it was stored. */
  delete(key: string): boolean {
    const [event] = this.#delete('key = ?', key);
    return event !== undefined;
  }

  /** Deletes the events of a user. Returns their number. */
  deleteUser(userId: string): number {
    return this.#delete('user_id = ?', userId).length;
  }

  #delete(where: 'key = ?' | 'user_id = ?', value: string): readonly DeletedEvent[] {
    const events = this.#db
      .prepare(`DELETE FROM feedback WHERE ${where} RETURNING user_id AS userId, item_id AS itemId`)
      .all(value) as DeletedEvent[];
    const counts = new FeedbackCounts(this.#db);
    const items = new Map(events.map((event) => [event.itemId, event]));
    for (const { userId, itemId } of items.values()) counts.deleted(userId, itemId);
    return events;
  }
}

interface DeletedEvent {
  readonly userId: string;
  readonly itemId: string;
}

const columns =
  'user_id AS userId, item_id AS itemId, rating, coalesce(timestamp, received_at) AS timestamp';
