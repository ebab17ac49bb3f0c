/** Some rows of a tensor. */

import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';

/**
 * Copies rows of a tensor, which may also be a vector of single numbers.
 *
 * @param rows - their indices
 * @returns the rows, in the order of the indices
 */
export function takeRows(tf: TensorFlow, from: Tensor, rows: Int32Array): Tensor {
  const [count, ...row] = from.shape as [number, ...number[]];
  const width = row.reduce((product, size) => product * size, 1);
  return tf.tidy(() => {
    // As a matrix, because the kernel of wasm changes the shape of a vector that it reads.
    const table = tf.reshape(from, [count, width]);
    const some = tf.gather(table, tf.tensor1d(rows, 'int32'));
    // wasm refuses a bias that was a matrix before, but not a sum.
    return row.length === 0 ? tf.sum(some, 1) : tf.reshape(some, [rows.length, ...row]);
  });
}
