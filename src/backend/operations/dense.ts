/** The affine layer and tanh, with gradients. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../collective/item-part.js';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';

export interface AffineLayer {
  /** W, [M, N] */
  readonly kernel: Tensor2D;
  /** Whether the kernel holds Wᵀ, [N, M]. Default: false. */
  readonly isTransposed?: boolean;
  /** b, [N] */
  readonly bias: Tensor1D;
}

export interface AffineOptions {
  /** What needs no gradient; none is computed for it. Default: none. */
  readonly constant?: 'none' | 'input' | 'parameters';
  /** Of a layer whose outputs are items: which. The gradient for x is then the sum over the items of all ranks. */
  readonly part?: ItemPart | undefined;
}

/**
 * An affine layer, x·W + b, with its gradient.
 *
 * The gradient takes the products dy·Wᵀ and xᵀ·dy, as in TensorFlow.js. But `wasm` multiplies a transposed
 * operand at a tenth of its speed, so the transpose is made first there.
 *
 * @param x - [B, M]
 * @returns [B, N]
 */
export function affine(
  tf: TensorFlow,
  x: Tensor2D,
  { kernel, bias, isTransposed = false }: AffineLayer,
  { constant = 'none', part }: AffineOptions = {},
): Tensor2D {
  const transposeFirst = tf.getBackend() === 'wasm';
  const value = () =>
    isTransposed && transposeFirst
      ? tf.fused.matMul({ a: x, b: tf.transpose(kernel), bias })
      : tf.fused.matMul({ a: x, b: kernel, transposeB: isTransposed, bias }); // [B, N]
  const inputGradient = (dy: Tensor2D, w: Tensor2D) => {
    if (part !== undefined && hasOwnKernel(tf, 'MultvaeItemProduct')) {
      const inputs = { dy, kernel: w };
      return runOwnKernel(tf, 'MultvaeItemProduct', inputs, { isTransposed, part })[0]!;
    }
    if (isTransposed) return tf.matMul(dy, w);
    return transposeFirst ? tf.matMul(dy, tf.transpose(w)) : tf.matMul(dy, w, false, true); // [B, M]
  };
  const kernelGradient = (dy: Tensor2D, a: Tensor2D) => {
    const [left, right] = isTransposed ? [dy, a] : [a, dy];
    return transposeFirst
      ? tf.matMul(tf.transpose(left), right)
      : tf.matMul(left, right, true, false); // [M, N], or [N, M]
  };
  const operands: Tensor[] = [];
  if (constant !== 'input') operands.push(x);
  if (constant !== 'parameters') operands.push(kernel, bias);
  const withGradient = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: Tensor[]) => void;
    save([x, kernel]);
    return {
      value: value(),
      gradFunc: (grad: Tensor, saved: Tensor[]) => {
        const [a, w] = saved as [Tensor2D, Tensor2D];
        const dy = grad as Tensor2D;
        return [
          ...(constant !== 'input' ? [inputGradient(dy, w)] : []),
          ...(constant !== 'parameters' ? [kernelGradient(dy, a), tf.sum(dy, 0)] : []),
        ];
      },
    };
  });
  return withGradient(...operands) as Tensor2D;
}

/** tanh x, with its gradient dy·(1 − tanh² x), for which TensorFlow.js takes three passes. */
export function tanh(tf: TensorFlow, x: Tensor2D): Tensor2D {
  if (!hasOwnKernel(tf, 'MultvaeTanhGradient')) return tf.tanh(x);
  const withGradient = tf.customGrad((...args) => {
    const [x, save] = args as unknown as [Tensor, (tensors: Tensor[]) => void];
    const y = tf.tanh(x);
    save([y]);
    return {
      value: y,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        runOwnKernel(tf, 'MultvaeTanhGradient', { dy, y: saved[0]! }, {}),
    };
  });
  return withGradient(x) as Tensor2D;
}
