/** How popular each item is, for models whose popular items lead too much. */

/**
 * The clicks of each item relative to the mean, n / mean n. An item without a click counts as one with a click.
 *
 * @param clicks - [I], n
 * @returns [I], above 0
 */
export function relativePopularity(clicks: Int32Array): Float32Array {
  const counts = Float32Array.from(clicks, (n) => Math.max(1, n));
  const mean = counts.reduce((sum, n) => sum + n, 0) / counts.length;
  return counts.map((n) => n / mean);
}

/**
 * c·ln(n / mean n) of each item, which a blend takes from its score.
 *
 * @param clicks - [I], n
 * @param discount - c
 * @returns [I]; null where c is 0
 */
export function popularityLosses(clicks: Int32Array, discount: number): Float32Array | null {
  if (discount === 0) return null;
  return relativePopularity(clicks).map((popularity) => discount * Math.log(popularity));
}
