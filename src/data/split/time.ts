/** Splits clicks by their times: a model of the past is measured on what came after. */
import type { ClickProtocol } from '../../config/protocol.js';
import { timeText } from '../../config/protocol.js';
import { SplitError } from '../../errors.js';
import { role, splitByRoles } from './click-roles.js';
import type { LabelledClicks, Split } from './users.js';

/** Clicks with times. */
export type TimedClicks = LabelledClicks & { readonly times: Float64Array };

/** A moment of the data: seconds since 1970, or the part of the clicks that came before it, between 0 and 1. */
export type Moment = { readonly seconds: number } | { readonly quantile: number };

/** When the training ends, and when the test begins. */
export interface Cuts {
  /** Seconds since 1970. */
  readonly trainBefore: number;
  readonly testFrom: number;
}

/** The part of the clicks that is trained on where nobody names a moment. */
export const defaultTrainPart = 0.8;

/**
 * The cuts of a split by time. Without `testFrom`, half of the clicks from `trainBefore` on are for validation, and the
 * later half is for the test.
 *
 * A quantile q is the time of the click at place ⌊q·n⌋ of n clicks by time, so that clicks of the same second stay
 * together.
 *
 * @param times - [clicks], seconds since 1970; NaN for none
 * @throws SplitError when no click has a time, or the cuts leave a part without a click
 */
export function timeCuts(
  times: Float64Array,
  {
    trainBefore = { quantile: defaultTrainPart },
    testFrom,
  }: { readonly trainBefore?: Moment; readonly testFrom?: Moment },
): Cuts {
  const sorted = times.filter((time) => !Number.isNaN(time)).sort();
  const n = sorted.length;
  if (n === 0) {
    throw new SplitError(
      'the clicks have no times, so they cannot be split by time; import a file with a column of times, or choose another --protocol, such as leave-last or per-user',
    );
  }
  const secondsOf = (moment: Moment) =>
    'seconds' in moment ? moment.seconds : sorted[Math.floor(moment.quantile * n)]!;
  const span = `the times of the clicks are from ${timeText(sorted[0]!)} to ${timeText(sorted[n - 1]!)}`;
  const cut = secondsOf(trainBefore);
  const trained = placeOf(sorted, cut);
  if (trained === 0) {
    throw new SplitError(
      `no click came before ${timeText(cut)} (--train-before), so there is nothing to train on: ${span}`,
    );
  }
  if (trained === n) {
    throw new SplitError(
      `no click came at ${timeText(cut)} (--train-before) or later, so there is nothing to measure: ${span}`,
    );
  }
  const test =
    testFrom === undefined ? sorted[Math.floor((trained + n) / 2)]! : secondsOf(testFrom);
  const tested = placeOf(sorted, test);
  if (tested === n) {
    throw new SplitError(
      `no click came at ${timeText(test)} (--test-from) or later, so there is nothing to test: ${span}`,
    );
  }
  if (tested <= trained) {
    throw new SplitError(
      `no click lies between ${timeText(cut)} (--train-before) and ${timeText(test)} (--test-from), so there is nothing to choose by; end the training earlier, or begin the test later: ${span}`,
    );
  }
  return { trainBefore: cut, testFrom: test };
}

/** How many of the times, ascending, lie before a moment. */
function placeOf(sorted: Float64Array, moment: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! < moment) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Splits clicks by time. Training clicks are those before `trainBefore`, of users with `minClicks` of them, so that
 * nothing of the future is in the vocabulary or in the popularity of items. Validation users hide what they did from then
 * until `testFrom`; the model sees what they did before. Test users hide what they did from `testFrom` on; the model sees
 * all that they did before, validation clicks included. A click without a time takes no part.
 *
 * @param clicks - of all users, however few clicks they have
 * @throws SplitError as `splitByRoles`
 */
export function splitByTime(clicks: TimedClicks, protocol: ClickProtocol<'time'>): Split {
  const { trainBefore, testFrom } = protocol.heldOutClicks;
  const roleOf = Uint8Array.from(clicks.times, (time) => {
    if (Number.isNaN(time)) return role.none;
    if (time < trainBefore) return role.train;
    return time < testFrom ? role.validation : role.test;
  });
  return splitByRoles(clicks, protocol, {
    roleOf,
    minTrainClicks: protocol.minClicks,
    testFoldIn: 'all before the test',
  });
}
