/** Scores as a request wants them moved: down for items that everyone knows, up or down where a rule says so. */

import { topN } from '../../backend/operations/top-n.js';
import { ClickMatrix } from '../../data/click-matrix.js';

/** How the scores of one ranking move. */
export interface Moves {
  /** ν, from 0 to 1. */
  readonly novelty: number;
  /** p, of `popularityScale`. */
  readonly popularity: Float64Array | Float32Array;
  /** b, [I]: how far each item moves besides, in parts of the range of the scores; null where none does. */
  readonly shifts: Float64Array | null;
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
 * Moves scores towards the long tail, and as rules say,
 *
 *   moved_i = score_i + R · (b_i − 2 · ν · p_i)
 *
 * where R is the range of the scores, highest minus lowest over all I items: so ν and b mean the same for every model,
 * and do not depend on a filter. A score that is not finite stays as it is and adds nothing to R.
 *
 * @param scores - [I]; not changed
 * @returns [I]
 */
export function movedScores(scores: Float32Array, moves: Moves): Float64Array {
  const { novelty, popularity, shifts } = moves;
  const { range } = spreadOf(scores);
  const moved = Float64Array.from(scores);
  for (let item = 0; item < moved.length; item++) {
    const shift = shifts === null ? 0 : shifts[item]!;
    moved[item]! += range * (shift - noveltyWeight * novelty * popularity[item]!);
  }
  return moved;
}

/**
 * The n best items by their scores, or as many as the mask allows, best first; ties go to the lower index.
 *
 * @param scores - [I]
 * @param mask - the items to leave out
 */
export function bestOf(scores: Float64Array, mask: readonly number[], n: number): number[] {
  const row = ClickMatrix.fromRows(scores.length, [mask]);
  return Array.from(topN(scores, row, n).items).filter((item) => item >= 0);
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
