/** The database of a home: its ratings, users, items, titles and feedback. */
import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { FeedbackWord } from '../../feedback-clicks.js';
import type { UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import { openDatabase, translateErrors } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
import { countImport, type ImportCounts } from './import-counts.js';
import {
  type CatalogueEntry,
  type GenreCount,
  ItemCatalogue,
  type ItemSummary,
} from './item-catalogue.js';
import { readLabelledClicks } from './labelled-clicks.js';
import { type ImportMode, RatingsWriter } from './ratings-writer.js';
import {
  type HistoryEntry,
  type ItemOpinion,
  type ItemUser,
  UserHistories,
  type UserRating,
  type UserSummary,
} from './user-histories.js';

export type {
  CatalogueEntry,
  GenreCount,
  HistoryEntry,
  ItemSummary,
  ItemUser,
  UserRating,
  UserSummary,
};

/** The data set of a home, counted by the import. */
export interface DatasetSummary {
  readonly name: string;
  /** SHA-256 over the accepted rows in file order, in hex. */
  readonly dataHash: string;
  readonly users: number;
  /** Items with a rating. */
  readonly items: number;
  /** Items with a rating or a title: the columns of the click matrix. */
  readonly catalogue: number;
  /** Stored (user, item) pairs. */
  readonly ratings: number;
  /** The lowest and highest allowed rating; null where rows have no rating. */
  readonly scale: { readonly low: number; readonly high: number } | null;
  readonly files: readonly string[];
  /** ISO 8601. */
  readonly importedAt: string;
}

/** The database of a home folder, in SQLite. A home holds one data set. */
export class RatingsDatabase {
  readonly path: string;
  readonly #db: Database;
  readonly #version: Statement;
  readonly #dataset: Statement;
  readonly #descends: Statement;
  readonly #items: ItemCatalogue;
  readonly #feedback: FeedbackTable;
  readonly #users: UserHistories;

  private constructor(home: string, db: Database) {
    this.path = join(home, 'multvae.db');
    this.#db = db;
    this.#version = db.prepare('PRAGMA data_version').pluck();
    this.#dataset = db.prepare('SELECT * FROM dataset');
    this.#descends = db.prepare(
      'SELECT 1 FROM dataset WHERE data_hash = @dataHash UNION ALL SELECT 1 FROM ancestors WHERE data_hash = @dataHash',
    );
    this.#items = new ItemCatalogue(db);
    this.#feedback = new FeedbackTable(db);
    this.#users = new UserHistories(db, this.#items, this.#feedback);
  }

  /**
   * Opens the database of a home folder.
   *
   * @param options - `create`: make an empty database where there is none. Default: false
   * @throws HomeError when there is no database, or it is foreign, newer than this version, or damaged
   * @throws DependencyError when better-sqlite3 is absent or too old
   */
  static open(home: string, options: { create?: boolean } = {}): RatingsDatabase {
    return new RatingsDatabase(home, openDatabase(home, options));
  }

  close(): void {
    this.#db.close();
  }

  /**
   * A number that changes when another connection changes the database. It is cheap to read, so a cache can check on
   * every request whether its entries are still valid.
   */
  version(): number {
    return this.#read(() => this.#version.get() as number);
  }

  /** The time of the import, ISO 8601; null when nothing was imported. */
  importedAt(): string | null {
    return this.#read(() => this.#items.version());
  }

  /** The imported data set; null when nothing was imported. */
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
   * Whether the present data have this hash, or had it before rows were appended or users deleted. An import with
   * `replace` begins anew.
   */
  descendsFrom(dataHash: string): boolean {
    return this.#read(() => this.#descends.get({ dataHash }) !== undefined);
  }

  /**
   * The clicks of every user; `isClick` says what counts as one.
   *
   * Every stored item is a column, clicked or not. Users with fewer than `minClicks` clicks, and users without any, are
   * left out. Rows follow `idOrder`; the clicks of a row follow the file.
   *
   * @param threshold - null makes every rating a click
   */
  labelledClicks(threshold: number | null, minClicks: number): LabelledClicks {
    return this.#readWhole(() => readLabelledClicks(this.#db, threshold, minClicks));
  }

  /**
   * All ratings of a user, high and low; null when the user is unknown. The imported ratings come first, in file order.
   * Feedback on the same item replaces the imported rating in its place. Items with feedback alone follow.
   */
  userRatings(userId: string): UserRating[] | null {
    return (
      this.#read(() => this.#users.importedAlone(userId)) ??
      this.#readWhole(() => this.#users.ratings(userId))
    );
  }

  /** All ratings of a user with titles, the newest first, those without a timestamp last; null for an unknown user. */
  userHistory(userId: string): HistoryEntry[] | null {
    return this.#readWhole(() => this.#users.history(userId));
  }

  /** The last feedback of every user on every item, in the order of each pair's first event. */
  feedback(): FeedbackWord[] {
    return this.#read(() => this.#feedback.latest());
  }

  /** How many feedback events have a rating. */
  ratedFeedback(): number {
    return this.#read(() => this.#feedback.rated());
  }

  /** What the home holds, as the protocol with this threshold and minimum sees it. */
  importCounts(threshold: number, minClicks: number): ImportCounts {
    return this.#readWhole(() => countImport(this.#db, threshold, minClicks));
  }

  /** Titles, genres and years, in the order of the ids; an unknown id gets none. */
  catalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(() => itemIds.map((id) => this.#items.entry(id)));
  }

  /** The same in one pass over all items: faster for a whole vocabulary. */
  wholeCatalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(() => this.#items.whole(itemIds));
  }

  /** An item of the import or of feedback; null for any other. */
  item(itemId: string): ItemSummary | null {
    return this.#read(() => {
      const item = this.#items.item(itemId);
      if (item !== null) return item;
      const clicks = this.#feedback.usersOf(itemId);
      return clicks === 0 ? null : { ...this.#items.entry(itemId), clicks };
    });
  }

  /** The `n` items that match a query best: `ItemCatalogue.search`. */
  searchItems(query: string, n: number): ItemSummary[] {
    return this.#read(() => this.#items.search(query, n));
  }

  /** The `n` items with the most users, in descending order; ties in file order. */
  popularItems(n: number): ItemSummary[] {
    return this.#read(() => this.#items.popular(n));
  }

  /** Every genre, in code-point order. */
  genres(): readonly GenreCount[] {
    return this.#read(() => this.#items.genres());
  }

  /**
   * The `n` users who clicked or rated an item last, the newest first. Those without a timestamp come last, in file order.
   *
   * It reads every history, in slices. Other requests run between the slices.
   */
  async itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    const found = new Map<UserId, ItemOpinion>();
    for (let first = 0; ; first += usersAtOnce) {
      const slice = this.#read(() => this.#users.withItem(itemId, first, usersAtOnce));
      if (slice === null) break;
      for (const user of slice) found.set(user.userId, user);
      await new Promise(setImmediate);
    }
    for (const { userId, rating, timestamp } of this.#read(() => this.#feedback.ofItem(itemId))) {
      found.set(userId, { userId, rating, timestamp });
    }
    const users = [...found.values()];
    users.sort((a, b) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
    return this.#readWhole(() =>
      users.slice(0, n).map((user) => ({ ...user, clicks: this.#users.count(user.userId) })),
    );
  }

  /** Users whose id begins with a prefix, in code-point order. With an empty prefix: the first in file order. */
  searchUsers(prefix: string, n: number): UserSummary[] {
    return this.#readWhole(() => this.#users.search(prefix, n));
  }

  /** The first `limit` users in file order. */
  userIds(limit: number): UserId[] {
    return this.#read(() => this.#users.first(limit));
  }

  /**
   * Begins an import: a transaction that readers see only after its commit.
   *
   * @throws HomeError when another process is importing into the same home
   */
  write(mode: ImportMode): RatingsWriter {
    return translateErrors(this.path, () => new RatingsWriter(this.#db, this.path, mode));
  }

  #read<T>(query: () => T): T {
    return translateErrors(this.path, query);
  }

  /** Runs several queries in one transaction, so that all of them see the same version of the data. */
  #readWhole<T>(query: () => T): T {
    return translateErrors(this.path, () => this.#db.transaction(query).deferred());
  }
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

/** Histories to read before other requests get their turn: one or two milliseconds of work. */
const usersAtOnce = 500;
