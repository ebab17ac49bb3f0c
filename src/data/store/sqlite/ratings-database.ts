import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { FeedbackWord } from '../../feedback-clicks.js';
import type { UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import { openDatabase, translateErrors } from './connection.js';
import { FeedbackTable } from './feedback-table.js';
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

/** The one data set of a home folder: its ratings, users, items, titles and feedback, in SQLite. */
export class RatingsDatabase {
  readonly path: string;
  readonly #db: Database;
  readonly #version: Statement;
  readonly #dataset: Statement;
  readonly #items: ItemCatalogue;
  readonly #feedback: FeedbackTable;
  readonly #users: UserHistories;

  private constructor(home: string, db: Database) {
    this.path = join(home, 'multvae.db');
    this.#db = db;
    this.#version = db.prepare('PRAGMA data_version').pluck();
    this.#dataset = db.prepare('SELECT * FROM dataset');
    this.#items = new ItemCatalogue(db);
    this.#feedback = new FeedbackTable(db);
    this.#users = new UserHistories(db, this.#items, this.#feedback);
  }

  /**
   * Opens the database of a home folder.
   *
   * @param options - `create`: make it, empty, where there is none
   * @throws HomeError when there is none, or it is foreign, newer than this version, or damaged
   * @throws DependencyError when better-sqlite3 is absent or too old
   */
  static open(home: string, options: { create?: boolean } = {}): RatingsDatabase {
    return new RatingsDatabase(home, openDatabase(home, options));
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
      this.#read(() => this.#users.importedAlone(userId)) ??
      this.#readWhole(() => this.#users.ratings(userId))
    );
  }

  /** The same with titles, the newest first, what has no timestamp last; null when the user is unknown. */
  userHistory(userId: string): HistoryEntry[] | null {
    return this.#readWhole(() => this.#users.history(userId));
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
      const slice = this.#read(() => this.#users.withItem(itemId, first, usersAtOnce));
      if (slice === null) break;
      for (const user of slice) found.set(user.userId, user);
      await new Promise(setImmediate);
    }
    for (const { userId, rating, timestamp } of this.#read(() => this.#feedback.ofItem(itemId))) {
      const { clicks } = found.get(userId) ?? {
        clicks: this.#read(() => this.#users.imported(userId)),
      };
      found.set(userId, { userId, rating, timestamp, clicks });
    }
    const users = [...found.values()];
    users.sort((a, b) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
    return users.slice(0, n);
  }

  /** Users whose id begins with a prefix, in code-point order; without one, the first in file order. */
  searchUsers(prefix: string, n: number): UserSummary[] {
    return this.#readWhole(() => this.#users.search(prefix, n));
  }

  /** The first `limit` users in file order. */
  userIds(limit: number): UserId[] {
    return this.#read(() => this.#users.first(limit));
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
