/** How unusual a profile is under a generative model. */

import type { ClickMatrix } from '../data/click-matrix.js';
import { ArgumentError } from '../errors.js';
import type { Generative } from './recommender.js';

/** A profile is compared with this many reference profiles of about its length. */
const neighbourCount = 60;

/** In nats per click. Smaller spreads come from rounding, not from differences between people. */
const minSpread = 1e-3;

/** How unusual one profile is. */
export interface Anomaly {
  /**
   * How many standard deviations the profile's nats per click lie above the mean for its length: near 0
   * for an ordinary profile, 3 and more for a rare one. NaN for a profile without clicks.
   */
  readonly score: number;
  /** −ELBO / clicks. The higher it is, the worse the model explains the profile. */
  readonly natsPerClick: number;
  /** Mean nats per click of the reference profiles of about this length. */
  readonly usual: number;
  /** Their standard deviation. */
  readonly spread: number;
}

/**
 * Reference profiles of every length, which make scores of long and short profiles comparable.
 *
 * The ELBO falls with a profile's length, and so does each click's part of it: a long profile spreads its
 * probability over more items, and a short one pays the whole KL with few clicks. Therefore a profile's nats
 * per click are compared with those of the 60 reference profiles of the nearest lengths, or with all if there
 * are fewer: score = (nats per click − mean) / standard deviation.
 */
export class AnomalyReference {
  /** [reference], ascending. */
  readonly #lengths: Float64Array;
  /** [reference], aligned. */
  readonly #natsPerClick: Float64Array;

  private constructor(profiles: readonly { length: number; natsPerClick: number }[]) {
    const sorted = profiles.toSorted((a, b) => a.length - b.length);
    this.#lengths = Float64Array.from(sorted, ({ length }) => length);
    this.#natsPerClick = Float64Array.from(sorted, ({ natsPerClick }) => natsPerClick);
  }

  /**
   * @param profiles - [reference, I]. If the model was not trained on the profiles to judge, it must not
   *   have been trained on these. Profiles without clicks are left out
   * @param elbo - [reference], of the same model
   * @throws ArgumentError when fewer than two profiles have a click
   */
  static of(profiles: ClickMatrix, elbo: Float32Array): AnomalyReference {
    const known = perClick(profiles, elbo).filter(({ length }) => length > 0);
    if (known.length < 2) {
      throw new ArgumentError(
        `${known.length} reference profiles have a click; judging others needs at least 2`,
      );
    }
    return new AnomalyReference(known);
  }

  /** @param elbo - [B], of the model that the reference was made with */
  judge(rows: ClickMatrix, elbo: Float32Array): Anomaly[] {
    return perClick(rows, elbo).map(({ length, natsPerClick }) => {
      const { mean: usual, spread } = this.#near(length);
      return { score: (natsPerClick - usual) / spread, natsPerClick, usual, spread };
    });
  }

  /** Mean and standard deviation of the reference profiles of about this length. */
  #near(length: number): { mean: number; spread: number } {
    const near = this.#natsPerClick.subarray(...nearestInLength(this.#lengths, length));
    const mean = near.reduce((sum, nats) => sum + nats, 0) / near.length;
    const variance = near.reduce((sum, nats) => sum + (nats - mean) ** 2, 0) / near.length;
    return { mean, spread: Math.max(Math.sqrt(variance), minSpread) };
  }
}

/**
 * The 60 profiles whose lengths are nearest to a length; all if there are fewer.
 *
 * @param lengths - ascending
 * @returns their places in `lengths`, first..last-1
 */
export function nearestInLength(
  lengths: ArrayLike<number>,
  length: number,
): [first: number, last: number] {
  let last = 0;
  while (last < lengths.length && lengths[last]! < length) last++;
  let first = last;
  while (last - first < Math.min(neighbourCount, lengths.length)) {
    // Extend towards the nearer length; on a tie, towards the shorter.
    const below = first > 0 ? length - lengths[first - 1]! : Number.POSITIVE_INFINITY;
    const above = last < lengths.length ? lengths[last]! - length : Number.POSITIVE_INFINITY;
    if (below <= above) first--;
    else last++;
  }
  return [first, last];
}

/** Judges profiles against reference profiles, all under one model. */
export async function judgeProfiles(
  model: Generative,
  profiles: ClickMatrix,
  reference: ClickMatrix,
): Promise<Anomaly[]> {
  const usual = AnomalyReference.of(reference, (await model.elbo(reference)).elbo);
  return usual.judge(profiles, (await model.elbo(profiles)).elbo);
}

function perClick(
  rows: ClickMatrix,
  elbo: Float32Array,
): { length: number; natsPerClick: number }[] {
  return Array.from({ length: rows.rows }, (_, u) => {
    const length = rows.offsets[u + 1]! - rows.offsets[u]!;
    return { length, natsPerClick: length === 0 ? Number.NaN : -elbo[u]! / length };
  });
}
