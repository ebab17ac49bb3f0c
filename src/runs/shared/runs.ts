/** The runs of a home and the documents about them, wherever they are kept: what all callers speak. */
import type { ActivationOptions } from '../activations.js';
import type { ChoosePart } from '../divided/division.js';
import type { StoredMap, StoredMeasurement } from '../evaluations.js';
import type { RunContents, RunSummary, RunUsers, StoredRun } from '../format.js';
import type { DescribedRun } from '../run-files.js';

/** A value, or the promise of one: what is kept in a folder is there at once. */
export type Awaitable<T> = T | Promise<T>;

/**
 * The published runs of a home, and which of them is served. `RunStore` keeps them in the home folder, `StoreRuns` in a
 * store that several machines share.
 *
 * Every method that takes an id fails with an UnknownRunError when there is no such run, and with a StorageError when
 * a shared store cannot be reached.
 */
export interface Runs {
  /** Every published run, newest first, after a quick check. */
  list(): Awaitable<readonly RunSummary[]>;

  /**
   * A run, after a check of every file.
   *
   * @param choose - which part of the weights to keep. Default: all.
   * @throws RunError naming the file that is wrong
   */
  load(id: string, choose?: ChoosePart): Awaitable<StoredRun>;

  /** A run without weights and split. @throws RunError as `load` */
  describe(id: string): Awaitable<DescribedRun>;

  /** Who is held out, and whom the run was trained on. @throws RunError as `load` */
  users(id: string): Awaitable<RunUsers>;

  /** A text that changes with every change of a run's files. */
  stamp(id: string): Awaitable<string>;

  /** Checks a run's description alone. @throws RunError as `load`, for that file */
  checkDescription(id: string): Awaitable<void>;

  requirePublished(id: string): Awaitable<void>;

  /** Checks every file where the run is kept. @throws RunError naming the file that is wrong */
  check(id: string): Promise<void>;

  /**
   * Brings the files of a run into the home folder, where they are not there and whole, so that `RunStore` can load
   * them.
   *
   * @throws RunError naming the file that is damaged, StorageError when the disk refuses, or the signal's reason
   */
  obtain(id: string, signal?: AbortSignal): Awaitable<void>;

  /** The id of the run that is served; null for none. */
  active(): Awaitable<string | null>;

  /** The id of the run that was active before the active one. @throws RunError when there was none */
  previous(): Awaitable<string>;

  /** Makes a run visible, whole or not at all. @throws RunError when a run of that id exists */
  publish(id: string, contents: RunContents): Awaitable<void>;

  /** Makes a run the one that is served, after checking it. @throws RunError when it cannot be used */
  activate(id: string, options?: ActivationOptions): Awaitable<void>;

  /**
   * Goes back to the run that was served before, after checking it.
   *
   * @param checked - that run, if the caller has checked it
   * @returns its id
   */
  rollback(checked?: string): Awaitable<string>;

  /** Deletes a run, or a training that is not finished. @throws RunError when it is active or in training */
  remove(id: string): Awaitable<void>;
}

/** The measurements, report pages and maps of items of runs. */
export interface Evaluations {
  /** Where they are kept, for messages. */
  readonly folder: string;

  /** Stores the report of `multvae evaluate`. @throws StorageError when it cannot be written */
  keep(run: string, split: string, report: unknown): Awaitable<void>;

  /** Stores the page of `multvae report`. @throws StorageError when it cannot be written */
  keepPage(run: string, page: string): Awaitable<void>;

  /** Stores the map of a run's items. @throws StorageError when it cannot be written */
  keepMap(run: string, map: StoredMap): Awaitable<void>;

  /** The map of a run's items; null for none. @throws RunError when it is damaged */
  map(run: string): Awaitable<StoredMap | null>;

  /** The last measurement on a set of held-out users; null for none. @throws RunError when it is damaged */
  measurement(run: string, split: string): Awaitable<StoredMeasurement | null>;

  /** The report page of a run; null for none. */
  page(run: string): Awaitable<string | null>;

  /** Deletes all documents about a run; there may be none. @throws StorageError when it cannot */
  remove(run: string): Awaitable<void>;
}
