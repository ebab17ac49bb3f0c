/** Drawing the clicks of synthetic users. */

import { ArgumentError } from '../errors.js';
import type { RandomStream } from '../random.js';

/** @throws ArgumentError when the length of a synthetic profile is not an integer from 0 to I */
export function checkLengths(lengths: ArrayLike<number>, itemCount: number): void {
  for (let u = 0; u < lengths.length; u++) {
    const length = lengths[u]!;
    if (!Number.isInteger(length) || length < 0 || length > itemCount) {
      throw new ArgumentError(
        `a synthetic user cannot have ${length} clicks: the model knows ${itemCount} items, and a user clicks each at most once`,
      );
    }
  }
}

/**
 * Draws items without replacement, each with probability softmax(logits) among those left.
 *
 * Sorting logits + Gumbel noise, largest first, gives the same distribution with one random number per item
 * (Vieira 2014; Kool et al. 2019).
 *
 * @param logits - [I], finite
 * @param count - from 0 to I
 * @returns [count], item indices in the order of drawing
 */
export function drawItems(
  logits: Float32Array,
  count: number,
  random: Pick<RandomStream, 'uint32'>,
): Int32Array {
  // u lies in (0, 1), so neither logarithm gets 0.
  const keys = Float64Array.from(logits, (logit) => {
    const u = (random.uint32() + 0.5) / 2 ** 32;
    return logit - Math.log(-Math.log(u));
  });
  const order = Int32Array.from(keys.keys());
  return order.sort((a, b) => keys[b]! - keys[a]! || a - b).slice(0, count);
}
