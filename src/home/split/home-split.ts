/** Makes the split that options ask of a home's clicks. */

import {
  type HeldOutClicks,
  type Protocol,
  type ProtocolName,
  paperProtocol,
} from '../../config/protocol.js';
import { defaultThreshold } from '../../data/click.js';
import { flagsThatHelp } from '../../data/split/advice.js';
import { defaultShare } from '../../data/split/per-user.js';
import { timeCuts } from '../../data/split/time.js';
import {
  defaultHeldoutUsers,
  type LabelledClicks,
  strongGeneralization,
} from '../../data/split/users.js';
import type { Store } from '../../data/store/store.js';
import { ArgumentError, SplitError, showValue } from '../../errors.js';
import { remedies, sentence } from '../../remedies.js';
import { clicksFor, type HomeSplit, keptSplitOf, splitBy } from './kept-split.js';
import { checkedProtocol, momentOf, type ProtocolOptions } from './protocol-options.js';

/**
 * Splits the clicks that the options select, and fills in the protocol.
 *
 * @param options - of any protocol but `files`, which `readFilesMaterial` reads
 * @throws ArgumentError for options that do not go together
 * @throws SplitError that names flags with which the split can be made
 * @throws RunError when there is no run that the held-out users are from
 */
export async function splitClicksOf(store: Store, options: ProtocolOptions): Promise<HomeSplit> {
  const name = checkedProtocol(options);
  if (options.heldoutFrom !== undefined) return keptSplitOf(store, options.heldoutFrom);
  const scale = (await store.dataset())?.scale ?? null;
  const { threshold: ratingThreshold = defaultThreshold(scale) } = options;
  const { minClicks = paperProtocol.minClicks, splitSeed = paperProtocol.splitSeed } = options;
  const base = { ratingThreshold, minClicks, heldoutUsers: 1, splitSeed };
  if (name === 'users') return { ...(await splitUsers(store, base, options)), remarks: [] };
  const held = rule(name, options);
  const clicks = await clicksFor(store, { ...base, heldOutClicks: held });
  const heldOutClicks =
    held.by === 'time' ? { ...held, ...timeCuts(clicks.times!, cutsOf(options)) } : held;
  const split = splitBy(clicks, { ...base, heldOutClicks }, undefined);
  return { protocol: split.protocol, split, remarks: remarksOn(clicks, heldOutClicks) };
}

/** What is held out, as far as the options alone say it. @throws ArgumentError */
function rule(
  name: Exclude<ProtocolName, 'users'>,
  { last = 1, share = defaultShare }: ProtocolOptions,
): HeldOutClicks {
  switch (name) {
    case 'time':
      return { by: name, trainBefore: 0, testFrom: 0 };
    case 'leave-last':
      if (!Number.isSafeInteger(last) || last < 1) {
        throw new ArgumentError(`--last is ${showValue(last)}; give a number of clicks from 1 on`);
      }
      return { by: name, last };
    case 'per-user':
      if (!(share > 0 && share <= 0.4)) {
        throw new ArgumentError(
          `--share is ${showValue(share)}; give a part of each user’s clicks above 0 and up to 0.4, such as 0.1: as large a part is for validation`,
        );
      }
      return { by: name, share };
    case 'files':
      throw new ArgumentError(
        '--protocol files is for train and tune; its files are a split already',
      );
  }
}

function cutsOf({ trainBefore, testFrom }: ProtocolOptions) {
  return {
    ...(trainBefore !== undefined && { trainBefore: momentOf('--train-before', trainBefore) }),
    ...(testFrom !== undefined && { testFrom: momentOf('--test-from', testFrom) }),
  };
}

/** What to know of clicks without a time. */
function remarksOn({ clicks, times }: LabelledClicks, { by }: HeldOutClicks): string[] {
  const untimed = times?.filter((time) => Number.isNaN(time)).length ?? 0;
  if (untimed === 0) return [];
  if (by === 'time') {
    return [`${untimed} of ${clicks.clicks} clicks have no time and take no part`];
  }
  if (untimed === clicks.clicks) {
    return ['the clicks have no times, so the last ones are those that come last in the file'];
  }
  return [`${untimed} of ${clicks.clicks} clicks have no time; they count as the first of a user`];
}

async function splitUsers(
  store: Store,
  base: Protocol,
  options: ProtocolOptions,
): Promise<Pick<HomeSplit, 'protocol' | 'split'>> {
  const clicks = await clicksFor(store, base);
  const heldoutUsers = options.heldoutUsers ?? defaultHeldoutUsers(clicks.userIds.length);
  const protocol = { ...base, heldoutUsers };
  try {
    return { protocol, split: strongGeneralization(clicks, protocol) };
  } catch (error) {
    if (!(error instanceof SplitError)) throw error;
    const flags = await flagsThatHelp({
      protocol,
      isHeldoutAsked: options.heldoutUsers !== undefined,
      scale: (await store.dataset())?.scale ?? null,
      read: (threshold, least) => store.labelledClicks(threshold, least),
    });
    const cause = error.message;
    const row =
      flags === null
        ? remedies.splitNeedsData({ cause })
        : remedies.splitNeedsFlags({ cause, flags });
    throw new SplitError(sentence(row), { cause: error });
  }
}
