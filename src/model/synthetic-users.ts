import { ArgumentError } from '../errors.js';
import type { RandomStream } from '../random.js';

/**
 * Guards the lengths of synthetic profiles.
 *
 * @throws ArgumentError when one is no integer from 0 to I
 */
export function checkLengths(lengths: ArrayLike<number>, itemCount: number): void {
  for (let u = 0; u < lengths.length; u++) {
    const length = lengths[u]!;
    if (!Number.isInteger(length) || length < 0 || length > itemCount) {
      throw new ArgumentError(
        `a synthetic user cannot have ${length} clicks: the model knows ${itemCount} items, and nobody clicks one twice`,
      );
    }
  }
}

/**
 * Different items drawn one after the other, each with probability softmax(logits) among those left.
 *
 * That is the order of logits + Gumbel noise, largest first (Vieira 2014; Kool et al. 2019), so one draw
 * an item does.
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
  // u in (0, 1), so that neither logarithm meets 0.
  const keys = Float64Array.from(logits, (logit) => {
    const u = (random.uint32() + 0.5) / 2 ** 32;
    return logit - Math.log(-Math.log(u));
  });
  const order = Int32Array.from(keys.keys());
  return order.sort((a, b) => keys[b]! - keys[a]! || a - b).slice(0, count);
}
