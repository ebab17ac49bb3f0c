/** The runs of a home, and its trainings that can go on. */

import { auto } from '../config/models.js';
import { noLabel, type RunLabel, type RunLabelChange } from '../config/run-labels.js';
import { type HomeAt, type HomePlace, placeAt, shownPlace } from '../data/store/place.js';
import { MultvaeError, RunError, UnknownRunError } from '../errors.js';
import { readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import { hasCheckpoint } from '../model/training/checkpoint-files.js';
import { remedies, sentence, shellWord } from '../remedies.js';
import type { ChoosePart } from '../runs/divided/division.js';
import type { RunSummary, StoredRun } from '../runs/format.js';
import { holderText } from '../runs/locks.js';
import { RunStore } from '../runs/store.js';
import { changeLabel, readLabels, removeLabels } from '../serving/settings/run-labels.js';
import { remarkOtherData } from './evaluation.js';
import { keptRuns, withRuns, withStore, withStoreOf } from './place/opened.js';

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
export interface RemarkedRun extends RunSummary, RunLabel {
  /** That the run was trained on other data than the home holds; null for nothing. */
  readonly remark: string | null;
}

/** The runs of a home, newest first, and the trainings that are not finished. */
export interface HomeRuns {
  readonly runs: readonly RemarkedRun[];
  readonly pending: readonly PendingTraining[];
  /**
   * Runs that are in the home folder and not in its store in PostgreSQL, newest first: a training could not send them, or
   * they were made without the store. `activate` sends one.
   */
  readonly unsent: readonly string[];
}

/** Lists what a home has trained. */
export async function listRuns(home: HomeAt): Promise<HomeRuns> {
  const { folder } = placeAt(home);
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
  const { runs, unsent } = await withRuns(home, async (kept) => ({
    runs: await kept.runs.list(),
    unsent: await kept.unsent(),
  }));
  const remarks = new Map<string | undefined, string>();
  const trained = runs.flatMap(({ id, dataHash, dataName }) =>
    dataHash === null || dataName === null ? [] : [{ id, lineage: { dataHash, dataName } }],
  );
  await remarkOtherData(home, trained, (text, run) => remarks.set(run?.id, text));
  // Without a store there are no names; why it cannot be read was just said.
  const silently = { unknown: 'the names of runs are not known', onRemark: () => undefined };
  const labels = await withStoreOf(home, silently, readLabels);
  const remarked = runs.map((run) => ({
    ...run,
    remark: remarks.get(run.id) ?? null,
    ...(labels?.get(run.id) ?? noLabel),
  }));
  return { runs: remarked, pending, unsent };
}

/**
 * The named run, or the active one.
 *
 * @param choose - which part of its weights to keep. Default: all.
 * @throws RunError when there is none, or it cannot be used
 */
export function loadRun(home: HomeAt, id?: string, choose?: ChoosePart): Promise<StoredRun> {
  return withRuns(home, async ({ runs }) => {
    const chosen = id ?? (await runs.active());
    if (chosen === null) throw noActiveRun(placeAt(home));
    try {
      return await runs.load(chosen, choose);
    } catch (error) {
      throw id === undefined && error instanceof UnknownRunError
        ? activeRunGone(placeAt(home), chosen)
        : error;
    }
  });
}

/**
 * Makes a run the active one, after checking every file of it. A server that is running follows.
 *
 * @param onRemark - told that the home holds other data than those that the run was trained on
 * @throws UnknownRunError when there is no such run, RunError when it cannot be used
 */
export async function activateRun(
  home: HomeAt,
  id: string,
  onRemark: (text: string) => void = () => undefined,
): Promise<void> {
  const run = await withRuns(home, async ({ runs }) => {
    await runs.activate(id);
    return runs.describe(id);
  });
  await remarkOtherData(home, [run], onRemark);
}

/**
 * Makes the run that was active before the active one again.
 *
 * @returns its id
 * @throws RunError when there was none, or it cannot be used
 */
export async function rollbackRun(
  home: HomeAt,
  onRemark: (text: string) => void = () => undefined,
): Promise<string> {
  const run = await withRuns(home, async ({ runs }) => runs.describe(await runs.rollback()));
  await remarkOtherData(home, [run], onRemark);
  return run.id;
}

/**
 * Deletes a run that is not active with its name and note, or a stopped training with its checkpoint.
 *
 * @throws RunError when there is no such run, or it is in use
 */
export async function removeRun(home: HomeAt, id: string): Promise<void> {
  await withRuns(home, ({ runs }) => runs.remove(id));
  await forgetLabels(home, [id]);
}

/**
 * Takes away what people wrote on runs that were deleted. Where the store cannot be written it stays, seen by nobody: no
 * other run gets the same id.
 */
export async function forgetLabels(home: HomeAt, runs: readonly string[]): Promise<void> {
  if (runs.length === 0) return;
  const silently = { unknown: 'the names of runs are not known', onRemark: () => undefined };
  await withStoreOf(home, silently, (store) => removeLabels(store, runs));
}

/**
 * Gives a run a name or a note for people. Its id stays.
 *
 * @param change - an absent part stays; an empty one, or null, is taken away
 * @returns its name and note now
 * @throws ArgumentError for a wrong name or note
 * @throws UnknownRunError when there is no such run
 */
export function labelRun(home: HomeAt, id: string, change: RunLabelChange): Promise<RunLabel> {
  return withStore(home, async (store) => {
    await keptRuns(placeAt(home), store).runs.requirePublished(id);
    return changeLabel(store, id, change);
  });
}

/** The error of a home whose active run is not in it. */
export function activeRunGone(place: HomePlace, id: string): RunError {
  return new RunError(
    `the active run ${id} is not in ${shownPlace(place)}: it was deleted, or not copied with the rest. Choose one of \`multvae runs\` with \`multvae activate RUN\`, or train one with \`multvae train\`.`,
  );
}

/** The error of a home without an active run. */
export function noActiveRun(place: HomePlace): RunError {
  return new RunError(
    `no run is active in ${shownPlace(place)}: train one with \`multvae train\`, or choose one of \`multvae runs\` with \`multvae activate RUN\`.`,
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
export async function findCheckpoint(home: HomeAt, runId?: string): Promise<StoppedTraining> {
  const { folder } = placeAt(home);
  const store = new RunStore(folder);
  const pending = store.pending();
  const stopped = pending.filter((id) => store.trainer(id) === null);
  const kept = stopped.filter((id) => hasCheckpoint(store.pendingPath(id)));
  const id = runId ?? kept[0] ?? stopped[0] ?? pending[0];
  if (id === undefined) {
    throw new RunError(`${folder} holds no training that was stopped. Train without --resume.`);
  }
  if (!pending.includes(id)) {
    const published = await withRuns(home, ({ runs }) => runs.list());
    const isFinished = published.some((run) => run.id === id);
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
export async function findResumable(
  home: HomeAt,
  dataHash: string,
  onRemark: (text: string) => void,
): Promise<StoppedTraining | null> {
  const store = new RunStore(placeAt(home).folder);
  for (const id of store.pending()) {
    if (store.trainer(id) !== null || !hasCheckpoint(store.pendingPath(id))) continue;
    try {
      const found = await findCheckpoint(home, id);
      if (found.origin.dataHash === dataHash) return found;
      onRemark(`${id} was stopped and cannot go on: the data have changed since`);
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      onRemark(`${id} was stopped and cannot go on: ${error.message}`);
    }
  }
  return null;
}
