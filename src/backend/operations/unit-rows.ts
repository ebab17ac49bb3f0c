/** Rows of length 1, and the products of a matrix's columns, with their gradients. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';

/** The least length of a row that is divided by. */
const minLength = 1e-12;

/**
 * Each row w divided by its length, a = w/‖w‖, with the gradient dw = (da − a·⟨a, da⟩)/‖w‖. A row of zeros stays.
 *
 * @param matrix - [M, N]
 * @returns [M, N]
 */
export function unitRows(tf: TensorFlow, matrix: Tensor2D): Tensor2D {
  const withGradient = tf.customGrad((...args) => {
    const [rows, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    const lengths = tf.maximum(tf.sqrt(tf.sum(tf.square(rows), 1, true)), minLength); // [M, 1]
    const unit = tf.div(rows, lengths);
    save([unit, lengths]);
    return {
      value: unit,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [a, norms] = saved as [Tensor2D, Tensor2D];
        const along = tf.sum(tf.mul(a, dy), 1, true); // [M, 1]
        return [tf.div(tf.sub(dy, tf.mul(a, along)), norms)];
      },
    };
  });
  return withGradient(matrix) as Tensor2D;
}

/**
 * G = AᵀA, with the gradient dA = A·(dG + dGᵀ): one product, where TensorFlow.js takes two.
 *
 * @param matrix - A, [M, N]
 * @returns [N, N]
 */
export function rowGram(tf: TensorFlow, matrix: Tensor2D): Tensor2D {
  const withGradient = tf.customGrad((...args) => {
    const [a, save] = args as unknown as [Tensor2D, (tensors: Tensor[]) => void];
    save([a]);
    return {
      value: tf.matMul(a, a, true, false),
      gradFunc: (dy: Tensor, saved: Tensor[]) => [
        tf.matMul(saved[0] as Tensor2D, tf.add(dy, tf.transpose(dy)) as Tensor2D),
      ],
    };
  });
  return withGradient(matrix) as Tensor2D;
}
