/** Reads and writes the table of feedback. */
import type { Database, Statement } from 'better-sqlite3';
import type { FeedbackEvent, FeedbackStatus } from '../../../feedback.js';
import type { UserId } from '../../../ids.js';
import { type FeedbackRow, type LatestFeedback, latestOf, repeatedStatus } from '../../feedback.js';
import {
  counts,
  type FeedbackRule,
  feedbackRule,
  type StoredFeedbackRule,
  settingsKey,
} from '../../histories/event-weights.js';
import { FeedbackCounts, isCounted } from './feedback-counts.js';

/** The stored feedback. Of several events of a user on an item, `latestOf` says what they say together. */
export class FeedbackTable {
  readonly #db: Database;
  /** Prepared once, because every request runs it. */
  readonly #ofUser: Statement;
  readonly #rule: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#rule = db.prepare(
      `SELECT scale_low IS NOT NULL OR dataset.name IS NULL AS hasRatings, min_weight AS minWeight, documents.value AS settings
       FROM (SELECT 0) LEFT JOIN dataset LEFT JOIN documents ON document = '${settingsKey}'`,
    );
    this.#ofUser = db.prepare(`SELECT ${columns} FROM feedback WHERE user_id = ? ORDER BY event`);
  }

  /** The latest feedback of a user on each item, in the order of each item's first event. */
  ofUser(userId: string): LatestFeedback[] {
    return this.#latest(this.#ofUser.all(userId) as Row[], ({ itemId }) => itemId);
  }

  /** The latest feedback of each user on an item, in the order of each user's first event. */
  ofItem(itemId: string): LatestFeedback[] {
    const rows = this.#db
      .prepare(`SELECT ${columns} FROM feedback WHERE item_id = ? ORDER BY event`)
      .all(itemId) as Row[];
    return this.#latest(rows, ({ userId }) => userId);
  }

  /** The latest feedback of each user on each item, in the order of each pair's first event. */
  latest(): LatestFeedback[] {
    const rows = this.#db
      .prepare(`SELECT ${columns} FROM feedback WHERE ${isCounted} ORDER BY event`)
      .all() as Row[];
    return this.#latest(rows, (row) => `${row.userId}\0${row.itemId}`);
  }

  /** How feedback counts now. */
  rule(): FeedbackRule {
    const row = this.#rule.get() as RuleRow;
    return feedbackRule({ ...row, hasRatings: row.hasRatings !== 0 });
  }

  #latest(rows: readonly Row[], keyOf: (row: Row) => string): LatestFeedback[] {
    if (rows.length === 0) return [];
    return latestOf(rows, keyOf, this.rule());
  }

  /** Users with feedback that counts whose id begins with a prefix, in code-point order, at most `n`. */
  userIds(prefix: string, n: number): UserId[] {
    return this.#db
      .prepare(
        `SELECT DISTINCT user_id FROM feedback WHERE user_id >= ? AND user_id < ? AND ${isCounted}
         ORDER BY user_id LIMIT ?`,
      )
      .pluck()
      .all(prefix, `${prefix}\u{10ffff}`, n) as UserId[];
  }

  /** The number of users with feedback that counts on an item. */
  usersOf(itemId: string): number {
    return this.#db
      .prepare(`SELECT count(DISTINCT user_id) FROM feedback WHERE item_id = ? AND ${isCounted}`)
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
      `INSERT INTO feedback (key, user_id, item_id, rating, timestamp, received_at, type, recommendation, place)
       VALUES (?, ?, ?, ?, ?, unixepoch(), ?, ?, ?) ON CONFLICT (key) DO NOTHING`,
    );
    const pairs = new FeedbackCounts(this.#db);
    const rule = this.rule();
    return events.map((event) => {
      const { key, userId, itemId, rating, timestamp } = event;
      const { type = null, recommendationId = null, place = null } = event;
      const values = [key, userId, itemId, rating, timestamp, type, recommendationId, place];
      if (insert.run(...values).changes === 1) {
        if (counts(event, rule)) pairs.stored(userId, itemId);
        return 'stored';
      }
      const row = this.#db
        .prepare(
          `SELECT user_id AS userId, item_id AS itemId, rating, timestamp, type,
             recommendation AS recommendationId, place FROM feedback WHERE key = ?`,
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
      .prepare(
        `DELETE FROM feedback WHERE ${where} RETURNING user_id AS userId, item_id AS itemId, type`,
      )
      .all(value) as DeletedEvent[];
    if (events.length === 0) return events;
    const pairs = new FeedbackCounts(this.#db);
    const rule = this.rule();
    const counted = events.filter((event) => counts(event, rule));
    const items = new Map(counted.map((event) => [event.itemId, event]));
    for (const { userId, itemId } of items.values()) pairs.deleted(userId, itemId);
    return events;
  }
}

interface DeletedEvent {
  readonly userId: string;
  readonly itemId: string;
  readonly type: string | null;
}

/** An event as it is read. */
type Row = LatestFeedback & FeedbackRow;

interface RuleRow extends Omit<StoredFeedbackRule, 'hasRatings'> {
  /** 1 where nothing was imported. */
  readonly hasRatings: 0 | 1;
}

const columns =
  'user_id AS userId, item_id AS itemId, rating, coalesce(timestamp, received_at) AS timestamp, type';
