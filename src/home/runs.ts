/** The runs of a home: which there are, which is active, and which can go. */

import { RunError } from '../errors.js';
import type { RunSummary, StoredRun } from '../runs/format.js';
import { RunStore } from '../runs/store.js';

/** A training that is running, or was stopped. */
export interface PendingTraining {
  readonly id: string;
  /** The process that trains it; null when it was stopped. */
  readonly pid: number | null;
}

/** The runs of a home, newest first, and the trainings that are not finished. */
export interface HomeRuns {
  readonly runs: readonly RunSummary[];
  readonly pending: readonly PendingTraining[];
}

/** Lists what a home has trained. */
export function listRuns(folder: string): HomeRuns {
  const store = new RunStore(folder);
  const runs = store.list();
  return { runs, pending: store.pending().map((id) => ({ id, pid: store.trainer(id) })) };
}

/**
 * The named run, or the active one.
 *
 * @throws RunError when there is none, or it cannot be used
 */
export function loadRun(folder: string, id?: string): StoredRun {
  const store = new RunStore(folder);
  const chosen = id ?? store.active();
  if (chosen === null) throw noActiveRun(folder);
  return store.load(chosen);
}

/**
 * Makes a run the active one, after checking every file of it. A server that is running follows.
 *
 * @throws UnknownRunError when there is no such run, RunError when it cannot be used
 */
export function activateRun(folder: string, id: string): void {
  new RunStore(folder).activate(id);
}

/**
 * Makes the run that was active before the active one again.
 *
 * @returns its id
 * @throws RunError when there was none, or it cannot be used
 */
export function rollbackRun(folder: string): string {
  return new RunStore(folder).rollback();
}

/**
 * Deletes a run that is not active, or a stopped training with its checkpoint.
 *
 * @throws RunError when there is no such run, or it is in use
 */
export function removeRun(folder: string, id: string): void {
  new RunStore(folder).remove(id);
}

/** The error of a home without an active run. */
export function noActiveRun(folder: string): RunError {
  return new RunError(
    `no run is active in ${folder}: train one with \`multvae train\`, or choose one of \`multvae runs\` with \`multvae activate RUN\`.`,
  );
}
