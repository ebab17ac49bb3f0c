/** Checks that runs have the same held-out users. */
import type { Protocol } from '../config/protocol.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { RunError } from '../errors.js';
import type { StoredRun } from '../runs/format.js';
import type { SplitName } from './report.js';

type SplitRun = Pick<StoredRun, 'id' | 'lineage' | 'protocol' | 'vocabulary' | 'split'>;

/**
 * Checks that runs can be compared user by user: they have the same data and protocol, and so the same held-out users
 * with the same hidden clicks.
 *
 * @throws RunError naming the two runs and their first difference
 */
export function checkSameSplit(runs: readonly SplitRun[], split: SplitName): void {
  const [first, ...others] = runs;
  for (const run of others) {
    const difference = firstDifference(first!, run, split);
    if (difference === null) continue;
    throw new RunError(
      `runs ${first!.id} and ${run.id} cannot be compared: ${difference}. Train both on the same import with the same --heldout-users, --split-seed, --threshold and --min-clicks.`,
    );
  }
}

function firstDifference(a: SplitRun, b: SplitRun, split: SplitName): string | null {
  if (a.lineage.dataHash !== b.lineage.dataHash) {
    const hash = ({ lineage }: SplitRun) => `${lineage.dataHash.slice(0, 12)}…`;
    return `they were trained on different data (hash ${hash(a)} and ${hash(b)})`;
  }
  for (const name of Object.keys(a.protocol) as (keyof Protocol)[]) {
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

function sameClicks(a: ClickMatrix, b: ClickMatrix): boolean {
  return sameValues(a.offsets, b.offsets) && sameValues(a.items, b.items);
}

function sameValues<T>(a: ArrayLike<T>, b: ArrayLike<T>): boolean {
  return a.length === b.length && Array.from(a).every((value, place) => value === b[place]);
}
