/** Hyper-parameter searches that workers on many machines share: who trains what, and what came of it. */
import type { TrialResult, TrialStep } from '../trial.js';

/** A process that takes part in a search. */
export interface SearchWorker {
  readonly host: string;
  readonly pid: number;
  /** What decides how it rounds, such as `avx512`; the architecture of the processor where the backend has none. */
  readonly instructionSet: string;
  /** Threads that compute; null where this package does not decide that. */
  readonly threads: number | null;
  /** Version of this package. */
  readonly version: string;
  /** How many trials its caller asked for. */
  readonly trials: number;
  /** A worker that has been silent for this long loses its training to another. */
  readonly leaseS: number;
}

/** What a caller learns while it takes part, and when it wants to stop. */
export interface SearchMembership {
  /** Stops the waiting for a store that is gone: what waits then throws the reason. */
  readonly signal?: AbortSignal;
  /** Told when the store goes and comes back, and when a lease is lost. */
  readonly onRemark?: (text: string) => void;
}

/** The result of a training, and the instruction set that gave it. */
export interface SharedTrialResult extends TrialResult {
  readonly instructionSet: string;
}

/** What is known of a search at one moment. */
export interface SearchState {
  /** In the order in which they were recorded. */
  readonly results: readonly SharedTrialResult[];
  /** Trainings that were handed out and have no result; some of their workers may be dead. */
  readonly running: readonly TrialStep[];
}

/** Looks at a search and says what to train next: `wait` for what others train, or `over` when nothing is left. */
export type NextStep = (state: SearchState) => TrialStep | 'wait' | 'over';

/** A training that this worker holds. */
export interface HeldTrial extends TrialStep {
  /** Names this handing out; another worker that takes the training over has another one. */
  readonly lease: string;
  /** How many workers held it before and were lost. */
  readonly lost: number;
  /** Aborted when another worker has recorded the result, so that to train on is wasted. */
  readonly ended: AbortSignal;
}

/**
 * A worker's part in a search. Leases are renewed by a thread of their own, because some trainings do not yield. They end
 * by the clock of the store alone.
 *
 * While the store is gone, every method waits for it and goes on, until the membership's signal is aborted.
 */
export interface SharedSearch {
  /** The number of the search in its store. */
  readonly search: number;
  /** Whether this worker began it. */
  readonly isNew: boolean;

  state(): Promise<SearchState>;

  /**
   * Takes a training: one that its worker gave back or did not keep alive, else the one that `next` names. Two workers
   * never take the same one while its lease lasts.
   */
  take(next: NextStep): Promise<HeldTrial | 'wait' | 'over'>;

  /**
   * Records the result of a training. The first result wins, also where the lease has been lost.
   *
   * @returns false when there was a result already; this one is then not kept
   */
  record(held: HeldTrial, result: TrialResult): Promise<boolean>;

  /** Gives a training back at once, without a result. Never waits long: where the store is gone, the lease ends by itself. */
  giveBack(held: HeldTrial): Promise<void>;

  /** Ends this worker's part. Never waits long. */
  leave(): Promise<void>;
}

/** A worker as a search remembers it. */
export interface WorkerStatus extends Omit<SearchWorker, 'trials' | 'leaseS'> {
  /** ISO 8601. */
  readonly joinedAt: string;
  /** Seconds since it was last heard of, by the store's clock. */
  readonly silentS: number;
  /** `working` and `waiting` workers are heard of; a `silent` one is stopped, dead or cut off; others `left`. */
  readonly state: 'working' | 'waiting' | 'silent' | 'left';
  /** Results that it recorded. */
  readonly results: number;
}

/** A training that was handed out and has no result. */
export interface RunningStatus extends TrialStep {
  /** Place of its worker in the list of workers; null when it was given back. */
  readonly worker: number | null;
  /** Seconds since it was handed out. */
  readonly runningS: number;
  /** Seconds until the lease ends; 0 when the next worker may take it. */
  readonly leaseS: number;
  /** How many workers held it before and were lost. */
  readonly lost: number;
}

/** A search with its workers and trainings. */
export interface SearchStatus {
  readonly search: number;
  /** The text that the search began with: everything that its results depend on, as JSON. */
  readonly settings: string;
  /** ISO 8601. */
  readonly begunAt: string;
  /** The most trials that a worker asked for. */
  readonly trials: number;
  /** In the order in which they joined. */
  readonly workers: readonly WorkerStatus[];
  readonly running: readonly RunningStatus[];
  /** In the order in which they were recorded. */
  readonly results: readonly SharedTrialResult[];
}

/** The searches of a store. */
export interface SharedSearches {
  /**
   * Joins the search with exactly these settings; begins it where there is none.
   *
   * @param settings - everything that the results depend on, as JSON; the same text means the same search
   * @throws StorageError when the store cannot be reached
   */
  join(
    settings: string,
    worker: SearchWorker,
    membership?: SearchMembership,
  ): Promise<SharedSearch>;

  /** All searches; those that something happened in last come first. */
  status(): Promise<SearchStatus[]>;
}
