/** The results of hyper-parameter searches of one process at a time. */
import type { TrialResult } from '../trial.js';

/** The stored results of one hyper-parameter search. An interrupted search continues from them. */
export interface SearchJournal {
  /** The number of the search in its home. */
  readonly search: number;

  /** The results, in the order in which they were recorded. */
  results(): Promise<TrialResult[]>;

  /**
   * Stores a result. When the promise resolves, it is durable.
   *
   * @throws HomeError when another process has recorded the same trial and rung
   */
  record(result: TrialResult): Promise<void>;

  close(): Promise<void>;
}

/** A search with its results. */
export interface KeptSearch {
  readonly search: number;
  /** The text that it was opened with. */
  readonly settings: string;
  /** ISO 8601. */
  readonly begunAt: string;
  /** In the order in which they were recorded. */
  readonly results: readonly TrialResult[];
}

/** The searches of a store. */
export interface SearchJournals {
  /**
   * Opens the journal of the search with exactly these settings. Starts a new one where there is none.
   *
   * @param settings - everything that the results depend on, as JSON; the same text means the same search
   */
  open(settings: string): Promise<SearchJournal>;

  /** All searches; the one with the newest result first, and those without one by when they began. */
  list(): Promise<KeptSearch[]>;
}
