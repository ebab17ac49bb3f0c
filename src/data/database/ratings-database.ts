import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { FeedbackWord } from '../feedback-clicks.js';
import { compareCodePoints, type ItemId, type UserId } from '../ids.js';
import type { LabelledClicks } from '../split.js';
import { openDatabase, translateErrors } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
import { History, recordBytes } from './history.js';
import {
  type CatalogueEntry,
  type GenreCount,
  ItemCatalogue,
  type ItemSummary,
} from './item-catalogue.js';
import { readLabelledClicks } from './labelled-clicks.js';
import { type ImportMode, RatingsWriter } from './ratings-writer.js';

export type { CatalogueEntry, GenreCount, ItemSummary };

/** What a home holds; counted when it was imported. */
export interface DatasetSummary {
  readonly name: string;
  /** SHA-256 over the accepted rows in file order, in hex. */
  readonly dataHash: string;
  readonly users: number;
  /** Items that someone rated. */
  readonly items: number;
  /** Items that someone rated or that have a title: the columns of the click matrix. */
  readonly catalogue: number;
  /** Stored (user, item) pairs. */
  readonly ratings: number;
  /** The lowest and highest allowed rating; null where rows have none. */
  readonly scale: { readonly low: number; readonly high: number } | null;
  readonly files: readonly string[];
  /** ISO 8601. */
  readonly importedAt: string;
}

/** One stored rating of a user; `rating` is null for a click without one. */
export interface UserRating {
  readonly itemId: ItemId;
  readonly rating: number | null;
}

/** A stored rating with where and when it came. */
export interface HistoryEntry extends CatalogueEntry {
  /** Null for a click without one. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
  readonly source: 'import' | 'feedback';
}

/** Someone who clicked or rated an item. */
export interface ItemUser {
  readonly userId: UserId;
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
  /** On how many items the imported data have a rating of this user. */
  readonly clicks: number;
}

/** A user with the number of items that the user clicked or rated. */
export interface UserSummary {
  readonly userId: UserId;
  readonly ratings: number;
}

/** The one data set of a home folder: its ratings, users, items, titles and feedback, in SQLite. */
export class RatingsDatabase {
  readonly path: string;
  readonly #db: Database;
  readonly #version: Statement;
  readonly #dataset: Statement;
  readonly #userIndex: Statement;
  readonly #history: Statement;
  readonly #imports: Statement;
  readonly #items: ItemCatalogue;
  readonly #feedback: FeedbackTable;

  private constructor(home: string, db: Database) {
    this.path = join(home, 'multvae.db');
    this.#db = db;
    this.#version = db.prepare('PRAGMA data_version').pluck();
    this.#dataset = db.prepare('SELECT * FROM dataset');
    this.#userIndex = db.prepare('SELECT user_index FROM users WHERE id = ?').pluck();
    this.#history = db.prepare('SELECT ratings FROM histories WHERE user_index = ?').pluck();
    this.#imports = db.prepare(
      `SELECT (SELECT ratings FROM histories JOIN users USING (user_index) WHERE id = ?) AS ratings,
         EXISTS (SELECT 1 FROM feedback WHERE user_id = ?) AS hasFeedback,
         (SELECT imported_at FROM dataset) AS importedAt`,
    );
    this.#items = new ItemCatalogue(db);
    this.#feedback = new FeedbackTable(db);
  }

  /**
   * Opens the database of a home folder.
   *
   * @param options - `create`: make it, empty, where there is none
   * @throws HomeError when there is none, or it is foreign, newer than this version, or damaged
   * @throws DependencyError when better-sqlite3 is absent or too old
   */
  static open(home: string, options: { create?: boolean } = {}): RatingsDatabase {
    return new RatingsDatabase(home, openDatabase(home, options.create ?? false));
  }

  close(): void {
    this.#db.close();
  }

  /**
   * Another number whenever anybody but this connection has changed anything: cheap to ask, so that who keeps what
   * follows from the data can tell whether it still does.
   */
  version(): number {
    return this.#read(() => this.#version.get() as number);
  }

  /** When the data were imported, ISO 8601; null when nothing was. */
  importedAt(): string | null {
    return this.#read(() => this.#items.version());
  }

