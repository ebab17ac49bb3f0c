/** Finds the trainings of a home that were stopped or killed, and can go on. */

import { MultvaeError, RunError } from '../errors.js';
import { hasCheckpoint, readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import { RunStore } from '../runs/store.js';

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
    pending.find((id) => store.trainer(id) === null && hasCheckpoint(store.pendingDir(id)));
  if (id === undefined) {
    throw new RunError(`${folder} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const known = pending.length === 0 ? 'None is' : `These are: ${pending.join(', ')}`;
    throw new RunError(`run ${id} is no training that was stopped. ${known}.`);
  }
  return { runId: id, origin: readOrigin(store.pendingDir(id)) };
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
    if (store.trainer(id) !== null || !hasCheckpoint(store.pendingDir(id))) continue;
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
