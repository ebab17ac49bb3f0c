/** Reasons for a recommendation: the clicks that raised an item. */

import { ClickMatrix } from '../data/click-matrix.js';
import type { Recommender } from './recommender.js';

/** How much one click raised an item's score. */
export interface ClickContribution {
  /** The index of the clicked item. */
  readonly click: number;
  /** The item's score with all clicks minus its score without this click; above 0. */
  readonly contribution: number;
}

/** Profiles scored at once. Memory grows with [blockRows, I]. */
const blockRows = 64;

/** What to explain. */
export interface ExplainInput {
  /** I */
  readonly itemCount: number;
  /** The profile, item indices. */
  readonly clicks: readonly number[];
  /** The items to explain. */
  readonly items: ArrayLike<number>;
  /** How many clicks to return per item. */
  readonly maxClicks: number;
}

/**
 * The clicks that raised each item most. Leaves out each click in turn and scores the rest, so it is exact for
 * any model and costs one scoring per click.
 *
 * @param score - must give the same row the same scores
 * @returns for each item the clicks that raised it, the largest contribution first, ties in profile order
 */
export async function explain(
  score: Recommender['score'],
  { itemCount, clicks, items, maxClicks }: ExplainInput,
): Promise<ClickContribution[][]> {
  const explained = Array.from(items);
  const whole = await score(ClickMatrix.fromRows(itemCount, [clicks]));
  const contributions = explained.map(() => new Float64Array(clicks.length));
  for (let first = 0; first < clicks.length; first += blockRows) {
    const block = clicks.slice(first, first + blockRows);
    const without = block.map((_, k) => clicks.toSpliced(first + k, 1));
    const scores = await score(ClickMatrix.fromRows(itemCount, without));
    block.forEach((_, k) => {
      explained.forEach((item, place) => {
        contributions[place]![first + k] = whole[item]! - scores[k * itemCount + item]!;
      });
    });
  }
  return contributions.map((values) =>
    [...values.keys()]
      .filter((k) => values[k]! > 0)
      .sort((a, b) => values[b]! - values[a]! || a - b)
      .slice(0, maxClicks)
      .map((k) => ({ click: clicks[k]!, contribution: values[k]! })),
  );
}
