/** The interface of a store over the database of a home folder. */

import { sqliteVersions } from '../../../storage/sqlite/package.js';
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
import type {
  ClickReading,
  DatasetSummary,
  ImportCounts,
  ImportMode,
  RatingsWriter,
  WriterRule,
} from '../dataset.js';
import type { CatalogueImport } from '../item-writes.js';
import type { SearchJournals } from '../journal.js';
import type { HomePlace } from '../place.js';
import type { StoredRules } from '../rules.js';
import type { OpenStoreOptions, Store } from '../store.js';
import type { HistoryEntry, ItemUser, UserRating, UserSummary } from '../users.js';
import { checkPages } from './connection.js';
import { SqliteDocuments } from './documents/documents.js';
import { SqliteFeedbackWriter } from './feedback/feedback-writer.js';
import { SqliteCatalogueWriter } from './items/catalogue-writer.js';
import { SqliteListCounts } from './lists/list-counts.js';
import { RatingsDatabase } from './ratings-database.js';
import { SqliteRuleWriter } from './rules/rule-writer.js';
import { listSearches, SqliteSearchJournal } from './search-journal.js';
import { userCount, usersAfter } from './user-histories.js';

/** How often a watched file is looked at, when no request makes a read look. */
const lookMs = 1000;

/** A store in SQLite. Its reads are done when they return; only the promise comes later. */
export class SqliteStore implements Store {
  readonly place: HomePlace;
  readonly feedback: SqliteFeedbackWriter;
  readonly items: SqliteCatalogueWriter;
  readonly ruleWriter: SqliteRuleWriter;
  readonly documents: SqliteDocuments;
  readonly lists: SqliteListCounts;
  readonly runs = null;
  readonly searches = null;
  readonly journals: SearchJournals;
  readonly #database: RatingsDatabase;
  #looking: NodeJS.Timeout | undefined;

  /** Opens the database. @throws as `RatingsDatabase.open` */
  constructor(place: HomePlace, options: OpenStoreOptions = {}) {
    const { folder } = place;
    this.place = place;
    this.#database = RatingsDatabase.open(folder, options);
    this.feedback = new SqliteFeedbackWriter(folder);
    this.items = new SqliteCatalogueWriter(folder);
    this.ruleWriter = new SqliteRuleWriter(folder);
    this.documents = new SqliteDocuments(folder, (query) => this.#database.query(query));
    this.lists = new SqliteListCounts(folder, (query) => this.#database.query(query));
    this.journals = {
      open: async (settings) => SqliteSearchJournal.open(folder, settings),
      list: async () => listSearches(folder),
    };
  }

  /** Never null: the file itself is asked. */
  version(): number {
    return this.#database.version();
  }

  async watch(): Promise<void> {
    this.feedback.emptyOldLog();
    clearInterval(this.#looking);
    this.#looking = setInterval(() => this.#database.look(), lookMs).unref();
  }

  async confirm(): Promise<void> {
    this.#database.confirm();
    this.#database.dataset();
  }

  async check(): Promise<void> {
    checkPages(this.place.folder);
  }

  async versions(): Promise<Readonly<Record<string, string>>> {
    const { betterSqlite3, sqlite } = sqliteVersions();
    return { 'better-sqlite3': betterSqlite3, SQLite: sqlite };
  }

  async dataset(): Promise<DatasetSummary | null> {
    return this.#database.dataset();
  }

  async descendsFrom(dataHash: string): Promise<boolean> {
    return this.#database.descendsFrom(dataHash);
  }

  async labelledClicks(
    threshold: number | null,
    minClicks: number,
    options: ClickReading = {},
  ): Promise<LabelledClicks> {
    return this.#database.labelledClicks(threshold, minClicks, options);
  }

  async latestFeedback(): Promise<FeedbackWord[]> {
    return this.#database.feedback();
  }

  async importCounts(): Promise<ImportCounts> {
    return this.#database.importCounts();
  }

  async userRatings(userId: string): Promise<UserRating[] | null> {
    return this.#database.userRatings(userId);
  }

  async userHistory(userId: string): Promise<HistoryEntry[] | null> {
    return this.#database.userHistory(userId);
  }

  async searchUsers(prefix: string, n: number): Promise<UserSummary[]> {
    return this.#database.searchUsers(prefix, n);
  }

  async userIds(limit: number): Promise<UserId[]> {
    return this.#database.userIds(limit);
  }

  async usersAfter(after: UserId | null, n: number): Promise<UserId[]> {
    return this.#database.query((db) => usersAfter(db, after, n));
  }

  async userCount(): Promise<number> {
    return this.#database.query(userCount);
  }

  itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    return this.#database.itemUsers(itemId, n);
  }

  async catalogueVersion(): Promise<string> {
    return this.#database.catalogueVersion();
  }

  async catalogue(itemIds: readonly string[]): Promise<CatalogueEntry[]> {
    return this.#database.catalogue(itemIds);
  }

  async wholeCatalogue(itemIds: readonly string[]): Promise<CatalogueState> {
    return this.#database.wholeCatalogue(itemIds);
  }

  async catalogueChanges(since: string): Promise<CatalogueState | null> {
    return this.#database.catalogueChanges(since);
  }

  async storedItems(itemIds: readonly string[]): Promise<StoredItem[]> {
    return this.#database.storedItems(itemIds);
  }

  async itemFields(): Promise<Field[]> {
    return this.#database.itemFields();
  }

  async item(itemId: string): Promise<ItemSummary | null> {
    return this.#database.item(itemId);
  }

  async isRemoved(itemId: string): Promise<boolean> {
    return this.#database.isRemoved(itemId);
  }

  async newestItems(): Promise<NewestItem[]> {
    return this.#database.newestItems();
  }

  async listItems(question: ItemQuestion): Promise<ItemSummary[]> {
    return this.#database.listItems(question);
  }

  async genres(): Promise<readonly GenreCount[]> {
    return this.#database.genres();
  }

  async rules(): Promise<StoredRules> {
    return this.#database.rules();
  }

  async write(mode: ImportMode, rule?: WriterRule): Promise<RatingsWriter> {
    return this.#database.write(mode, rule);
  }

  async writeItems(): Promise<CatalogueImport> {
    return this.#database.writeItems();
  }

  async close(): Promise<void> {
    clearInterval(this.#looking);
    this.lists.close();
    this.documents.close();
    this.ruleWriter.close();
    this.items.close();
    this.feedback.close();
    this.#database.close();
  }
}
