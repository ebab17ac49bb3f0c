import type { Tensor2D } from '@tensorflow/tfjs';
import { affine } from '../backend/dense.js';
import type { TensorFlow } from '../backend/engine.js';
import { type Architecture, biasOf, kernelOf, type Weights } from './weights.js';

/**
 * The generative network: z → tanh layers → logits, the last layer linear.
 *
 * @param z - [B, L]
 * @returns [B, I], unnormalised
 */
export function decode(
  tf: TensorFlow,
  { decoder }: Architecture,
  weights: Weights,
  z: Tensor2D,
): Tensor2D {
  let h = z;
  decoder.forEach((layer, k) => {
    const x = k === 0 ? h : tf.tanh(h);
    h = affine(tf, x, kernelOf(weights, layer), biasOf(weights, layer));
  });
  return h;
}
