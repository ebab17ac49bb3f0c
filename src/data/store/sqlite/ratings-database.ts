/** The database of a home: its ratings, users, items, titles and feedback. */
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { FeedbackWord } from '../../feedback-clicks.js';
import type { UserId } from '../../ids.js';
import type { Field } from '../../items/fields.js';
import type { LabelledClicks } from '../../split/users.js';
import type {
  CatalogueEntry,
  CatalogueState,
  GenreCount,
  ItemQuestion,
  ItemSummary,
  NewestItem,
  StoredItem,
} from '../catalogue.js';
import {
  type ClickReading,
  type DatasetSummary,
  everyRow,
  type ImportCounts,
  type ImportMode,
  type WriterRule,
} from '../dataset.js';
import type { StoredRules } from '../rules.js';
import type { HistoryEntry, ItemUser, UserRating, UserSummary } from '../users.js';
import { openDatabase } from './connection.js';
import { countImport } from './dataset-table.js';
import { HeldFile, type WritingConnection } from './held-file.js';
import type { ItemCatalogue } from './item-catalogue.js';
import { SqliteCatalogueImport } from './items/catalogue-import.js';
import { latestUsers } from './items/item-users.js';
import { readLabelledClicks } from './labelled-clicks.js';
import { SqliteRatingsWriter } from './ratings-writer.js';
import { RuleTable } from './rules/rule-table.js';
import { prepareTables, type Tables } from './tables.js';

/**
 * The database of a home folder, in SQLite. A home holds one data set.
 *
 * When the file is removed or replaced while it is open, it is opened anew: a read notices that within a second, and
 * `confirm` at once.
 */
export class RatingsDatabase {
  readonly path: string;
  readonly #home: string;
  readonly #file: HeldFile;
  #tables: Tables | null = null;
  /** How often the file was opened. */
  #openings = 0;

  private constructor(home: string) {
    this.#home = home;
    this.path = join(home, 'multvae.db');
    this.#file = HeldFile.at(this.path);
  }

  /**
   * Opens the database of a home folder.
   *
   * @param options - `create`: make an empty database where there is none. Default: false
   * @throws HomeError when there is no database, or it is foreign, newer than this version, or damaged
   * @throws DependencyError when better-sqlite3 is absent or too old
   */
  static open(home: string, options: { create?: boolean } = {}): RatingsDatabase {
    const database = new RatingsDatabase(home);
    database.#open(options);
    return database;
  }

  close(): void {
    this.#tables?.close();
    this.#tables = null;
  }

  /** As `HeldFile.confirm`. */
  confirm(): void {
    this.#file.confirm();
  }

  /** As often as this is called, a file that was removed or replaced is noticed, even when nothing is read. */
  look(): void {
    this.#file.look();
  }

  /**
   * A number that changes when another connection changes the database, or another file takes its place. It is cheap
   * to read, so a cache can check on every request whether its entries are still valid.
   */
  version(): number {
    return this.#read(({ version }) => this.#openings * 2 ** 32 + (version.get() as number));
  }

  /** A text that changes with every import and change of an item, and when another file takes the place of the database. */
  catalogueVersion(): string {
    return this.#read(({ items }) => this.#versionOf(items));
  }

  /** Runs a query on the connection that reads. */
  query<T>(query: (db: Database) => T): T {
    return this.#read(({ db }) => query(db));
  }

  /** The shop's rules, oldest first. */
  rules(): StoredRules {
    return this.#read(({ db }) => new RuleTable(db).stored(this.#openings));
  }

  /** The imported data set; null when nothing was imported. */
  dataset(): DatasetSummary | null {
    return this.#read(({ dataset }) => dataset.summary());
  }

  /**
   * Whether the present data have this hash, or had it before rows were appended or users deleted. An import with
   * `replace` begins anew.
   */
  descendsFrom(dataHash: string): boolean {
    return this.#read(({ dataset }) => dataset.descendsFrom(dataHash));
  }

  /** As `Store.labelledClicks`. */
  labelledClicks(
    threshold: number | null,
    minClicks: number,
    options: ClickReading = {},
  ): LabelledClicks {
    return this.#readWhole(({ db }) => readLabelledClicks(db, threshold, minClicks, options));
  }

  /**
   * All ratings of a user, high and low; null when the user is unknown. The imported ratings come first, in file order.
   * Feedback on the same item replaces the imported rating in its place. Items with feedback alone follow.
   */
  userRatings(userId: string): UserRating[] | null {
    return (
      this.#read(({ users }) => users.importedAlone(userId)) ??
      this.#readWhole(({ users }) => users.ratings(userId))
    );
  }

  /** All ratings of a user with titles, the newest first, those without a timestamp last; null for an unknown user. */
  userHistory(userId: string): HistoryEntry[] | null {
    return this.#readWhole(({ users }) => users.history(userId));
  }

  /** The last feedback of every user on every item, in the order of each pair's first event. */
  feedback(): FeedbackWord[] {
    return this.#read(({ feedback }) => feedback.latest());
  }

