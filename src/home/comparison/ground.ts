/** Brings runs of a home onto users and items that they share, so that they can be measured side by side. */

import { LargeMap } from '../../data/large-map.js';
import type { HomeAt } from '../../data/store/place.js';
import type { Store } from '../../data/store/store.js';
import { MultvaeError, RunError } from '../../errors.js';
import {
  mappedTo,
  onGround,
  type SharedGround,
  sharedGround,
} from '../../eval/ground/shared-ground.js';
import type { SplitName } from '../../eval/report.js';
import { splitDifference } from '../../eval/same-split.js';
import type { Recommender } from '../../model/recommender.js';
import type { StoredRun } from '../../runs/format.js';
import { withStore } from '../place/opened.js';

/** Runs that can be measured on the same users. */
export interface ComparableRuns {
  /** With the users on whom they are measured, and one vocabulary. */
  readonly runs: readonly StoredRun[];
  /** As they are stored. */
  readonly originals: readonly StoredRun[];
  /** Where the runs have different splits: how many users all of them hold out. Null where the split is one. */
  readonly sharedUsers: number | null;
  /** A model of the r-th run over that vocabulary. @param recommender - disposed with the result */
  mapped(r: number, recommender: Recommender): Recommender;
  /** A model that knows every item of that vocabulary. */
  baseline(recommender: Recommender): Recommender;
}

/**
 * Runs of one split are measured on it, as it is stored. Runs of different splits are measured on the users whom all of
 * them hold out, with the clicks that the home has of these users now; items are matched by their ids.
 *
 * @throws RunError when the runs have no such users, or do not agree on what a click is
 */
export async function comparable(
  home: HomeAt,
  runs: readonly StoredRun[],
  split: SplitName,
): Promise<ComparableRuns> {
  const difference = splitDifference(runs, split);
  if (difference === null) {
    const same = (recommender: Recommender) => recommender;
    return {
      runs,
      originals: runs,
      sharedUsers: null,
      mapped: (_, recommender) => recommender,
      baseline: same,
    };
  }
  const { first, second, text } = difference;
  const refuse = (why: string, remedy: string, cause?: Error) =>
    new RunError(`runs ${first} and ${second} cannot be compared: ${text}, and ${why}. ${remedy}`, {
      cause,
    });
  const sameImport =
    'Train both on the same import with the same --heldout-users, --split-seed, --threshold and --min-clicks.';
  if (runs.some(({ protocol }) => protocol.heldOutClicks !== undefined)) {
    throw refuse(
      'one that holds out clicks is compared only on the same split',
      'Train both on the same data with the same --protocol and the same flags.',
    );
  }
  const thresholds = new Set(runs.map(({ protocol }) => protocol.ratingThreshold));
  if (thresholds.size > 1) {
    throw refuse('other ratings are clicks in one than in the other (--threshold)', sameImport);
  }
  let ground: SharedGround | null;
  try {
    ground = await withStore(home, (store) => groundIn(store, runs, split));
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    throw refuse(error.message.replace(/\.$/, ''), sameImport, error);
  }
  if (ground === null) {
    throw refuse(
      `no ${split} user of one, of whom the home has enough clicks, is a ${split} user of the other`,
      'Train one of them again with --heldout-from and the id of the other.',
    );
  }
  return {
    runs: runs.map((run) => onGround(run, split, ground)),
    originals: runs,
    sharedUsers: ground.users.users.length,
    mapped: (r, recommender) => mappedTo(ground, recommender, runs[r]!.vocabulary.items),
    baseline: (recommender) => mappedTo(ground, recommender, ground.vocabulary.items),
  };
}

/** @throws RunError when the home does not hold the data of a run any more */
async function groundIn(
  store: Store,
  runs: readonly StoredRun[],
  split: SplitName,
): Promise<SharedGround | null> {
  for (const { id, lineage } of runs) {
    if (await store.descendsFrom(lineage.dataHash)) continue;
    throw new RunError(`the home no longer holds the data of ${id}`);
  }
  const minClicks = Math.min(...runs.map(({ protocol }) => protocol.minClicks));
  const clicks = await store.labelledClicks(runs[0]!.protocol.ratingThreshold, minClicks);
  const { items } = await store.wholeCatalogue(clicks.itemIds);
  const available = new LargeMap(items.map(({ entry, available }) => [entry.itemId, available]));
  return sharedGround(runs, split, {
    clicks,
    isAvailable: (itemId) => available.get(itemId as never) ?? true,
  });
}
