/** Makes the split of a protocol, also that of an earlier run. */

import { type Protocol, protocolName } from '../../config/protocol.js';
import { keptGeneralization } from '../../data/split/kept-users.js';
import { leaveLast } from '../../data/split/leave-last.js';
import { splitPerUser } from '../../data/split/per-user.js';
import { splitByTime, type TimedClicks } from '../../data/split/time.js';
import { type LabelledClicks, type Split, strongGeneralization } from '../../data/split/users.js';
import type { Store } from '../../data/store/store.js';
import { RunError } from '../../errors.js';
import type { RunUsers } from '../../runs/format.js';
import { keptRuns } from '../place/opened.js';

/** A split of a home's clicks. */
export interface HomeSplit {
  /** Filled in. */
  readonly protocol: Protocol;
  readonly split: Split;
  /** What to know of the clicks that were split, a sentence each. */
  readonly remarks: readonly string[];
}

/** The users of a run of the store's home. @throws RunError when there is no such run, or its files are damaged */
export async function usersOfRun(store: Store, run: string): Promise<RunUsers> {
  return keptRuns(store.place, store).runs.users(run);
}

/**
 * Splits the clicks of a home so that those whom a run holds out stay held out. Of a run that holds out clicks, it is the
 * same split again.
 *
 * @throws RunError, also when the data of a run that holds out clicks have changed; SplitError
 */
export async function keptSplitOf(store: Store, run: string): Promise<HomeSplit> {
  const earlier = await usersOfRun(store, run);
  const { protocol, lineage, split: sets } = earlier;
  const name = protocolName(protocol);
  if (name !== 'users' && (await store.dataset())?.dataHash !== lineage.dataHash) {
    throw new RunError(
      `run ${run} holds out clicks (--protocol ${name}), and the data have changed since, so other clicks would be held out; train without it, with --protocol ${name} and its flags`,
    );
  }
  const clicks = await clicksFor(store, protocol);
  if (name !== 'users') {
    const split = splitBy(clicks, protocol, undefined);
    return { protocol: split.protocol, split, remarks: [] };
  }
  const heldOut = sets.validation.users.length + sets.test.users.length;
  // Runs of versions up to 0.1.0 do not record how many users there were.
  const users =
    lineage.trainingUsers === undefined ? clicks.userIds.length : lineage.trainingUsers + heldOut;
  const share = protocol.kept?.share ?? Math.min(0.5, sets.test.users.length / users);
  const split = splitBy(clicks, { ...protocol, kept: { run, share } }, earlier);
  return { protocol: split.protocol, split, remarks: [] };
}

/** Reads the clicks that a protocol splits. By time, users with few clicks are left out only after the split. */
export function clicksFor(
  store: Store,
  { heldOutClicks, ratingThreshold, minClicks }: Protocol,
): Promise<LabelledClicks> {
  const by = heldOutClicks?.by;
  if (by === 'time') return store.labelledClicks(ratingThreshold, 1, { withTimes: true });
  const withTimes = by === 'leave-last';
  return store.labelledClicks(ratingThreshold, minClicks, { withTimes });
}

/**
 * Makes the split of a protocol.
 *
 * @param clicks - those that `clicksFor` reads
 * @param earlier - the users of the run whose held-out users the protocol keeps; undefined where it keeps none
 * @throws SplitError when a set has no user, or no hidden click
 */
export function splitBy(
  clicks: LabelledClicks,
  protocol: Protocol,
  earlier: RunUsers | undefined,
): Split {
  const { heldOutClicks } = protocol;
  switch (heldOutClicks?.by) {
    case 'time':
      return splitByTime(timed(clicks), { ...protocol, heldOutClicks });
    case 'leave-last':
      return leaveLast(timed(clicks), { ...protocol, heldOutClicks });
    case 'per-user':
      return splitPerUser(clicks, { ...protocol, heldOutClicks });
    case 'files':
      throw new RunError(
        'the split is that of published files, and not of the ratings of the home; give --protocol files, --train-file and --test-file',
      );
    default:
      return splitUsers(clicks, protocol, earlier);
  }
}

function timed(clicks: LabelledClicks): TimedClicks {
  const { times = new Float64Array(clicks.clicks.clicks).fill(Number.NaN) } = clicks;
  return { ...clicks, times };
}

function splitUsers(
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