  /** How many items have a title, and which feedback there is. */
  importCounts(): ImportCounts {
    return this.#readWhole(({ db }) => countImport(db));
  }

  /** Titles, genres and years, in the order of the ids; an unknown id gets none. */
  catalogue(itemIds: readonly string[]): CatalogueEntry[] {
    return this.#read(({ items }) => itemIds.map((id) => items.entry(id)));
  }

  /** As `Store.wholeCatalogue`. */
  wholeCatalogue(itemIds: readonly string[]): CatalogueState {
    return this.#readWhole(({ items }) => ({
      version: this.#versionOf(items),
      items: items.stored.whole(itemIds),
      fields: items.stored.fields(),
    }));
  }

  /** As `Store.catalogueChanges`. */
  catalogueChanges(since: string): CatalogueState | null {
    const [openings, ...version] = since.split(' ');
    return this.#readWhole(({ items }) => {
      const changed =
        openings === String(this.#openings) ? items.changedSince(version.join(' ')) : null;
      if (changed === null) return null;
      return { version: this.#versionOf(items), items: changed, fields: items.stored.fields() };
    });
  }

  /** All that is stored of some items, in the order of the ids; an unknown id gets nothing. */
  storedItems(itemIds: readonly string[]): StoredItem[] {
    return this.#read(({ items }) => itemIds.map((id) => items.stored.item(id)));
  }

  itemFields(): Field[] {
    return this.#read(({ items }) => items.stored.fields());
  }

  /** An item of the import, of the shop or of feedback; null for any other, and for one that was removed. */
  item(itemId: string): ItemSummary | null {
    return this.#read(({ items, feedback }) => {
      const item = items.listed.item(itemId);
      if (item !== null || items.isRemoved(itemId)) return item;
      const clicks = feedback.usersOf(itemId);
      return clicks === 0
        ? null
        : { ...items.entry(itemId), clicks, available: true, addedAt: null };
    });
  }

  /** Whether an item was removed from every answer. */
  isRemoved(itemId: string): boolean {
    return this.#read(({ items }) => items.isRemoved(itemId));
  }

  /** The items that answers may hold, those that were stored last first. */
  newestItems(): NewestItem[] {
    return this.#read(({ items }) => items.stored.newest());
  }

  /** The items that a query finds, or all, in an order: `ItemList.list`. */
  listItems(question: ItemQuestion): ItemSummary[] {
    return this.#read(({ items }) => items.listed.list(question));
  }

  /** Every genre, in code-point order. */
  genres(): readonly GenreCount[] {
    return this.#read(({ items }) => items.genres());
  }

  /** As `Store.itemUsers`. */
  itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    return latestUsers(itemId, n, (query) => this.#readWhole(query));
  }

  /** Users whose id begins with a prefix, in code-point order. With an empty prefix: the first in file order. */
  searchUsers(prefix: string, n: number): UserSummary[] {
    return this.#readWhole(({ users }) => users.search(prefix, n));
  }

  /** The first `limit` users in file order. */
  userIds(limit: number): UserId[] {
    return this.#read(({ users }) => users.first(limit));
  }

  /**
   * Begins an import: a transaction that readers see only after its commit.
   *
   * @param rule - what is a click then
   * @throws StorageError when another process is importing into the same home, or the file was removed or replaced
   */
  write(mode: ImportMode, rule: WriterRule = everyRow): SqliteRatingsWriter {
    return this.#writing((connection) => new SqliteRatingsWriter(connection, mode, rule));
  }

  /** The same of items alone. @throws as `write` */
  writeItems(): SqliteCatalogueImport {
    return this.#writing((connection) => new SqliteCatalogueImport(connection));
  }

  /** On a connection of its own: what reads meanwhile sees nothing of an import before its commit. */
  #writing<T>(begin: (connection: WritingConnection) => T): T {
    const file = this.#file;
    file.confirm();
    const { db, close } = file.connect(
      () => openDatabase(this.#home),
      () => undefined,
    );
    try {
      return file.use(() => begin({ db, file, close }));
    } catch (error) {
      close();
      throw error;
    }
  }

  #versionOf(items: ItemCatalogue): string {
    return `${this.#openings} ${items.version()}`;
  }

  #read<T>(query: (tables: Tables) => T): T {
    this.#file.look();
    return this.#file.use(() => query(this.#tables ?? this.#open()));
  }

  /** Runs several queries in one transaction, so that all of them see the same version of the data. */
  #readWhole<T>(query: (tables: Tables) => T): T {
    return this.#read((tables) => tables.db.transaction(() => query(tables)).deferred());
  }

  #open(options: { create?: boolean } = {}): Tables {
    const lost = () => {
      this.#tables = null;
    };
    const { db, close } = this.#file.connect(() => openDatabase(this.#home, options), lost);
    this.#openings++;
    try {
      this.#tables = { db, close, ...prepareTables(db) };
      return this.#tables;
    } catch (error) {
      close();
      throw error;
    }
  }
}
