import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from './engine.js';

/**
 * An affine layer, x·W + b, with its gradient.
 *
 * The products of the gradient, dy·Wᵀ and xᵀ·dy, are what TensorFlow.js would form itself, but `wasm`
 * multiplies a transposed operand at a tenth of its speed, so there the transpose is made first.
 *
 * @param x - [B, M]
 * @param kernel - [M, N]
 * @param bias - [N]
 * @returns [B, N]
 */
export function affine(tf: TensorFlow, x: Tensor2D, kernel: Tensor2D, bias: Tensor1D): Tensor2D {
  const transposeFirst = tf.getBackend() === 'wasm';
  const withGradient = tf.customGrad((...args) => {
    const save = args[3] as unknown as (tensors: Tensor[]) => void;
    const [a, w, b] = args as unknown as [Tensor2D, Tensor2D, Tensor1D];
    save([a, w]);
    return {
      value: tf.fused.matMul({ a, b: w, bias: b }), // [B, N]
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [a, w] = saved as [Tensor2D, Tensor2D];
        const dx = transposeFirst
          ? tf.matMul(dy as Tensor2D, tf.transpose(w))
          : tf.matMul(dy as Tensor2D, w, false, true); // [B, M]
        const dw = transposeFirst
          ? tf.matMul(tf.transpose(a), dy as Tensor2D)
          : tf.matMul(a, dy as Tensor2D, true, false); // [M, N]
        return [dx, dw, tf.sum(dy, 0)];
      },
    };
  });
  return withGradient(x, kernel, bias) as Tensor2D;
}
