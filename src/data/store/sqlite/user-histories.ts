/** Reads the ratings of users, with their feedback. */
import type { Database, Statement } from 'better-sqlite3';
import { isEnough } from '../../click.js';
import { compareCodePoints, type ItemId, type UserId } from '../../ids.js';
import type { FeedbackTable } from './feedback/feedback-table.js';
import { History, recordBytes } from './history.js';
import type { ItemCatalogue } from './item-catalogue.js';
import type { CatalogueEntry } from './items/stored-items.js';

/** One stored rating of a user; `rating` is null for a click without a rating. */
export interface UserRating {
  readonly itemId: ItemId;
  readonly rating: number | null;
  /** The imported rows of this item weigh too little for a click; absent where they weigh enough. */
  readonly isLight?: true;
}

/** The stored rating of a user for an item. */
interface StoredRating {
  /** Null for a click without a rating. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
  readonly source: 'import' | 'feedback';
  /** The sum of the weights of the imported rows; absent where the data have none. */
  readonly weight?: number;
  readonly isLight?: true;
}

/** A stored rating with its item, time and source. */
export interface HistoryEntry extends CatalogueEntry, StoredRating {}

/** A user's click or rating of an item. */
export interface ItemOpinion {
  readonly userId: UserId;
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
}

/** A user who clicked or rated an item. */
export interface ItemUser extends ItemOpinion {
  /** The number of items that the user has clicked or rated. */
  readonly clicks: number;
}

/** A user with the number of rated or clicked items. */
export interface UserSummary {
  readonly userId: UserId;
  readonly ratings: number;
}

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
    const ratings: UserRating[] = [];
    for (let r = 0; r < history.length; r++) {
      const itemId = ids[history.item(r)]!;
      const rating = orNull(history.rating(r));
      const isLight = !isEnough(history.weight(r), row.minWeight);
      ratings.push(isLight ? { itemId, rating, isLight } : { itemId, rating });
    }
    return ratings;
  }

  /** All ratings of a user; null when the user is unknown. */
  ratings(userId: string): UserRating[] | null {
    const merged = this.#merged(userId);
    return (
      merged &&
      Array.from(merged, ([itemId, { rating, isLight }]) =>
        isLight ? { itemId, rating, isLight } : { itemId, rating },
      )
    );
  }

  /** The same with titles, the newest first, those without a timestamp last. */
  history(userId: string): HistoryEntry[] | null {
    const merged = this.#merged(userId);
    if (merged === null) return null;
    const newest = [...merged].reverse();
    newest.sort(([, a], [, b]) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
    return newest.map(([itemId, rating]) => ({ ...this.#items.entry(itemId), ...rating }));
  }

  #merged(userId: string): Map<ItemId, StoredRating> | null {
    const index = this.#userIndex.get(userId);
    const feedback = this.#feedback.ofUser(userId);
    if (index === undefined && feedback.length === 0) return null;
    const merged = new Map<ItemId, StoredRating>();
    if (index !== undefined) {
      const { ratings, weights, minWeight } = this.#history.get(index) as StoredHistory;
      const history = new History(ratings, weights);
      const ids = this.#items.ids();
      for (let r = 0; r < history.length; r++) {
        const weight = history.weight(r);
        merged.set(ids[history.item(r)]!, {
          rating: orNull(history.rating(r)),
          timestamp: orNull(history.timestamp(r)),
          source: 'import',
          ...(minWeight !== null && { weight }),
          ...(!isEnough(weight, minWeight) && { isLight: true }),
        });
      }
    }
    const hasRatings = this.#feedback.hasRatings();
    for (const { itemId, rating, timestamp } of feedback) {
      // Where the data have no ratings, a rating says nothing, and takes no click away.
      if (!hasRatings && rating !== null && merged.has(itemId)) continue;
      merged.set(itemId, { rating, timestamp, source: 'feedback' });
    }
    return merged;
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

/** Null for NaN, which the database stores where there is no value. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
