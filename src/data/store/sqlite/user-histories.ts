/** Reads the ratings of users, with their feedback. */
import type { Database, Statement } from 'better-sqlite3';
import { compareCodePoints, type ItemId, type UserId } from '../../ids.js';
import { History, recordBytes } from '../histories/history.js';
import {
  importedRatings,
  type MergedHistory,
  mergedHistory,
  newestFirst,
  orNull,
  ratingsOf,
} from '../histories/user-history.js';
import type { HistoryEntry, ItemOpinion, UserRating, UserSummary } from '../users.js';
import type { FeedbackTable } from './feedback/feedback-table.js';
import type { ItemCatalogue } from './item-catalogue.js';

/** The ratings of users: imported ones in file order, replaced by feedback on the same item, then other feedback. */
export class UserHistories {
  readonly #db: Database;
  readonly #items: ItemCatalogue;
  readonly #feedback: FeedbackTable;
  readonly #userIndex: Statement;
  readonly #history: Statement;
  readonly #imports: Statement;

  constructor(db: Database, items: ItemCatalogue, feedback: FeedbackTable) {
    this.#db = db;
    this.#items = items;
    this.#feedback = feedback;
    this.#userIndex = db.prepare('SELECT user_index FROM users WHERE id = ?').pluck();
    this.#history = db.prepare(
      'SELECT histories.ratings AS ratings, weights, min_weight AS minWeight FROM histories, dataset WHERE user_index = ?',
    );
    this.#imports = db.prepare(
      `SELECT histories.ratings AS ratings, weights,
         EXISTS (SELECT 1 FROM feedback WHERE user_id = ?) AS hasFeedback,
         imported_at AS importedAt, min_weight AS minWeight
       FROM dataset LEFT JOIN users ON id = ? LEFT JOIN histories USING (user_index)`,
    );
  }

  /**
   * The ratings of a user without feedback, read by one statement without a transaction: the fast way of nearly every
   * request. Null where the user is unknown or has feedback, or the ids are not cached; then use `ratings`.
   */
  importedAlone(userId: string): UserRating[] | null {
    const row = this.#imports.get(userId, userId) as ImportedRow | undefined;
    if (row === undefined || row.ratings === null || row.hasFeedback === 1) return null;
    const ids = this.#items.idsOf(row.importedAt);
    if (ids === null) return null;
    const history = new History(row.ratings, row.weights);
    return importedRatings({ history, itemIds: ids, minWeight: row.minWeight });
  }

  /** All ratings of a user; null when the user is unknown. */
  ratings(userId: string): UserRating[] | null {
    const merged = this.#merged(userId);
    return merged && ratingsOf(merged);
  }

  /** The same with titles, the newest first, those without a timestamp last. */
  history(userId: string): HistoryEntry[] | null {
    const merged = this.#merged(userId);
    return merged && newestFirst(merged, (itemId) => this.#items.entry(itemId));
  }

  #merged(userId: string): MergedHistory | null {
    const index = this.#userIndex.get(userId);
    const feedback = this.#feedback.ofUser(userId);
    if (index === undefined) {
      return feedback.length === 0
        ? null
        : mergedHistory(null, feedback, this.#feedback.rule().hasRatings);
    }
    const { ratings, weights, minWeight } = this.#history.get(index) as StoredHistory;
    const history = new History(ratings, weights);
    const imported = { history, itemIds: this.#items.ids(), minWeight };
    return mergedHistory(imported, feedback, this.#feedback.rule().hasRatings);
  }

  /**
   * The users with an imported rating of an item, among the `n` users from index `first` on. Null when there are no
   * such indices, or the item is unknown.
   */
  withItem(itemId: string, first: number, n: number): ItemOpinion[] | null {
    const item = this.#items.ids().indexOf(itemId as ItemId);
    const rows = this.#db
      .prepare(
        'SELECT id, ratings FROM histories JOIN users USING (user_index) WHERE user_index BETWEEN ? AND ?',
      )
      .raw()
      .all(first, first + n - 1) as [UserId, Buffer][];
    if (rows.length === 0 || item < 0) return null;
    return rows.flatMap(([userId, bytes]) => {
      const history = new History(bytes);
      const record = history.find(item);
      if (record < 0) return [];
      const rating = orNull(history.rating(record));
      return { userId, rating, timestamp: orNull(history.timestamp(record)) };
    });
  }

  /** The number of items that a user has clicked or rated, in the imported data or by feedback. */
  count(userId: string): number {
    const hasFeedback = this.#feedback.ofUser(userId).length > 0;
    return hasFeedback ? this.#merged(userId)!.size : this.#imported(userId);
  }

  #imported(userId: string): number {
    const index = this.#userIndex.get(userId);
    if (index === undefined) return 0;
    const bytes = this.#db.prepare('SELECT length(ratings) FROM histories WHERE user_index = ?');
    return (bytes.pluck().get(index) as number) / recordBytes;
  }

  /** Users whose id begins with a prefix, in code-point order. With an empty prefix: the first in file order. */
  search(prefix: string, n: number): UserSummary[] {
    const imported =
      prefix === ''
        ? this.first(n)
        : (this.#db
            .prepare('SELECT id FROM users WHERE id >= ? AND id < ? ORDER BY id LIMIT ?')
            .pluck()
            .all(prefix, `${prefix}\u{10ffff}`, n) as UserId[]);
    const ids = [...new Set([...imported, ...this.#feedback.userIds(prefix, n)])];
    if (prefix !== '') ids.sort((a, b) => compareCodePoints(a, b));
    return ids.slice(0, n).map((userId) => ({ userId, ratings: this.count(userId) }));
  }

  /** The first `n` users in file order. */
  first(n: number): UserId[] {
    return this.#db
      .prepare('SELECT id FROM users ORDER BY user_index LIMIT ?')
      .pluck()
      .all(n) as UserId[];
  }
}

/** As `Store.usersAfter`. */
export function usersAfter(db: Database, after: UserId | null, n: number): UserId[] {
  // No id is empty, so all come after the empty text.
  const first = (table: string, column: string) =>
    `SELECT * FROM (SELECT DISTINCT ${column} AS id FROM ${table} WHERE ${column} > $after ORDER BY id LIMIT $n)`;
  return db
    .prepare(`${first('users', 'id')} UNION ${first('feedback', 'user_id')} ORDER BY id LIMIT $n`)
    .pluck()
    .all({ after: after ?? '', n }) as UserId[];
}

/** As `Store.userCount`. */
export function userCount(db: Database): number {
  return db
    .prepare(
      `SELECT (SELECT count(*) FROM users) +
        (SELECT count(DISTINCT user_id) FROM feedback WHERE user_id NOT IN (SELECT id FROM users))`,
    )
    .pluck()
    .get() as number;
}

interface StoredHistory {
  readonly ratings: Buffer;
  readonly weights: Buffer | null;
  readonly minWeight: number | null;
}

interface ImportedRow extends Omit<StoredHistory, 'ratings'> {
  readonly ratings: Buffer | null;
  readonly hasFeedback: 0 | 1;
  readonly importedAt: string;
}
