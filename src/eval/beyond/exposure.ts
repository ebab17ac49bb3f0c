/** Exposure of items in recommended lists: coverage and Gini index. */
import { type Rankings, rankingOf } from '../evaluate.js';

/**
 * Counts how often each item is among the first K recommendations of a user.
 *
 * @returns [I]
 */
export function exposure(rankings: Rankings, k: number, itemCount: number): Int32Array {
  const counts = new Int32Array(itemCount);
  for (let u = 0; u < rankings.rows.length; u++) {
    for (const item of rankingOf(rankings, u).subarray(0, k)) {
      if (item >= 0) counts[item]!++;
    }
  }
  return counts;
}

/**
 * Catalogue coverage: the part of the vocabulary that is recommended to at least one user.
 *
 * @param counts - [I], the exposure of each item
 * @returns in [0, 1]
 * @source Ge, Delgado-Battenfeld & Jannach, Beyond Accuracy, RecSys 2010
 */
export function coverage(counts: Int32Array): number {
  return counts.filter((count) => count > 0).length / counts.length;
}

/**
 * Gini index of exposure over the whole vocabulary, including items that are never recommended.
 *
 *   G = 1/(I − 1) · Σ_j (2j − I − 1) · p_(j)          p_(1) ≤ … ≤ p_(I) shares of all exposure
 *
 * @param counts - [I], the exposure of each item
 * @returns 0 when all items have equal exposure, 1 when one item has all of it; 0 when there is no exposure at all, or
 *   only one item
 * @source Shani & Gunawardana, Evaluating Recommendation Systems, in Recommender Systems
 *   Handbook, 2011 (there for sales)
 */
export function gini(counts: Int32Array): number {
  const items = counts.length;
  const sorted = Int32Array.from(counts).sort();
  const total = sorted.reduce((sum, count) => sum + count, 0);
  if (total === 0 || items < 2) return 0;
  const weighted = sorted.reduce((sum, count, j) => sum + (2 * (j + 1) - items - 1) * count, 0);
  return weighted / (total * (items - 1));
}
