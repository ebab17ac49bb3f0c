/** The interface of a store over a schema of PostgreSQL. */
import { StorageError } from '../../../errors.js';
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
  type RatingsWriter,
  type WriterRule,
} from '../dataset.js';
import { recordBytes, weightBytes } from '../histories/history.js';
import type { CatalogueImport } from '../item-writes.js';
import type { HomePlace } from '../place.js';
import type { StoredRules } from '../rules.js';
import type { Store } from '../store.js';
import type { HistoryEntry, ItemUser, UserRating, UserSummary } from '../users.js';
import type { Connection } from './connection.js';
import { PostgresDataset } from './dataset.js';
import { PostgresDocuments } from './documents/documents.js';
import { driverVersion } from './driver.js';
import { PostgresFeedbackWriter } from './feedback/feedback-writer.js';
import { storedHistories } from './histories/stored-histories.js';
import { PostgresUsers } from './histories/user-histories.js';
import { PostgresRatingsWriter } from './import/ratings-writer.js';
import { PostgresCatalogueImport } from './items/catalogue-import.js';
import { PostgresCatalogue } from './items/catalogue-reads.js';
import { PostgresCatalogueWriter } from './items/catalogue-writer.js';
import { PostgresListCounts } from './lists/list-counts.js';
import { PostgresRules } from './rules/rule-store.js';
import { PostgresRuns } from './runs/postgres-runs.js';
import { PostgresSearches } from './searches/searches.js';
import { removed } from './transaction.js';
import { VersionWatch } from './watch.js';

/** A store in a schema of PostgreSQL. */
export class PostgresStore implements Store {
  readonly place: HomePlace;
  readonly feedback: PostgresFeedbackWriter;
  readonly items: PostgresCatalogueWriter;
  readonly ruleWriter: PostgresRules;
  readonly documents: PostgresDocuments;
  readonly lists: PostgresListCounts;
  readonly runs: PostgresRuns;
  readonly searches: PostgresSearches;
  readonly journals = null;
  readonly #connection: Connection;
  readonly #watch: VersionWatch;
  readonly #dataset: PostgresDataset;
  readonly #users: PostgresUsers;
  readonly #catalogue: PostgresCatalogue;
  /** Tells the schema from one that takes its place. */
  readonly #born: string;

  /** @param connection - closed with the store */
  constructor(place: HomePlace, connection: Connection, born: string) {
    this.place = place;
    this.#connection = connection;
    this.#born = born;
    this.#watch = new VersionWatch(connection);
    this.#dataset = new PostgresDataset(connection);
    this.#users = new PostgresUsers(connection);
    this.#catalogue = new PostgresCatalogue(connection);
    this.runs = new PostgresRuns(connection);
    this.searches = new PostgresSearches(connection, place.store!);
    this.feedback = new PostgresFeedbackWriter(connection);
    this.items = new PostgresCatalogueWriter(connection);
    this.documents = new PostgresDocuments(connection);
    this.lists = new PostgresListCounts(connection);
    this.ruleWriter = new PostgresRules(connection);
  }

  version(): number | null {
    return this.#watch.version();
  }

  watch(): Promise<void> {
    return this.#watch.start();
  }

  async confirm(): Promise<void> {
    const { address } = this.#connection;
    const [about] = await this.#connection.read<{ born: string }>('SELECT born FROM store.about');
    if (about === undefined) throw removed(address);
    if (about.born === this.#born) return;
    throw new StorageError(
      'replaced',
      `${address.shown} was replaced by another store while it was in use; restart this process`,
    );
  }

  async check(): Promise<void> {
    const { shown } = this.#connection.address;
    await this.#connection.snapshot(
      async (session) => {
        let users = 0;
        for await (const rows of storedHistories(session)) {
          users += rows.length;
          for (const [user, [ratings, weights]] of rows) {
            const records = ratings.length / recordBytes;
            const isWhole = weights === null || weights.length === records * weightBytes;
            if (isWhole && Number.isInteger(records)) continue;
            throw new StorageError(
              'damaged',
              `${shown} is damaged: the history of user number ${user} has ${ratings.length} bytes; restore it from a backup, or import again`,
            );
          }
        }
        const [count] = await session.query<{ users: number }>(
          'SELECT count(*) AS users FROM store.users',
        );
        if (count!.users !== users) {
          throw new StorageError(
            'damaged',
            `${shown} is damaged: it has ${count!.users} users and ${users} histories; restore it from a backup, or import again`,
          );
        }
        await session.run('SELECT sum(length(key || user_id || item_id)) FROM store.feedback');
        await session.run('SELECT sum(length(items::text)) FROM store.items AS items');
      },
      { long: true },
    );
  }

