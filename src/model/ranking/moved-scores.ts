/** Scores as a request wants them moved: down for items that everyone knows. */

import { topN } from '../../backend/operations/top-n.js';
import type { ClickMatrix } from '../../data/click-matrix.js';

/** How the scores of one ranking move. */
export interface Moves {
  /** ν, from 0 to 1. */
  readonly novelty: number;
  /** p, of `popularityScale`. */
  readonly popularity: Float64Array;
}

/** At novelty 1, the most clicked item loses this many times the range of the scores. */
const noveltyWeight = 2;

/**
 * How known each item is: the logarithm of its training clicks, ln(1 + clicks), scaled to 0 for the least clicked item
 * and 1 for the most clicked one. All are 0 where each item has the same clicks.
 *
 * @param trainClicks - [I]
 * @returns [I]
 */
export function popularityScale(trainClicks: ArrayLike<number>): Float64Array {
  const logs = Float64Array.from(trainClicks, Math.log1p);
  const { low, range } = spreadOf(logs);
  return logs.map((log) => (range > 0 ? (log - low) / range : 0));
}

/**
 * Moves scores towards the long tail,
 *
 *   moved_i = score_i − 2 · ν · R · p_i
 *
 * where R is the range of the scores, highest minus lowest over all I items: so ν means the same for every model, and
 * does not depend on a filter. A score that is not finite stays as it is and adds nothing to R.
 *
 * @param scores - [I]; not changed
 * @returns [I]
 */
export function movedScores(scores: Float32Array, { novelty, popularity }: Moves): Float64Array {
  const multiple = noveltyWeight * novelty * spreadOf(scores).range;
  return Float64Array.from(scores, (score, item) => score - multiple * popularity[item]!);
}

/** The best items by moved scores, best first. */
export interface MovedRanking {
  readonly items: readonly number[];
  /** The model's. */
  readonly scores: readonly number[];
  /** The moved scores, which order the items. */
  readonly relevance: readonly number[];
}

/**
 * The n best items by moved scores, or as many as the mask allows. Exact over all items; ties go to the lower index.
 *
 * @param scores - [I]
 * @param mask - one row of items to leave out
 */
export function bestMoved(
  scores: Float32Array,
  moves: Moves,
  mask: ClickMatrix,
  n: number,
): MovedRanking {
  const moved = movedScores(scores, moves);
  const items = Array.from(topN(moved, mask, n).items).filter((item) => item >= 0);
  return {
    items,
    scores: items.map((item) => scores[item]!),
    relevance: items.map((item) => moved[item]!),
  };
}

/** The lowest finite value, and how far the highest one lies above it; a range of 0 where there is none. */
function spreadOf(values: Float32Array | Float64Array): { low: number; range: number } {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, range: high > low ? high - low : 0 };
}
