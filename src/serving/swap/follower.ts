/** Follows the run that is named as the active one, and tries again where it cannot be served yet. */

import type { Runs } from '../../runs/shared/runs.js';

/** The first wait before a run that could not be loaded is tried again; each further one is twice as long. */
const firstWaitMs = 1000;
const maxWaitMs = 60_000;

/** Why a process does not serve the run that is named as the active one. */
export interface Lag {
  /** Null where it cannot be found out which run that is. */
  readonly run: string | null;
  readonly problem: string;
}

/** What a follower needs. */
export interface FollowerOptions {
  readonly store: Pick<Runs, 'active' | 'requirePublished'>;
  /** The run that is served. */
  readonly served: () => string | null;
  /** Serves the run that is named now. */
  readonly follow: () => Promise<void>;
  /** Told once of each reason why the named run is not served. */
  readonly onProblem: (error: Error) => void;
}

/** Compares the named run with the served one, each time that it looks. */
export class Follower {
  readonly #options: FollowerOptions;
  #lag: Lag | null = null;
  #isLooking = false;
  #waitMs = firstWaitMs;
  /** Not before this time, by `performance.now()`. */
  #tryAtMs = 0;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  /** Null while the named run is served, or nobody has looked yet. */
  get lag(): Lag | null {
    return this.#lag;
  }

  /**
   * Looks, unless it still does. A run that is not there is looked for each time, because that costs little; a load that
   * failed has to wait.
   */
  look(): void {
    if (this.#isLooking) return;
    this.#isLooking = true;
    void this.#compare().finally(() => {
      this.#isLooking = false;
    });
  }

  async #compare(): Promise<void> {
    const { store, served, follow } = this.#options;
    let named: string | null = null;
    try {
      named = await store.active();
      if (named === null || named === served()) {
        this.#arrive();
        return;
      }
      await store.requirePublished(named);
    } catch (error) {
      this.#fail(named, error as Error);
      this.#startAgain();
      return;
    }
    if (this.#lag?.run !== named) this.#startAgain();
    if (performance.now() < this.#tryAtMs) return;
    try {
      await follow();
      this.#arrive();
    } catch (error) {
      this.#fail(named, error as Error);
      this.#tryAtMs = performance.now() + this.#waitMs;
      this.#waitMs = Math.min(2 * this.#waitMs, maxWaitMs);
    }
  }

  #arrive(): void {
    this.#lag = null;
    this.#startAgain();
  }

  #startAgain(): void {
    this.#waitMs = firstWaitMs;
    this.#tryAtMs = 0;
  }

  #fail(run: string | null, error: Error): void {
    const isNew = this.#lag?.run !== run || this.#lag.problem !== error.message;
    this.#lag = { run, problem: error.message };
    if (isNew) this.#options.onProblem(error);
  }
}
