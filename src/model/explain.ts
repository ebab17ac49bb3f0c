import { ClickMatrix } from '../data/click-matrix.js';
import type { Recommender } from './recommender.js';

/** How much one click raised an item. */
export interface ClickContribution {
  /** The index of the clicked item. */
  readonly click: number;
  /** The item's score with all clicks less its score without this one; above 0. */
  readonly contribution: number;
}

/** Profiles that are scored at once: what bounds memory is [block, I]. */
const blockRows = 64;

/**
 * The clicks that raised each item most, by leaving each of them out: exact for any model, as it asks the model
 * once for every click.
 *
 * @param score - gives the same row the same scores
 * @param itemCount - I
 * @param clicks - the profile, item indices
 * @param items - what is to be explained
 * @param most - so many clicks an item
 * @returns for each item its clicks, most first, ties in the order of the profile; none that did not raise it
 */
export async function explain(
  score: Recommender['score'],
  itemCount: number,
  clicks: readonly number[],
  items: ArrayLike<number>,
  most: number,
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
      .slice(0, most)
      .map((k) => ({ click: clicks[k]!, contribution: values[k]! })),
  );
}
