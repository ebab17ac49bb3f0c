/** Whether runs have the same held-out users. */
import { protocolName } from '../config/protocol.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import type { StoredRun } from '../runs/format.js';
import type { SplitName } from './report.js';

type SplitRun = Pick<StoredRun, 'id' | 'lineage' | 'protocol' | 'vocabulary' | 'split'>;

/** Two runs that differ, and in what. */
export interface SplitDifference {
  /** Ids of runs. */
  readonly first: string;
  readonly second: string;
  /** Such as `they know different items`. */
  readonly text: string;
}

/**
 * Whether runs can be compared user by user on their own split: they have the same data and protocol, and so the same
 * held-out users with the same hidden clicks.
 *
 * @returns the first difference; null where they have one split
 */
export function splitDifference(
  runs: readonly SplitRun[],
  split: SplitName,
): SplitDifference | null {
  const [first, ...others] = runs;
  for (const run of others) {
    const text = firstDifference(first!, run, split);
    if (text !== null) return { first: first!.id, second: run.id, text };
  }
  return null;
}

function firstDifference(a: SplitRun, b: SplitRun, split: SplitName): string | null {
  if (a.lineage.dataHash !== b.lineage.dataHash) {
    const hash = ({ lineage }: SplitRun) => `${lineage.dataHash.slice(0, 12)}…`;
    return `they were trained on different data (hash ${hash(a)} and ${hash(b)})`;
  }
  const kinds = [a, b].map(({ protocol }) => protocolName(protocol));
  if (kinds[0] !== kinds[1]) {
    return `one is split by the protocol ${kinds[0]} and the other by ${kinds[1]}`;
  }
  if (rule(a) !== rule(b))
    return `the protocol ${kinds[0]} has other values in one than in the other`;
  // Which run the held-out users are from says nothing of who they are; they are compared below.
  for (const name of ['ratingThreshold', 'minClicks', 'heldoutUsers', 'splitSeed'] as const) {
    const one = a.protocol[name];
    const two = b.protocol[name];
    if (one !== two) return `${name} is ${one} in one and ${two} in the other`;
  }
  if (!sameValues(a.vocabulary.items, b.vocabulary.items)) {
    return 'they know different items';
  }
  const one = a.split[split];
  const two = b.split[split];
  const same =
    sameValues(one.users, two.users) &&
    sameClicks(one.foldIn, two.foldIn) &&
    sameClicks(one.heldOut, two.heldOut);
  return same ? null : `their ${split} users, or their hidden clicks, differ`;
}

/** Which clicks are held out, as a text; where the files of a split lie says nothing. */
function rule({ protocol: { heldOutClicks } }: SplitRun): string {
  return JSON.stringify(heldOutClicks, (key, value) => (key === 'path' ? undefined : value));
}

function sameClicks(a: ClickMatrix, b: ClickMatrix): boolean {
  return sameValues(a.offsets, b.offsets) && sameValues(a.items, b.items);
}

function sameValues<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  return a.length === b.length && Array.from(a).every((value, place) => value === b[place]);
}
