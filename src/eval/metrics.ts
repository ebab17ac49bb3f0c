/** The ranking metrics of one user. */
import { ArgumentError } from '../errors.js';

/** The ranking metrics, each with binary relevance at a cutoff K. */
export const metricNames = [
  'ndcg',
  'recall',
  'recall-all',
  'precision',
  'hit',
  'mrr',
  'map',
] as const;
export type MetricName = (typeof metricNames)[number];
/** A metric at a cutoff, such as `ndcg@100`. */
export type MetricKey = `${MetricName}@${number}`;

/** Keys in the order of `rankingMetrics`: all cutoffs of the first metric, then all of the next one. */
export function metricKeys(ks: readonly number[]): MetricKey[] {
  return metricNames.flatMap((name) => ks.map((k): MetricKey => `${name}@${k}`));
}

/**
 * Checks cutoffs.
 *
 * @throws ArgumentError when there is none, one is not a positive integer, or one is given twice
 */
export function checkCutoffs(ks: readonly number[]): void {
  const wrong = ks.find((k, index) => !Number.isSafeInteger(k) || k < 1 || ks.indexOf(k) !== index);
  if (ks.length === 0 || wrong !== undefined) {
    throw new ArgumentError(
      `K is ${wrong ?? 'missing'}; give one or more different integers from 1 on, such as 20,50,100`,
    );
  }
}

/**
 * Every metric of one user's ranking, at every cutoff (Liang et al. 2018, section 4.2).
 *
 * With rel_r = 1 where the item at rank r is held out, H held-out items and M = min(K, H):
 *
 *   NDCG      = Σ_{r≤K} rel_r / log2(r+1)  ÷  Σ_{r≤M} 1 / log2(r+1)
 *   recall    = hits / M                   recall-all = hits / H
 *   precision = hits / K                   hit        = 1 if there is a hit
 *   MRR       = 1 / rank of the first hit, else 0
 *   MAP       = Σ_{r≤K} rel_r · (hits up to r) / r  ÷  M
 *
 * `recall-all` is the recall of LightGCN's tables (He et al. 2020), whose NDCG is this one.
 *
 * @param ranking - item indices, best first, no item twice; -1 ends it; shorter than K is allowed
 * @param heldOut - item indices, no item twice
 * @param hidden - H, with the held-out items that have no index and are always missed. Default: those with an index
 * @returns values in the order of `metricKeys(ks)`, each in [0, 1], or null when nothing is held out
 */
export function rankingMetrics(
  ranking: ArrayLike<number>,
  heldOut: ArrayLike<number>,
  ks: readonly number[],
  hidden: number = heldOut.length,
): Float64Array | null {
  if (hidden === 0) return null;
  const relevant = new Set(Array.from(heldOut));
  const deepest = Math.min(Math.max(...ks), ranking.length);
  const hits = new Float64Array(deepest + 1); // [rank]: hits up to it
  const gain = new Float64Array(deepest + 1); // [rank]: discounted gain up to it
  const precisions = new Float64Array(deepest + 1); // [rank]: sum of precisions at hits up to it
  let firstHit = Number.POSITIVE_INFINITY;
  for (let rank = 1; rank <= deepest; rank++) {
    const isHit = relevant.has(ranking[rank - 1]!);
    hits[rank] = hits[rank - 1]! + (isHit ? 1 : 0);
    gain[rank] = gain[rank - 1]! + (isHit ? 1 / Math.log2(rank + 1) : 0);
    precisions[rank] = precisions[rank - 1]! + (isHit ? hits[rank]! / rank : 0);
    if (isHit && firstHit > rank) firstHit = rank;
  }
  const columns = ks.map((k): Record<MetricName, number> => {
    const rank = Math.min(k, deepest);
    const reachable = Math.min(k, hidden);
    return {
      ndcg: gain[rank]! / idealGain(reachable),
      recall: hits[rank]! / reachable,
      'recall-all': hits[rank]! / hidden,
      precision: hits[rank]! / k,
      hit: firstHit <= k ? 1 : 0,
      mrr: firstHit <= k ? 1 / firstHit : 0,
      map: precisions[rank]! / reachable,
    };
  });
  return Float64Array.from(metricNames.flatMap((name) => columns.map((column) => column[name])));
}

/** [n], the discounted gain of n hits at ranks 1 to n; it grows when a larger n is asked for. */
const idealGains = [0];

function idealGain(hits: number): number {
  for (let rank = idealGains.length; rank <= hits; rank++) {
    idealGains.push(idealGains[rank - 1]! + 1 / Math.log2(rank + 1));
  }
  return idealGains[hits]!;
}
