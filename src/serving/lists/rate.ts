/** A part of a whole with its interval. */

/** The part of some lists of which something is true. */
export interface Rate {
  /** From 0 to 1. */
  readonly value: number;
  /** The limits of the interval that holds the true rate in 95 of 100 such samples. */
  readonly low: number;
  readonly high: number;
}

/** Of the normal distribution, for an interval of 95 %. */
const z = 1.959964;

/**
 * A rate with its interval after Wilson (1927), which also holds for few lists and for rates near 0. It takes lists as
 * independent; where one user sees very many of them, the truth is a little wider.
 *
 *   (p + z²/2n ± z·√(p(1 − p)/n + z²/4n²)) / (1 + z²/n)
 *
 * @returns null where there is nothing to count
 */
export function rateOf(count: number, of: number): Rate | null {
  if (of === 0) return null;
  const value = count / of;
  const square = z ** 2 / of;
  const middle = value + square / 2;
  const half = z * Math.sqrt((value * (1 - value)) / of + square / (4 * of));
  return {
    value,
    low: count === 0 ? 0 : (middle - half) / (1 + square),
    high: count === of ? 1 : (middle + half) / (1 + square),
  };
}
