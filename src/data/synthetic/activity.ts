/** Draws how active people are: a few very much, most a little. */
import type { RandomStream } from '../../random.js';

/** How often people act, together and each. */
export interface ActivityShape {
  readonly people: number;
  /** The sum over all people. */
  readonly total: number;
  readonly minimum: number;
  readonly maximum: number;
  /** Of the logarithm of what is above the minimum. */
  readonly deviation: number;
}

/** [people], log-normal above the minimum, summing to exactly `total`. */
export function drawActivity(shape: ActivityShape, random: RandomStream): Int32Array {
  const { people, total, minimum, maximum, deviation } = shape;
  const spare = total - minimum * people;
  const weights = Float64Array.from({ length: people }, () =>
    Math.exp(deviation * random.normal()),
  );
  const whole = weights.reduce((sum, w) => sum + w, 0);
  const activity = Int32Array.from(weights, (w) =>
    Math.min(maximum, minimum + Math.floor((w / whole) * spare)),
  );
  // Rounding and the maximum leave a remainder. Random people with room get one more each.
  let left = total - activity.reduce((sum, n) => sum + n, 0);
  while (left > 0) {
    const person = random.integer(people);
    if (activity[person]! < maximum) {
      activity[person]!++;
      left--;
    }
  }
  return activity;
}
