/** Novelty of recommended lists, by popularity rank. */
import { type Rankings, rankingOf } from '../evaluate.js';

/**
 * Popularity ranks: 1 for the item with the most training clicks. Items with equal clicks share the mean of their ranks.
 *
 * @param trainClicks - [I]
 * @returns [I], from 1 to I
 */
export function popularityRanks(trainClicks: Int32Array): Float64Array {
  const order = byPopularity(trainClicks);
  const ranks = new Float64Array(order.length);
  for (let first = 0; first < order.length; ) {
    let end = first + 1;
    while (end < order.length && trainClicks[order[end]!] === trainClicks[order[first]!]) end++;
    for (let place = first; place < end; place++) ranks[order[place]!] = (first + 1 + end) / 2;
    first = end;
  }
  return ranks;
}

/** Items by training clicks, descending; ties by index. */
export function byPopularity(trainClicks: Int32Array): number[] {
  const items = Array.from(trainClicks, (_, item) => item);
  return items.sort((a, b) => trainClicks[b]! - trainClicks[a]! || a - b);
}

/**
 * Mean popularity rank of the first K recommendations of each user. A higher rank means less known items.
 *
 * @param ranks - [I], of `popularityRanks`
 * @returns [users]; 0 for a user without a recommendation
 * @source after Zhou et al., PNAS 107 (2010), and Vargas & Castells, RecSys 2011. They use the number or the logarithm
 *   of clicks; the rank is comparable between data sets of different sizes.
 */
export function novelty(rankings: Rankings, k: number, ranks: Float64Array): Float64Array {
  return Float64Array.from(rankings.rows, (_, u) => {
    const listed = rankingOf(rankings, u)
      .subarray(0, k)
      .filter((item) => item >= 0);
    const sum = listed.reduce((total, item) => total + ranks[item]!, 0);
    return listed.length === 0 ? 0 : sum / listed.length;
  });
}
