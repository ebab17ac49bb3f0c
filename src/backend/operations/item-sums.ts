/** Sums over the items of all ranks. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { summedBlocks } from '../collective/block-tree.js';
import type { ItemPart } from '../collective/item-part.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel } from '../own-kernels.js';

/**
 * Σ_i x_i of each row. On `native` a part is summed block by block, and over all ranks. It has no gradient.
 *
 * @param x - [B, I]
 * @returns [B]
 */
export function itemSums(tf: TensorFlow, x: Tensor2D, part: ItemPart | undefined): Tensor1D {
  if (part === undefined || !hasOwnKernel(tf, 'MultvaeItemProduct')) return tf.sum(x, 1);
  const [rows, columns] = x.shape;
  const { blockWidth, collective } = part;
  const blocks = Math.ceil(columns / blockWidth);
  const sums = new Float64Array(rows * blocks);
  for (let block = 0; block < blocks; block++) {
    const first = block * blockWidth;
    const width = Math.min(blockWidth, columns - first);
    const own = tf.tidy(() => tf.sum(tf.slice(x, [0, first], [rows, width]), 1).dataSync());
    for (let row = 0; row < rows; row++) sums[row * blocks + block] = own[row]!;
  }
  const total = summedBlocks(sums, rows, blocks);
  collective.sum(total);
  return tf.tensor1d(Float32Array.from(total));
}

/**
 * Σ w² of a matrix, with its gradient 2·w. Automatic differentiation would keep every square until then.
 *
 * @param itemAxis - the axis along which the items are
 * @param part - which items these are; the sum is over those of all ranks. Default: the matrix has no items.
 * @returns a number
 */
export function sumOfSquares(
  tf: TensorFlow,
  matrix: Tensor2D,
  { itemAxis, part }: { readonly itemAxis: 0 | 1; readonly part: ItemPart | undefined },
): Tensor {
  const withGradient = tf.customGrad((...args) => {
    const [w, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
    save([w]);
    const sum = () => {
      if (part === undefined) return tf.sum(tf.square(w));
      const byItem = tf.sum(tf.square(w), 1 - itemAxis); // [I]
      return tf.squeeze(itemSums(tf, tf.reshape(byItem, [1, byItem.size]), part));
    };
    return {
      value: sum(),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [tf.mul(saved[0]!, tf.mul(dy, 2))],
    };
  });
  return withGradient(matrix);
}
