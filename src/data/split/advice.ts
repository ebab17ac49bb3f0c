/** Finds the flags with which a split can be made that cannot be made as it was asked for. */
import type { Protocol } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { defaultThreshold } from '../click.js';
import type { Scale } from '../files/rating.js';
import {
  defaultHeldoutUsers,
  type LabelledClicks,
  maxHeldoutUsers,
  strongGeneralization,
} from './users.js';

/** A split that failed, and the data that it was asked of. */
export interface FailedSplit {
  readonly protocol: Protocol;
  /** Whether the caller named the number of held-out users. */
  readonly isHeldoutAsked: boolean;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: Scale | null;
  readonly read: (threshold: number | null, minClicks: number) => Promise<LabelledClicks>;
}

/** The sizes of held-out sets that are tried out where there are more. */
const maxSizes = 40;

/**
 * The flags that make the split possible. They are tried out, so they work: first another number of held-out users,
 * then fewer clicks a user, then a lower threshold.
 *
 * @returns the flags of `train`, `tune` and `split`; null when only more data help
 */
export async function flagsThatHelp(failed: FailedSplit): Promise<string | null> {
  for await (const { threshold, minClicks } of filters(failed)) {
    const heldout = heldoutThatWorks(await failed.read(threshold, minClicks), failed);
    if (heldout === null) continue;
    const { protocol } = failed;
    return [
      threshold === protocol.ratingThreshold ? '' : `--threshold ${threshold}`,
      minClicks === protocol.minClicks ? '' : `--min-clicks ${minClicks}`,
      heldout === 'as asked' ? '' : `--heldout-users ${heldout}`,
    ]
      .filter((flag) => flag !== '')
      .join(' ');
  }
  return null;
}

interface Filter {
  readonly threshold: number | null;
  readonly minClicks: number;
}

/** What to make of the data, the nearest to what was asked for first. */
async function* filters({ protocol, scale, read }: FailedSplit): AsyncGenerator<Filter> {
  const asked = protocol.ratingThreshold;
  const thresholds = [asked, ...(asked === null || scale === null ? [] : lower(asked, scale))];
  for (const threshold of thresholds) {
    yield { threshold, minClicks: protocol.minClicks };
    const { clicks } = await read(threshold, 1);
    const counts = Array.from({ length: clicks.rows }, (_, u) => clicks.row(u).length);
    counts.sort((a, b) => b - a);
    // With so many clicks ten users take part, whom the default divides, or three, the least.
    const fewer = new Set([counts[9], 5, counts[2], 1]);
    for (const minClicks of fewer) {
      if (minClicks !== undefined && minClicks < protocol.minClicks) yield { threshold, minClicks };
    }
  }
}

/** Lower thresholds: the default, some on the way down, and one that makes every rating a click. */
function lower(threshold: number, scale: Scale): number[] {
  const { low } = scale;
  const steps = [0.75, 0.5, 0.25, 0].map((part) => low + part * (threshold - low));
  const rounded = steps.map((step) => Math.round(2 * step) / 2).filter((step) => step > low);
  const found = new Set([defaultThreshold(scale), ...rounded, low, low - 1]);
  return [...found].filter((step) => step < threshold);
}

/** A number of held-out users that the clicks can be split with; the nearest to the asked one. */
function heldoutThatWorks(
  clicks: LabelledClicks,
  { protocol, isHeldoutAsked }: FailedSplit,
): number | 'as asked' | null {
  const users = clicks.userIds.length;
  const asked = isHeldoutAsked ? protocol.heldoutUsers : defaultHeldoutUsers(users);
  if (asked > 0 && canSplit(clicks, { ...protocol, heldoutUsers: asked })) return 'as asked';
  const sizes = sizesNear(asked, maxHeldoutUsers(users));
  return sizes.find((heldoutUsers) => canSplit(clicks, { ...protocol, heldoutUsers })) ?? null;
}

/** Sizes from 1 to the largest, the nearest first; of many, those that double and halve. */
function sizesNear(size: number, max: number): number[] {
  const start = Math.min(Math.max(size, 1), Math.max(max, 1));
  const sizes =
    max <= maxSizes
      ? Array.from({ length: max }, (_, k) => k + 1)
      : [...Array(30).keys()].flatMap((k) => [start * 2 ** k, Math.floor(start / 2 ** k), max]);
  const possible = [...new Set(sizes)].filter((each) => each >= 1 && each <= max);
  return possible.sort((a, b) => Math.abs(a - start) - Math.abs(b - start));
}

function canSplit(clicks: LabelledClicks, protocol: Protocol): boolean {
  try {
    strongGeneralization(clicks, protocol);
    return true;
  } catch (error) {
    if (error instanceof SplitError) return false;
    throw error;
  }
}
