/** Synthetic clicks with MovieLens's shape. */

import { ClickMatrix } from '../../src/data/click-matrix.js';
import { RandomStream } from '../../src/random.js';

/**
 * Draws clicks like MovieLens's: an item's popularity is 1 / (rank + 10), and activity is log-normal.
 *
 * `bench/peers/clicks.py` draws from the same distribution. Equal arguments give equal clicks.
 *
 * @param meanClicks - draws a user; equal draws count once
 */
export function movieLensLike(rows: number, items: number, meanClicks: number): ClickMatrix {
  const random = new RandomStream(0, 'movielens-like');
  const cumulative = new Float64Array(items);
  let total = 0;
  for (let i = 0; i < items; i++) {
    total += 1 / (i + 10);
    cumulative[i] = total;
  }
  return ClickMatrix.fromRows(
    items,
    Array.from({ length: rows }, () => {
      const drawn = Math.floor(Math.exp(Math.log(meanClicks) - 0.5 + random.normal()));
      const count = Math.min(Math.max(drawn, 5), Math.floor(items / 4));
      const row = new Set<number>();
      for (let k = 0; k < count; k++) row.add(lowerBound(cumulative, random.float() * total));
      return Int32Array.from(row).sort();
    }),
  );
}

function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
