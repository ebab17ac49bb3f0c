/** The store of a home: its ratings, users, items, feedback and rules, whatever database keeps them. */
import type { CatalogueReads } from './catalogue.js';
import type { DatasetReads, ImportMode, RatingsWriter, WriterRule } from './dataset.js';
import type { Documents } from './documents.js';
import type { FeedbackWriter } from './feedback.js';
import type { CatalogueImport, CatalogueWriter } from './item-writes.js';
import type { SearchJournals } from './journal.js';
import type { ListCounts } from './lists.js';
import type { HomePlace } from './place.js';
import type { RuleWriter, StoredRules } from './rules.js';
import type { SharedRuns } from './shared-runs.js';
import type { SharedSearches } from './shared-searches.js';
import type { UserReads } from './users.js';

/**
 * The data of a home. A home holds one data set. `openStore` opens one.
 *
 * A call that reads sees one version of the data. Every call throws StorageError when the store cannot be reached, or is
 * damaged, and HomeError when it was closed. A later call reaches a store that came back.
 */
export interface Store extends DatasetReads, UserReads, CatalogueReads {
  readonly place: HomePlace;

  /**
   * A number that changes whenever any stored data may have changed, here or by another process. It is cheap, so that a
   * cache can ask on every request.
   *
   * Null means unknown: this process has not been able to look for two seconds, or does not `watch` a store that only
   * those who watch hear of. Then nothing that was kept may be used. A write of this store raises it before its promise
   * resolves.
   */
  version(): number | null;

  /**
   * Follows from now on what other processes change, and looks after the store's files, until `close`. For a process
   * that serves; the promise resolves once `version` can be known. It does not throw where the store is gone: it goes on
   * trying.
   */
  watch(): Promise<void>;

  /**
   * Makes sure that the store can be reached, is the one that was opened, and is sound.
   *
   * @throws StorageError saying why not
   */
  confirm(): Promise<void>;

  /**
   * Reads everything that is stored, to find damage.
   *
   * @throws StorageError when some of it is damaged
   */
  check(): Promise<void>;

  /** What keeps the data, by name, such as `better-sqlite3` and `SQLite`, with the version of each. */
  versions(): Promise<Readonly<Record<string, string>>>;

  /** The shop's rules, oldest first. */
  rules(): Promise<StoredRules>;

  /** Opens the store for writing with its first write, so that reading needs no right to write. */
  readonly feedback: FeedbackWriter;
  /** The same for items. */
  readonly items: CatalogueWriter;
  /** The same for rules. */
  readonly ruleWriter: RuleWriter;
  /** Settings, records of nights and the like. */
  readonly documents: Documents;
  /** How many lists were shown, and what users did with them. */
  readonly lists: ListCounts;

  /**
   * Begins an import: a transaction that readers see only after its commit.
   *
   * @param rule - what is a click then. Default: `everyRow`
   * @throws StorageError when another process is importing into the same store
   */
  write(mode: ImportMode, rule?: WriterRule): Promise<RatingsWriter>;

  /** Begins an import of items alone, which touches no rating. @throws as `write` */
  writeItems(): Promise<CatalogueImport>;

  /** Published runs that machines share; null where runs live in the home folder alone. */
  readonly runs: SharedRuns | null;
  /** Searches that machines share; null where a search belongs to one process. */
  readonly searches: SharedSearches | null;
  /** Searches of one process at a time; null where `searches` has them. */
  readonly journals: SearchJournals | null;

  /** Commits waiting writes and closes everything. Safe to call twice. */
  close(): Promise<void>;
}

/** How a store is opened. */
export interface OpenStoreOptions {
  /** Make an empty store where there is none. Default: false. */
  readonly create?: boolean;
}

/** What a database module offers. */
export interface StoreModule {
  open(place: HomePlace, options: OpenStoreOptions): Promise<Store>;
}
