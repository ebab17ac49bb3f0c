/** The runs of a home, and its trainings that can go on. */

import { auto } from '../config/models.js';
import { MultvaeError, RunError, UnknownRunError } from '../errors.js';
import { hasCheckpoint, readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import { remedies, sentence, shellWord } from '../remedies.js';
import type { RunSummary, StoredRun } from '../runs/format.js';
import { holderText } from '../runs/locks.js';
import { RunStore } from '../runs/store.js';
import { remarkOtherData } from './evaluation.js';

/** A training that is running, or was stopped. */
export interface PendingTraining {
  readonly id: string;
  /** The number of the process that trains it, in its own container; null when it was stopped. */
  readonly pid: number | null;
  /** Who trains it, in words; null when it was stopped. */
  readonly trainer: string | null;
  /** Whether it has a checkpoint to go on from. */
  readonly canResume: boolean;
}

/** A published run, and what to know of it. */
export interface RemarkedRun extends RunSummary {
  /** That the run was trained on other data than the home holds; null for nothing. */
  readonly remark: string | null;
}

/** The runs of a home, newest first, and the trainings that are not finished. */
export interface HomeRuns {
  readonly runs: readonly RemarkedRun[];
  readonly pending: readonly PendingTraining[];
}

/** Lists what a home has trained. */
export function listRuns(folder: string): HomeRuns {
  const store = new RunStore(folder);
  const pending = store.pending().map((id) => {
    const holder = store.trainer(id);
    return {
      id,
      pid: holder?.pid ?? null,
      trainer: holder && holderText(holder),
      canResume: canResume(folder, id),
    };
  });
  const runs = store.list();
  const remarks = new Map<string | undefined, string>();
  const trained = runs.flatMap(({ id, dataHash, dataName }) =>
    dataHash === null || dataName === null ? [] : [{ id, lineage: { dataHash, dataName } }],
  );
  remarkOtherData(folder, trained, (text, run) => remarks.set(run?.id, text));
  return { runs: runs.map((run) => ({ ...run, remark: remarks.get(run.id) ?? null })), pending };
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
  try {
    return store.load(chosen);
  } catch (error) {
    throw id === undefined && error instanceof UnknownRunError
      ? activeRunGone(folder, chosen)
      : error;
  }
}

/**
 * Makes a run the active one, after checking every file of it. A server that is running follows.
 *
 * @param onRemark - told that the home holds other data than those that the run was trained on
 * @throws UnknownRunError when there is no such run, RunError when it cannot be used
 */
export function activateRun(
  folder: string,
  id: string,
  onRemark: (text: string) => void = () => undefined,
): void {
  const store = new RunStore(folder);
  store.activate(id);
  remarkOtherData(folder, [store.describe(id)], onRemark);
}

/**
 * Makes the run that was active before the active one again.
 *
 * @returns its id
 * @throws RunError when there was none, or it cannot be used
 */
export function rollbackRun(
  folder: string,
  onRemark: (text: string) => void = () => undefined,
): string {
  const store = new RunStore(folder);
  const run = store.rollback();
  remarkOtherData(folder, [store.describe(run)], onRemark);
  return run;
}

/**
 * Deletes a run that is not active, or a stopped training with its checkpoint.
 *
 * @throws RunError when there is no such run, or it is in use
 */
export function removeRun(folder: string, id: string): void {
  new RunStore(folder).remove(id);
}

/** The error of a home whose active run is not in it. */
export function activeRunGone(folder: string, id: string): RunError {
  return new RunError(
    `the active run ${id} is not in ${folder}: it was deleted, or not copied with the rest. Choose one of \`multvae runs\` with \`multvae activate RUN\`, or train one with \`multvae train\`.`,
  );
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

/** Whether a training that is not finished has a checkpoint to go on from. */
export function canResume(folder: string, id: string): boolean {
  return hasCheckpoint(new RunStore(folder).pendingPath(id));
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
  const stopped = pending.filter((id) => store.trainer(id) === null);
  const kept = stopped.filter((id) => hasCheckpoint(store.pendingPath(id)));
  const id = runId ?? kept[0] ?? stopped[0] ?? pending[0];
  if (id === undefined) {
    throw new RunError(`${folder} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const isFinished = store.list().some((run) => run.id === id);
    const what = isFinished ? 'finished' : 'no training that was stopped';
    const known = kept.length === 0 ? 'None is' : `These are: ${kept.join(', ')}`;
    throw new RunError(`run ${id} is ${what}. ${known}.`);
  }
  const holder = store.trainer(id);
  if (holder !== null) {
    throw new RunError(
      `run ${id} is being trained by ${holderText(holder)}; wait until it ends, or stop it first`,
    );
  }
  if (!kept.includes(id)) {
    const command = `multvae remove ${id} --home ${shellWord(folder)}`;
    if (id.startsWith(`${auto}-`)) {
      throw new RunError(
        `run ${id} was begun by --model ${auto}, which keeps no checkpoint. Train without --resume; \`${command}\` deletes what is left of it.`,
      );
    }
    throw new RunError(sentence(remedies.noCheckpoint({ run: id, command })));
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
