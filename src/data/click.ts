/** What counts as a click: import, feedback and serving all ask here. */
import { paperProtocol } from '../config/protocol.js';
import { ArgumentError, showValue } from '../errors.js';
import type { Scale } from './files/rating.js';
import type { RatingsFile } from './files/ratings-format.js';

/**
 * Whether an event of a user and an item is a click: it has no rating, or a rating above the threshold. A rating equal
 * to the threshold is not a click.
 *
 * @param rating - null or NaN where the event has none
 * @param threshold - null makes every event a click
 */
export function isClick(rating: number | null, threshold: number | null): boolean {
  // NaN compares as false, so the negation makes it a click.
  return threshold === null || rating === null || !(rating <= threshold);
}

/** What makes a stored pair of a user and an item a click. */
export interface ClickRule {
  /** A rating above this is a click; null makes every rating one. */
  readonly threshold: number | null;
  /** A pair whose weights add up to less is no click, and neither is one without weight; null where weights say nothing. */
  readonly minWeight: number | null;
}

/** Whether a pair weighs enough for a click. */
export function isEnough(weight: number, minWeight: number | null): boolean {
  return minWeight === null || (weight > 0 && weight >= minWeight);
}

/** @throws ArgumentError */
export function checkMinWeight(minWeight: number | undefined): void {
  // NaN fails too, because each comparison with it is false.
  if (minWeight === undefined || (minWeight >= 0 && minWeight < Infinity)) return;
  throw new ArgumentError(
    `minWeight is ${showValue(minWeight)}; give the least weight of a click, a number of 0 or more`,
  );
}

/** What a pair of a file must weigh for a click; null for a file without weights. */
export function minWeightOf(
  { columns }: Pick<RatingsFile, 'columns'>,
  { minWeight }: { readonly minWeight?: number },
): number | null {
  if (minWeight !== undefined) return minWeight;
  return columns.used.some(({ purpose }) => purpose === 'weight') ? 0 : null;
}

/**
 * The threshold where nobody names one: .7 of the highest rating where the lowest is 0 or more, such as 3.5 of 5, and
 * else two thirds of the way up. Data without ratings get the paper's, which decides nothing: every row is a click.
 *
 * @param scale - null where rows have no rating
 */
export function defaultThreshold(scale: Scale | null): number {
  if (scale === null) return paperProtocol.ratingThreshold;
  const { low, high } = scale;
  // Whole numbers first, so that 7 of 10 and 2.1 of 3 are exact.
  return low >= 0 ? (7 * high) / 10 : low + (2 * (high - low)) / 3;
}

/**
 * Whether a rating means the same on two scales: they have one highest rating and one default threshold. The scales of
 * MovieLens, from 0.5 to 5 and from 1 to 5, do.
 */
export function isSameScale(a: Scale, b: Scale): boolean {
  return a.high === b.high && defaultThreshold(a) === defaultThreshold(b);
}
