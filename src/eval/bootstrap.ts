/** Bootstrap intervals of means over users. */
import { RandomStream } from '../random.js';

/** The 95 % interval of a mean. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** With so many resamples, another seed moves an end of an interval by about a hundredth of its width. */
export const defaultResamples = 10_000;

/**
 * Means of columns over users drawn with replacement. Every column uses the same drawn users, so the difference of two
 * means is a paired difference.
 *
 * The drawn users depend on the seed and the number of users alone.
 *
 * @param columns - each [users]
 * @returns for each column [resamples], in the order of drawing
 * @source Efron & Tibshirani, An Introduction to the Bootstrap, 1993, chapter 6
 */
export function bootstrapMeans(
  columns: readonly Float64Array[],
  seed: number,
  resamples: number = defaultResamples,
): Float64Array[] {
  const users = columns[0]?.length ?? 0;
  const width = columns.length;
  const table = new Float64Array(users * width); // [users, columns]: a draw touches one row
  columns.forEach((column, c) => {
    for (let u = 0; u < users; u++) table[u * width + c] = column[u]!;
  });
  const random = new RandomStream(seed, 'bootstrap');
  const means = columns.map(() => new Float64Array(resamples));
  const sums = new Float64Array(width);
  for (let r = 0; r < resamples; r++) {
    sums.fill(0);
    for (let draw = 0; draw < users; draw++) {
      const row = random.integer(users) * width;
      for (let c = 0; c < width; c++) sums[c]! += table[row + c]!;
    }
    for (let c = 0; c < width; c++) means[c]![r] = sums[c]! / users;
  }
  return means;
}

/** The percentile interval: the middle 95 % of resampled values. Ends between two values are interpolated. */
export function percentileInterval(values: Float64Array): Interval {
  const sorted = Float64Array.from(values).sort();
  return { low: quantile(sorted, 0.025), high: quantile(sorted, 0.975) };
}

/** A quantile by NumPy's default: linear between the two nearest values. */
function quantile(sorted: Float64Array, part: number): number {
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (place - below);
}
