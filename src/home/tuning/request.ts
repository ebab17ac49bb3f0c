/** What a search needs, whether one process does it or many. */

import type { SearchPlan, TrialResult, TrialStep } from '../../model/training/search.js';
import type { TrialBench } from './measurement.js';

/** A shared search as a worker meets it. */
export interface SharedStart {
  /** The number of the search in its store. */
  readonly search: number;
  /** Whether this worker began it. */
  readonly isNew: boolean;
  /** Other workers that take part. */
  readonly workers: number;
}

/** What a search came to. */
export interface SearchOutcome {
  /** All results, by whichever process, in the order in which they were recorded. */
  readonly results: readonly TrialResult[];
  /** Whether this process was stopped before the search was over. */
  readonly isStopped: boolean;
}

/** What to search, with what, and who is told. */
export interface SearchRequest {
  readonly plan: SearchPlan;
  /** The text that names the search. */
  readonly settings: string;
  readonly bench: TrialBench;
  /** The home folder, for checkpoints; they stay on this machine. */
  readonly folder: string;
  /** Seconds that a worker of a shared search may be silent before others take its training over. */
  readonly leaseS: number;
  /** Ends this process's part. */
  readonly stop: AbortSignal;
  /** Called before the first training, with the results that are there; `shared` is null for a search of one process. */
  readonly onSearch: (start: {
    readonly results: readonly TrialResult[];
    readonly shared: SharedStart | null;
  }) => void;
  readonly onTrial?: ((step: TrialStep) => void) | undefined;
  /** Called after each training of this process, with all results. */
  readonly onResult: (result: TrialResult, results: readonly TrialResult[]) => void;
}
