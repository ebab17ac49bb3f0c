/** The split of a home's data that keeps the held-out users of one of its runs. */

import type { Protocol } from '../../config/protocol.js';
import { keptGeneralization } from '../../data/split/kept-users.js';
import { type LabelledClicks, type Split, strongGeneralization } from '../../data/split/users.js';
import type { Store } from '../../data/store/store.js';
import type { RunUsers } from '../../runs/format.js';
import { keptRuns } from '../place/opened.js';

/** The users of a run of the store's home. @throws RunError when there is no such run, or its files are damaged */
export async function usersOfRun(store: Store, run: string): Promise<RunUsers> {
  return keptRuns(store.place, store).runs.users(run);
}

/** Splits the clicks of a home so that those whom a run holds out stay held out. @throws RunError, SplitError */
export async function keptSplitOf(
  store: Store,
  run: string,
): Promise<{ protocol: Protocol; split: Split }> {
  const earlier = await usersOfRun(store, run);
  const { protocol, lineage, split: sets } = earlier;
  const { ratingThreshold, minClicks } = protocol;
  const clicks = await store.labelledClicks(ratingThreshold, minClicks);
  const heldOut = sets.validation.users.length + sets.test.users.length;
  // Runs of versions up to 0.1.0 do not record how many users there were.
  const users =
    lineage.trainingUsers === undefined ? clicks.userIds.length : lineage.trainingUsers + heldOut;
  const share = protocol.kept?.share ?? Math.min(0.5, sets.test.users.length / users);
  const split = splitBy(clicks, { ...protocol, kept: { run, share } }, earlier);
  return { protocol: split.protocol, split };
}

/**
 * Makes the split of a protocol.
 *
 * @param clicks - those that the protocol selects
 * @param earlier - the users of the run whose held-out users the protocol keeps; undefined where it keeps none
 * @throws SplitError when a set has no user, or no hidden click
 */
export function splitBy(
  clicks: LabelledClicks,
  protocol: Protocol,
  earlier: RunUsers | undefined,
): Split {
  const { kept } = protocol;
  if (kept === undefined || earlier === undefined) return strongGeneralization(clicks, protocol);
  const { split, trained } = earlier;
  return keptGeneralization(
    clicks,
    { ...protocol, kept },
    {
      validation: split.validation.users,
      test: split.test.users,
      isTrained: trained && ((user) => trained.has(user)),
    },
  );
}
