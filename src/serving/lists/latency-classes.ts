/** Classes of times that an answer took: each is a quarter longer than the one before. */

const shortestUs = 100;
const growth = 1.25;
/** Of ten seconds and more. */
const lastClass = 52;

/** The upper limits of the classes in whole microseconds. */
const limits = Array.from({ length: lastClass + 1 }, (_, k) =>
  Math.round(shortestUs * growth ** k),
);

/** The upper limit of the class of a time, in microseconds. What took longer than the last class is in it. */
export function latencyClass(ms: number): number {
  const place = Math.ceil(Math.log((ms * 1000) / shortestUs) / Math.log(growth));
  return limits[Math.min(Math.max(place, 0), lastClass)]!;
}

/**
 * The time within which a part of the answers came, in milliseconds: the upper limit of its class, so at most a quarter
 * too long. Null for no answers.
 *
 * @param counts - answers by the limit of their class
 * @param part - from 0 to 1
 */
export function latencyQuantile(counts: ReadonlyMap<number, number>, part: number): number | null {
  const classes = [...counts].sort(([a], [b]) => a - b);
  const all = classes.reduce((sum, [, count]) => sum + count, 0);
  let sum = 0;
  for (const [limit, count] of classes) {
    sum += count;
    if (count > 0 && sum >= part * all) return limit / 1000;
  }
  return null;
}
