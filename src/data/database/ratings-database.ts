import { join } from 'node:path';
import type { Database, Statement } from 'better-sqlite3';
import type { ItemId, UserId } from '../ids.js';
import type { LabelledClicks } from '../split.js';
import { openDatabase, translateErrors } from './connection.js';
import { History } from './history.js';
import { readLabelledClicks } from './labelled-clicks.js';
import { type ImportMode, RatingsWriter } from './ratings-writer.js';

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

/** An item as a reader knows it. */
export interface CatalogueEntry {
  readonly itemId: ItemId;
  /** As published, with the year where it carries one; null where no title is stored. */
  readonly title: string | null;
  readonly genres: string[];
  readonly year: number | null;
}

/** One stored rating of a user; `rating` is null for a click without one. */
export interface UserRating {
  readonly itemId: ItemId;
  readonly rating: number | null;
}

/** The one data set of a home folder: its ratings, users, items and titles, in SQLite. */
export class RatingsDatabase {
  readonly path: string;
  readonly #db: Database;
  readonly #userIndex: Statement;
  readonly #history: Statement;
  readonly #itemId: Statement;
  readonly #entry: Statement;

  private constructor(home: string, db: Database) {
    this.path = join(home, 'multvae.db');
    this.#db = db;
    this.#userIndex = db.prepare('SELECT user_index FROM users WHERE id = ?').pluck();
    this.#history = db.prepare('SELECT ratings FROM histories WHERE user_index = ?').pluck();
    this.#itemId = db.prepare('SELECT id FROM items WHERE item_index = ?').pluck();
    this.#entry = db.prepare('SELECT title, year, genres FROM items WHERE id = ?');
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

  /** What was imported; null when nothing was. */
  dataset(): DatasetSummary | null {
    return this.#read(() => {
      const row = this.#db.prepare('SELECT * FROM dataset').get() as DatasetRow | undefined;
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
    // One transaction: an import that commits between two of its queries must not be seen halfway.
    return this.#read(() =>
      this.#db.transaction(() => readLabelledClicks(this.#db, threshold, minClicks)).deferred(),
    );
  }

  /** A user's stored ratings in file order, high and low; null when the user is unknown. */
  userRatings(userId: string): UserRating[] | null {
    return this.#read(() => {
      const index = this.#userIndex.get(userId);
      if (index === undefined) return null;
      const history = new History(this.#history.get(index) as Buffer);
      return Array.from({ length: history.length }, (_, r) => {
        const rating = history.rating(r);
        return {
          itemId: this.#itemId.get(history.item(r)) as ItemId,
          rating: Number.isNaN(rating) ? null : rating,
        };
      });
    });
  }

  /** Titles, genres and years in the order of the ids; an unknown id gets neither. */
  catalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(() =>
      itemIds.map((id) => {
        const row = this.#entry.get(id) as CatalogueRow | undefined;
        return {
          itemId: id as ItemId,
          title: row?.title ?? null,
          genres: row === undefined ? [] : JSON.parse(row.genres),
          year: row?.year ?? null,
        };
      }),
    );
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

interface CatalogueRow {
  readonly title: string | null;
  readonly year: number | null;
  readonly genres: string;
}
