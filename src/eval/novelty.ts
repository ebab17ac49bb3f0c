import { type Rankings, rankingOf } from './evaluate.js';

/**
 * Popularity ranks: 1 for the item with the most training clicks; equals share the mean of their ranks.
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

/** Items from the most to the least clicked, equals by index. */
export function byPopularity(trainClicks: Int32Array): number[] {
  const items = Array.from(trainClicks, (_, item) => item);
  return items.sort((a, b) => trainClicks[b]! - trainClicks[a]! || a - b);
}

/**
 * Mean popularity rank of the first K recommendations of each user: the higher, the further from what everyone
 * knows already.
 *
 * @param ranks - [I], of `popularityRanks`
 * @returns [users]; 0 for a user without a recommendation
 * @source in the spirit of Zhou et al., PNAS 107 (2010), and Vargas & Castells, RecSys 2011, with the rank
 *   instead of the number or the logarithm of clicks, so that data sets of different sizes can be read alike
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
