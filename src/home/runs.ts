/** The runs of a home, and its trainings that can go on. */

import { MultvaeError, RunError } from '../errors.js';
import { hasCheckpoint, readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import type { RunSummary, StoredRun } from '../runs/format.js';
import { holderText } from '../runs/locks.js';
import { RunStore } from '../runs/store.js';

/** A training that is running, or was stopped. */
export interface PendingTraining {
  readonly id: string;
  /** The number of the process that trains it, in its own container; null when it was stopped. */
  readonly pid: number | null;
  /** Who trains it, in words; null when it was stopped. */
  readonly trainer: string | null;
}

/** The runs of a home, newest first, and the trainings that are not finished. */
export interface HomeRuns {
  readonly runs: readonly RunSummary[];
  readonly pending: readonly PendingTraining[];
}

/** Lists what a home has trained. */
export function listRuns(folder: string): HomeRuns {
  const store = new RunStore(folder);
  const pending = store.pending().map((id) => {
    const holder = store.trainer(id);
    return { id, pid: holder?.pid ?? null, trainer: holder && holderText(holder) };
  });
  return { runs: store.list(), pending };
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

/** A training that was stopped or killed. */
export interface StoppedTraining {
  readonly runId: string;
  readonly origin: TrainingOrigin;
}

/**
 * The training to go on with.
 *
 * @param runId - default: the newest that was stopped
 * @throws RunError when there is none
 */
export function findCheckpoint(folder: string, runId?: string): StoppedTraining {
  const store = new RunStore(folder);
  const pending = store.pending();
  const id =
    runId ??
    pending.find((id) => store.trainer(id) === null && hasCheckpoint(store.pendingPath(id)));
  if (id === undefined) {
    throw new RunError(`${folder} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const known = pending.length === 0 ? 'None is' : `These are: ${pending.join(', ')}`;
    throw new RunError(`run ${id} is no training that was stopped. ${known}.`);
  }
  return { runId: id, origin: readOrigin(store.pendingPath(id)) };
}

/**
 * The newest stopped training that can go on with the home's present data; null when there is none.
 *
 * @param onRemark - told of each training that cannot go on, and why
 */
export function findResumable(
  folder: string,
  dataHash: string,
  onRemark: (text: string) => void,
): StoppedTraining | null {
  const store = new RunStore(folder);
  for (const id of store.pending()) {
    if (store.trainer(id) !== null || !hasCheckpoint(store.pendingPath(id))) continue;
    try {
      const found = findCheckpoint(folder, id);
      if (found.origin.dataHash === dataHash) return found;
      onRemark(`${id} was stopped and cannot go on: the data have changed since`);
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      onRemark(`${id} was stopped and cannot go on: ${error.message}`);
    }
  }
  return null;
}
