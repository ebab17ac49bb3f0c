/** The data set of a store: its description, counts, and what writes an import. */
import { paperProtocol } from '../../config/protocol.js';
import type { ClickRule } from '../click.js';
import type { FeedbackWord } from '../feedback-clicks.js';
import type { IdIndex } from '../files/id-index.js';
import type { ItemRow } from '../files/items/item-row.js';
import type { Scale } from '../files/rating.js';
import type { RatingList } from '../files/rating-list.js';
import type { LabelledClicks } from '../split/users.js';
import type { ItemsOutcome } from './items/item-typing.js';

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
  /** A pair whose weights add up to less, or to nothing, is no click; null where the data have no weights. */
  readonly minWeight: number | null;
  readonly files: readonly string[];
  /** ISO 8601. */
  readonly importedAt: string;
}

/** What a home holds besides ratings. */
export interface ImportCounts {
  /** Rated items with a title. */
  readonly titledItems: number;
  readonly feedback: number;
  /** Feedback events with a rating. */
  readonly ratedFeedback: number;
  /** Feedback events on an item with a rating or a title. */
  readonly feedbackOnKnownItems: number;
}

/** What is read of clicks. */
export interface ClickReading {
  /** Default: false. */
  readonly withTimes?: boolean;
}

/** Reads the data set as a whole. */
export interface DatasetReads {
  /** The imported data set; null when nothing was imported. */
  dataset(): Promise<DatasetSummary | null>;

  /**
   * Whether the present data have this hash, or had it before rows were appended or users deleted. An import with
   * `replace` begins anew.
   */
  descendsFrom(dataHash: string): Promise<boolean>;

  /**
   * The clicks of every user; `isClick` says what counts as one. All of it is of one version of the data.
   *
   * Every stored item is a column, clicked or not. Users with fewer than `minClicks` clicks, and users without any, are
   * left out. Rows follow `idOrder`; the clicks of a row follow the file.
   *
   * @param threshold - null makes every rating a click, where its weight is enough
   * @param options - `withTimes`: whether to read `times` too. Default: false
   */
  labelledClicks(
    threshold: number | null,
    minClicks: number,
    options?: ClickReading,
  ): Promise<LabelledClicks>;

  /** The last feedback of every user on every item, in the order of each pair's first event. */
  latestFeedback(): Promise<FeedbackWord[]>;

  /** How many items have a title, and which feedback there is. */
  importCounts(): Promise<ImportCounts>;
}

/** `new`: the home is empty. `replace`: its data set is deleted. `append`: rows are added to its data set. */
export type ImportMode = 'new' | 'replace' | 'append';

/** The description that an import stores when it ends. */
export interface ImportRecord {
  readonly name: string;
  readonly dataHash: string;
  readonly scale: Scale | null;
  readonly files: readonly string[];
  /** Whether the feedback of the home is deleted. */
  readonly dropFeedback: boolean;
}

/** What is a click in the data that an import leaves. */
export interface WriterRule extends ClickRule {
  /** What `clickCounts` goes by; a training may choose another threshold. */
  readonly threshold: number;
}

/** The rule of data without weights. */
export const everyRow: WriterRule = {
  threshold: paperProtocol.ratingThreshold,
  minWeight: null,
};

/** A position has 32 bits. */
export const maxRows = 2 ** 31 - 1;

/**
 * Ratings in memory, 48 MB of them, before they are written user by user. With a file sorted by user, each history is
 * written once. With a file in random order, each history is written once per this many rows.
 */
export const rowsHeld = 2_000_000;

/**
 * One import as one transaction: readers see all of it after `commit`, and nothing before. `commit` or `rollback` ends
 * it; if the process dies, it is rolled back. Calls do not overlap: each begins after the one before has resolved.
 */
export interface RatingsWriter {
  /** The reader of the file adds new ids here; the writer stores them. Both begin with the ids of the home. */
  readonly users: IdIndex;
  readonly items: IdIndex;
  /** What is a click after this import. */
  readonly rule: WriterRule;
  /** New (user, item) pairs. */
  readonly stored: number;
  /** Rows of a pair that was stored already. Rating and timestamp were replaced; the position stayed. */
  readonly updated: number;
  /** Feedback events that were deleted. */
  readonly droppedFeedback: number;

  /** The clicks among the stored ratings, and how many users have fewer than a minimum. Valid after `commit`. */
  clickCounts(minClicks: number): { clicks: number; usersBelow: number };

  /**
   * Stores accepted rows, in file order. A repeated (user, item) keeps its first position, and its weights add up: rows
   * without one weigh 1 where others of the home have one.
   *
   * @param ratings - copied: the caller may change it once the promise has resolved
   * @throws HomeError when there are more rows than a position can count
   */
  addRatings(ratings: RatingList): Promise<void>;

  /** Takes rows of a file of items, of rated ones and of others; a later one of the same item replaces it. */
  addItems(rows: readonly ItemRow[]): Promise<void>;

  /** Stores the items that were added; `availability` names the field that says whether one is to be had. */
  storeItems(availability?: string): Promise<ItemsOutcome>;

  /**
   * Makes the whole import visible and durable.
   *
   * Feedback stays, also when other data replace the old ones: it names users and items by their ids. It is deleted
   * only when the record says so.
   */
  commit(record: ImportRecord): Promise<void>;

  /** Undoes the whole import. Does nothing after a commit. */
  rollback(): Promise<void>;
}
