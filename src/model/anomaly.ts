import type { ClickMatrix } from '../data/click-matrix.js';
import { ArgumentError } from '../errors.js';
import type { Generative } from './recommender.js';

/** So many profiles of about the same length say what is usual. */
const neighbours = 60;

/** A spread below this, in nats a click, is rounding, not difference between people. */
const leastSpread = 1e-3;

/** How unusual one profile is. */
export interface Anomaly {
  /**
   * Standard deviations by which the profile's nats a click exceed what is usual for its length: near 0
   * for an ordinary profile, 3 and more for a rare one. NaN for a profile without a click.
   */
  readonly score: number;
  /** −ELBO / clicks: how badly the model explains the profile. */
  readonly natsPerClick: number;
  /** The mean of the reference profiles of about this length. */
  readonly usual: number;
  /** Their standard deviation. */
  readonly spread: number;
}

/**
 * What is usual for profiles of each length, so that long and short ones compare.
 *
 * The ELBO of a profile falls with its length, and even a click's share of it depends on the length: a long
 * profile must spread its probability over more items, a short one pays the whole KL with few clicks. So
 * nats a click are compared with those of the 60 reference profiles whose lengths are nearest (all, where
 * there are fewer): score = (nats a click − mean) / standard deviation.
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
   * @param profiles - [reference, I], of people whom the model treats like those to be judged: not trained
   *   on, where those were not; profiles without a click are left out
   * @param elbo - [reference], of the same model
   * @throws ArgumentError for fewer than two profiles with a click
   */
  static of(profiles: ClickMatrix, elbo: Float32Array): AnomalyReference {
    const known = perClick(profiles, elbo).filter(({ length }) => length > 0);
    if (known.length < 2) {
      throw new ArgumentError(
        `${known.length} reference profiles have a click; at least 2 are needed to say what is usual`,
      );
    }
    return new AnomalyReference(known);
  }

  /** Judges each row; `elbo` [B] is of the model that the reference is of. */
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
    return { mean, spread: Math.max(Math.sqrt(variance), leastSpread) };
  }
}

/**
 * The profiles of about a length, 60 or as many as there are: places first..last-1 of theirs, sorted.
 *
 * @param lengths - ascending
 */
export function nearestInLength(
  lengths: ArrayLike<number>,
  length: number,
): [first: number, last: number] {
  let last = 0;
  while (last < lengths.length && lengths[last]! < length) last++;
  let first = last;
  while (last - first < Math.min(neighbours, lengths.length)) {
    // The nearer end; the shorter one of equals.
    const below = first > 0 ? length - lengths[first - 1]! : Number.POSITIVE_INFINITY;
    const above = last < lengths.length ? lengths[last]! - length : Number.POSITIVE_INFINITY;
    if (below <= above) first--;
    else last++;
  }
  return [first, last];
}

/** Judges profiles against reference profiles, both under one model. */
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
