/** One worker's part in a search that many share. */

import { setTimeout as delay } from 'node:timers/promises';
import type { HeldTrial, SearchState, SharedSearch } from '../../data/store/shared-searches.js';
import type { TrialResult, TrialStep } from '../../data/trial.js';
import { attempt, checkPlan, nextStep, type SearchPlan } from './search.js';

/** How often a worker without work looks for some. */
const defaultWaitMs = 500;

/** The input of a worker. */
export interface SharedSearchOptions {
  readonly plan: SearchPlan;
  readonly shared: SharedSearch;
  /**
   * Trains a configuration and measures it. The same configuration must give the same score on every worker. After a
   * DivergenceError or a ConfigError the trial counts as failed; any other error gives the trial back and ends this
   * worker's part.
   *
   * @param ended - aborted when another worker has recorded the result; the reason may then be thrown
   */
  readonly objective: (
    held: HeldTrial,
    ended: AbortSignal,
  ) => Promise<Pick<TrialResult, 'score' | 'durationS'>>;
  /** Called before each training. */
  readonly onStart?: (step: HeldTrial) => void;
  /** Called after each training, once its result is in the store, with all results. */
  readonly onResult?: (result: TrialResult, state: SearchState) => void;
  /** Called where another worker's result of the same training came first. */
  readonly onLate?: (step: TrialStep) => void;
  /** Called when there is nothing to train until others have results. */
  readonly onWait?: () => void;
  /** Ends this worker's part; its trial is given back. */
  readonly signal: AbortSignal;
  readonly waitMs?: number;
}

/**
 * Takes trainings of a shared search, and records their results, until the search is over for everybody.
 *
 * Successive halving does not wait: a worker promotes the best third of the results that are there, or begins a new
 * trial. So which trials are promoted depends on who is how fast, but the result of each does not.
 *
 * A worker that finds nothing to train waits, because a training of another may be promoted or be lost.
 *
 * @throws the signal's reason when it was aborted; ArgumentError when the plan fixes every hyper-parameter
 */
export async function takePart(options: SharedSearchOptions): Promise<void> {
  const { plan, shared, signal, waitMs = defaultWaitMs } = options;
  checkPlan(plan);
  let isWaiting = false;
  for (;;) {
    signal.throwIfAborted();
    const taken = await shared.take(({ results, running }) => {
      return nextStep(plan, results, running) ?? (running.length > 0 ? 'wait' : 'over');
    });
    if (taken === 'over') return;
    if (taken === 'wait') {
      if (!isWaiting) options.onWait?.();
      isWaiting = true;
      await delay(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      continue;
    }
    isWaiting = false;
    await trainHeld(taken, options);
  }
}

/** Trains what this worker holds, and records the result or gives it back. */
async function trainHeld(held: HeldTrial, options: SharedSearchOptions): Promise<void> {
  const { shared, objective, onStart, onResult, onLate } = options;
  try {
    onStart?.(held);
    const result = await attempt(held, () => objective(held, held.ended));
    if (await shared.record(held, result)) onResult?.(result, await shared.state());
    else onLate?.(held);
  } catch (error) {
    if (held.ended.aborted && error === held.ended.reason) {
      onLate?.(held);
      return;
    }
    await shared.giveBack(held);
    throw error;
  }
}
