import { setImmediate } from 'node:timers/promises';
import type { ItemSpace } from './item-space.js';

/** Multiplications in one go, some milliseconds, before others get their turn. */
const turn = 4_000_000;

/**
 * Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): the candidates in an order that weighs being good
 * against being like what stands before,
 *
 *   next = argmax_c (1 − d)·r_c − d·max_{s before} cos(c, s)
 *
 * with r the scores, min-max normalised over the candidates (0 where all are equal). Greedy, so that the first n do
 * not depend on n; ties go to the candidate that comes first.
 *
 * @param candidates - item indices
 * @param scores - aligned, finite
 * @param diversity - d, from 0 (the order of the scores) to 1 (likeness alone)
 * @param n - how many of them are wanted
 * @returns places in `candidates`, min(n, candidates) of them
 */
export async function diversified(
  candidates: ArrayLike<number>,
  scores: ArrayLike<number>,
  space: ItemSpace,
  diversity: number,
  n: number,
): Promise<number[]> {
  const relevance = normalised(scores);
  const likeness = new Float64Array(candidates.length).fill(Number.NEGATIVE_INFINITY);
  // The places that are left, ascending.
  let left = Array.from(relevance.keys());
  const order: number[] = [];
  let work = 0;
  while (order.length < n && left.length > 0) {
    const best =
      order.length === 0
        ? bestOf(left, (place) => relevance[place]!)
        : bestOf(
            left,
            (place) => (1 - diversity) * relevance[place]! - diversity * likeness[place]!,
          );
    order.push(best);
    left = left.filter((place) => place !== best);
    if (order.length === n) break;
    const others = left.map((place) => candidates[place]!);
    space.cosines(candidates[best]!, others).forEach((cosine, k) => {
      const place = left[k]!;
      if (cosine > likeness[place]!) likeness[place] = cosine;
    });
    work += others.length * space.dimensions;
    if (work > turn) {
      work = 0;
      await setImmediate();
    }
  }
  return order;
}

function normalised(scores: ArrayLike<number>): Float64Array {
  const values = Float64Array.from(scores);
  const low = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const high = values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  return high > low ? values.map((value) => (value - low) / (high - low)) : values.fill(0);
}

/** The first of the places with the highest value. */
function bestOf(places: readonly number[], valueAt: (place: number) => number): number {
  let best = places[0]!;
  let highest = valueAt(best);
  for (const place of places) {
    const value = valueAt(place);
    if (value > highest) [best, highest] = [place, value];
  }
  return best;
}
