/** Reranking for diversity (maximal marginal relevance). */

import { setImmediate } from 'node:timers/promises';
import type { ItemSpace } from './item-space.js';

/** Multiplications, worth some milliseconds, before other tasks of the event loop get their turn. */
const workPerTurn = 4_000_000;

/** Candidates to rerank. */
export interface DiversityInput {
  /** Item indices. */
  readonly candidates: ArrayLike<number>;
  /** Aligned with the candidates; finite. */
  readonly scores: ArrayLike<number>;
  readonly space: ItemSpace;
  /** d, from 0 (the order of the scores) to 1 (dissimilarity alone). */
  readonly diversity: number;
  /** How many candidates to return. */
  readonly n: number;
}

/**
 * Maximal marginal relevance (Carbonell & Goldstein, SIGIR 1998): orders the candidates by score, and lowers those
 * that resemble earlier ones,
 *
 *   next = argmax_c (1 − d)·r_c − d·max_{s before} cos(c, s)
 *
 * where r are the scores, min-max normalised over the candidates (0 if all are equal). The algorithm is greedy, so
 * the first n do not depend on n. Ties go to the earlier candidate.
 *
 * @returns min(n, candidates) places in `candidates`
 */
export async function diversified({
  candidates,
  scores,
  space,
  diversity,
  n,
}: DiversityInput): Promise<number[]> {
  const relevance = normalised(scores);
  const similarity = new Float64Array(candidates.length).fill(Number.NEGATIVE_INFINITY);
  // Places not yet taken, ascending.
  let left = Array.from(relevance.keys());
  const order: number[] = [];
  let work = 0;
  while (order.length < n && left.length > 0) {
    const best =
      order.length === 0
        ? bestOf(left, (place) => relevance[place]!)
        : bestOf(
            left,
            (place) => (1 - diversity) * relevance[place]! - diversity * similarity[place]!,
          );
    order.push(best);
    left = left.filter((place) => place !== best);
    if (order.length === n) break;
    const others = left.map((place) => candidates[place]!);
    space.cosines(candidates[best]!, others).forEach((cosine, k) => {
      const place = left[k]!;
      if (cosine > similarity[place]!) similarity[place] = cosine;
    });
    work += others.length * space.dimensions;
    if (work > workPerTurn) {
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
    if (value > highest) {
      best = place;
      highest = value;
    }
  }
  return best;
}
