/** Deletes the runs that are no longer needed, so that nightly trainings do not fill the disk. */

import { type HomeAt, placeAt } from '../../data/store/place.js';
import { ArgumentError, RunError, UnknownRunError } from '../../errors.js';
import { RunStore } from '../../runs/store.js';
import { withRuns } from '../place/opened.js';
import { forgetLabels } from '../runs.js';

/** What `pruneRuns` deleted, newest first. */
export interface Pruning {
  /** Published runs, with their measurements and report pages. */
  readonly runs: readonly string[];
  /** Stopped trainings with their checkpoints. */
  readonly trainings: readonly string[];
}

/**
 * Keeps the newest published runs, and the active one even where it is older. Deletes all others with their
 * measurements, names and report pages. Of the stopped trainings it keeps the newest `keep` as well.
 *
 * A training in progress stays, and so does a run that another process activates meanwhile.
 *
 * @param keep - how many runs to keep, from 1 on
 * @throws ArgumentError for another number, RunError or StorageError when something cannot be deleted
 */
export async function pruneRuns(home: HomeAt, keep: number): Promise<Pruning> {
  if (!Number.isSafeInteger(keep) || keep < 1) {
    throw new ArgumentError(`the number of runs to keep is ${keep}; give an integer from 1 on`);
  }
  const pruning = await withRuns(home, async ({ runs, evaluations }) => {
    const deleteAll = async (ids: readonly string[], isInUse: (id: string) => Promise<boolean>) => {
      const deleted: string[] = [];
      for (const id of ids) {
        try {
          await runs.remove(id);
        } catch (error) {
          // Another process deleted the run, or began to use it, since the list was read.
          if (error instanceof UnknownRunError) continue;
          if (error instanceof RunError && (await isInUse(id))) continue;
          throw error;
        }
        deleted.push(id);
      }
      return deleted;
    };

    const old = (await runs.list()).slice(keep).filter(({ active }) => !active);
    const isActive = async (id: string) => (await runs.active()) === id;
    const oldIds = old.map(({ id }) => id);
    const deletedRuns = await deleteAll(oldIds, isActive);
    for (const id of deletedRuns) await evaluations.remove(id);

    const local = new RunStore(placeAt(home).folder);
    const isTrained = async (id: string) => local.trainer(id) !== null;
    const stopped = local.pending().filter((id) => local.trainer(id) === null);
    const trainings = await deleteAll(stopped.slice(keep), isTrained);
    return { runs: deletedRuns, trainings };
  });
  await forgetLabels(home, pruning.runs);
  return pruning;
}