  async versions(): Promise<Readonly<Record<string, string>>> {
    const [row] = await this.#connection.read<{ server: string }>(
      "SELECT current_setting('server_version') AS server",
    );
    return { pg: driverVersion(), PostgreSQL: row!.server };
  }

  dataset(): Promise<DatasetSummary | null> {
    return this.#dataset.dataset();
  }

  descendsFrom(dataHash: string): Promise<boolean> {
    return this.#dataset.descendsFrom(dataHash);
  }

  labelledClicks(
    threshold: number | null,
    minClicks: number,
    options: ClickReading = {},
  ): Promise<LabelledClicks> {
    return this.#dataset.labelledClicks(threshold, minClicks, options);
  }

  latestFeedback(): Promise<FeedbackWord[]> {
    return this.#dataset.latestFeedback();
  }

  importCounts(): Promise<ImportCounts> {
    return this.#dataset.importCounts();
  }

  userRatings(userId: string): Promise<UserRating[] | null> {
    return this.#users.userRatings(userId);
  }

  userHistory(userId: string): Promise<HistoryEntry[] | null> {
    return this.#users.userHistory(userId);
  }

  searchUsers(prefix: string, n: number): Promise<UserSummary[]> {
    return this.#users.searchUsers(prefix, n);
  }

  userIds(limit: number): Promise<UserId[]> {
    return this.#users.userIds(limit);
  }

  usersAfter(after: UserId | null, n: number): Promise<UserId[]> {
    return this.#users.usersAfter(after, n);
  }

  userCount(): Promise<number> {
    return this.#users.userCount();
  }

  itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    return this.#users.itemUsers(itemId, n);
  }

  catalogueVersion(): Promise<string> {
    return this.#catalogue.catalogueVersion();
  }

  catalogue(itemIds: readonly string[]): Promise<CatalogueEntry[]> {
    return this.#catalogue.catalogue(itemIds);
  }

  wholeCatalogue(itemIds: readonly string[]): Promise<CatalogueState> {
    return this.#catalogue.wholeCatalogue(itemIds);
  }

  catalogueChanges(since: string): Promise<CatalogueState | null> {
    return this.#catalogue.catalogueChanges(since);
  }

  storedItems(itemIds: readonly string[]): Promise<StoredItem[]> {
    return this.#catalogue.storedItems(itemIds);
  }

  itemFields(): Promise<Field[]> {
    return this.#catalogue.itemFields();
  }

  item(itemId: string): Promise<ItemSummary | null> {
    return this.#catalogue.item(itemId);
  }

  isRemoved(itemId: string): Promise<boolean> {
    return this.#catalogue.isRemoved(itemId);
  }

  newestItems(): Promise<NewestItem[]> {
    return this.#catalogue.newestItems();
  }

  listItems(question: ItemQuestion): Promise<ItemSummary[]> {
    return this.#catalogue.listItems(question);
  }

  genres(): Promise<readonly GenreCount[]> {
    return this.#catalogue.genres();
  }

  rules(): Promise<StoredRules> {
    return this.ruleWriter.stored();
  }

  write(mode: ImportMode, rule: WriterRule = everyRow): Promise<RatingsWriter> {
    return PostgresRatingsWriter.begin(this.#connection, mode, rule);
  }

  writeItems(): Promise<CatalogueImport> {
    return PostgresCatalogueImport.begin(this.#connection);
  }

  async close(): Promise<void> {
    await this.feedback.close();
    await this.items.close();
    await this.#watch.stop();
    await this.#connection.close();
  }
}