  /** What was imported; null when nothing was. */
  dataset(): DatasetSummary | null {
    return this.#read(() => {
      const row = this.#dataset.get() as DatasetRow | undefined;
      if (row === undefined) return null;
      const { scale_low: low, scale_high: high } = row;
      return {
        name: row.name,
        dataHash: row.data_hash,
        users: row.users,
        items: row.items,
        catalogue: row.catalogue,
        ratings: row.ratings,
        scale: low === null || high === null ? null : { low, high },
        files: JSON.parse(row.files),
        importedAt: row.imported_at,
      };
    });
  }

  /**
   * Every user's clicks: ratings above the threshold and rows without a rating.
   *
   * Every stored item is a column, clicked or not; users with fewer than `minClicks` clicks, and users
   * without any, are left out. Rows follow `idOrder`, the clicks of a row follow the file.
   *
   * @param threshold - null makes every row a click
   */
  labelledClicks(threshold: number | null, minClicks: number): LabelledClicks {
    return this.#readWhole(() => readLabelledClicks(this.#db, threshold, minClicks));
  }

  /**
   * What a user thinks of each item, high and low: the imported ratings in file order, feedback in their place
   * where there is some, then the items of feedback alone. Null when the user is unknown.
   */
  userRatings(userId: string): UserRating[] | null {
    return (
      this.#importedAlone(userId) ??
      this.#readWhole(() => {
        const ratings = this.#merged(userId);
        return ratings && Array.from(ratings, ([itemId, { rating }]) => ({ itemId, rating }));
      })
    );
  }

  /**
   * The ratings of a user without feedback, by one statement, which needs no transaction: what nearly every request
   * asks for. Null where there is more to it.
   */
  #importedAlone(userId: string): UserRating[] | null {
    return this.#read(() => {
      const row = this.#imports.get(userId, userId) as ImportedRow;
      const ids = this.#items.idsOf(row.importedAt);
      if (row.ratings === null || row.hasFeedback === 1 || ids === null) return null;
      const history = new History(row.ratings);
      const ratings: UserRating[] = [];
      for (let r = 0; r < history.length; r++) {
        ratings.push({ itemId: ids[history.item(r)]!, rating: orNull(history.rating(r)) });
      }
      return ratings;
    });
  }

  /** The same with titles, the newest first, what has no timestamp last; null when the user is unknown. */
  userHistory(userId: string): HistoryEntry[] | null {
    return this.#readWhole(() => {
      const ratings = this.#merged(userId);
      if (ratings === null) return null;
      const newest = [...ratings].reverse();
      newest.sort(([, a], [, b]) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
      return newest.map(([itemId, rating]) => ({ ...this.#items.entry(itemId), ...rating }));
    });
  }

  #merged(userId: string): Map<ItemId, Omit<HistoryEntry, keyof CatalogueEntry>> | null {
    const index = this.#userIndex.get(userId);
    const feedback = this.#feedback.ofUser(userId);
    if (index === undefined && feedback.length === 0) return null;
    const merged = new Map<ItemId, Omit<HistoryEntry, keyof CatalogueEntry>>();
    if (index !== undefined) {
      const history = new History(this.#history.get(index) as Buffer);
      const ids = this.#items.ids();
      for (let r = 0; r < history.length; r++) {
        const rating = orNull(history.rating(r));
        const timestamp = orNull(history.timestamp(r));
        merged.set(ids[history.item(r)]!, { rating, timestamp, source: 'import' });
      }
    }
    for (const { itemId, rating, timestamp } of feedback) {
      merged.set(itemId, { rating, timestamp, source: 'feedback' });
    }
    return merged;
  }

  /** The last word of every user on every item that feedback has, in the order in which they first came. */
  feedback(): FeedbackWord[] {
    return this.#read(() => this.#feedback.latest());
  }

  /** Titles, genres and years in the order of the ids; an unknown id gets neither. */
  catalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(() => itemIds.map((id) => this.#items.entry(id)));
  }

  /** The same in one pass over everything stored: for a model's whole vocabulary. */
  wholeCatalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(() => this.#items.whole(itemIds));
  }

  /** Null for an item that neither the import nor feedback brought. */
  item(itemId: string): ItemSummary | null {
    return this.#read(() => {
      const item = this.#items.item(itemId);
      if (item !== null || !this.#feedback.hasItem(itemId)) return item;
      return { ...this.#items.entry(itemId), clicks: 0 };
    });
  }

  /** The `n` items that match a query best: `ItemCatalogue.search`. */
  searchItems(query: string, n: number): ItemSummary[] {
    return this.#read(() => this.#items.search(query, n));
  }

  /** The items of the most users first; ties in file order. */
  popularItems(n: number): ItemSummary[] {
    return this.#read(() => this.#items.popular(n));
  }

  /** Every genre, in code-point order. */
  genres(): readonly GenreCount[] {
    return this.#read(() => this.#items.genres());
  }

  /**
   * The `n` users who clicked or rated an item last, the newest first, what has no timestamp last in file order.
   *
   * It looks at every history, in slices between which other requests are answered.
   */
  async itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    const found = new Map<UserId, ItemUser>();
    for (let first = 0; ; first += usersAtOnce) {
      const slice = this.#read(() => this.#usersOf(itemId, first));
      if (slice === null) break;
      for (const user of slice) found.set(user.userId, user);
      await new Promise(setImmediate);
    }
    for (const { userId, rating, timestamp } of this.#read(() => this.#feedback.ofItem(itemId))) {
      const { clicks } = found.get(userId) ?? { clicks: this.#read(() => this.#imported(userId)) };
      found.set(userId, { userId, rating, timestamp, clicks });
    }
    const users = [...found.values()];
    users.sort((a, b) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
    return users.slice(0, n);
  }

  /** Who has a rating of the item among the users from an index on; null where there is no such user. */
  #usersOf(itemId: string, first: number): ItemUser[] | null {
    const item = this.#items.ids().indexOf(itemId as ItemId);
    const rows = this.#db
      .prepare(
        'SELECT id, ratings FROM histories JOIN users USING (user_index) WHERE user_index BETWEEN ? AND ?',
      )
      .raw()
      .all(first, first + usersAtOnce - 1) as [UserId, Buffer][];
    if (rows.length === 0 || item < 0) return null;
    return rows.flatMap(([userId, bytes]) => {
      const history = new History(bytes);
      const record = history.find(item);
      if (record < 0) return [];
      const rating = orNull(history.rating(record));
      return {
        ...{ userId, rating, timestamp: orNull(history.timestamp(record)) },
        clicks: history.length,
      };
    });
  }

  /** How many ratings a user has in the imported data. */
  #imported(userId: string): number {
    const index = this.#userIndex.get(userId);
    if (index === undefined) return 0;
    const bytes = this.#db.prepare('SELECT length(ratings) FROM histories WHERE user_index = ?');
    return (bytes.pluck().get(index) as number) / recordBytes;
  }

  /** Users whose id begins with a prefix, in code-point order; without one, the first in file order. */
  searchUsers(prefix: string, n: number): UserSummary[] {
    return this.#readWhole(() => {
      const imported =
        prefix === ''
          ? this.userIds(n)
          : (this.#db
              .prepare('SELECT id FROM users WHERE id >= ? AND id < ? ORDER BY id LIMIT ?')
              .pluck()
              .all(prefix, `${prefix}\u{10ffff}`, n) as UserId[]);
      const ids = [...new Set([...imported, ...this.#feedback.userIds(prefix, n)])];
      if (prefix !== '') ids.sort((a, b) => compareCodePoints(a, b));
      return ids.slice(0, n).map((userId) => {
        const hasFeedback = this.#feedback.ofUser(userId).length > 0;
        const ratings = hasFeedback ? this.#merged(userId)!.size : this.#imported(userId);
        return { userId, ratings };
      });
    });
  }

  /** The first `limit` users in file order. */
  userIds(limit: number): UserId[] {
    return this.#read(
      () =>
        this.#db
          .prepare('SELECT id FROM users ORDER BY user_index LIMIT ?')
          .pluck()
          .all(limit) as UserId[],
    );
  }

  /**
   * Begins an import: a transaction that readers do not see until it is committed.
   *
   * @throws HomeError when another process is importing into the same home
   */
  write(mode: ImportMode): RatingsWriter {
    return translateErrors(this.path, () => new RatingsWriter(this.#db, this.path, mode));
  }

  #read<T>(query: () => T): T {
    return translateErrors(this.path, query);
  }

  /** One transaction: what another process commits between two of its queries is not seen halfway. */
  #readWhole<T>(query: () => T): T {
    return translateErrors(this.path, () => this.#db.transaction(query).deferred());
  }
}

interface ImportedRow {
  readonly ratings: Buffer | null;
  readonly hasFeedback: 0 | 1;
  readonly importedAt: string | null;
}

interface DatasetRow {
  readonly name: string;
  readonly data_hash: string;
  readonly users: number;
  readonly items: number;
  readonly catalogue: number;
  readonly ratings: number;
  readonly scale_low: number | null;
  readonly scale_high: number | null;
  readonly files: string;
  readonly imported_at: string;
}

/** Histories that are looked at before other requests get their turn: a millisecond or two. */
const usersAtOnce = 500;

/** NaN stands for none. */
function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
