import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import { affine, tanh } from '../../backend/operations/dense.js';
import { type Architecture, affineOf, type Weights } from './weights.js';

/**
 * The generative network: z → tanh layers → logits, the last layer linear.
 *
 * @param z - [B, L]
 * @param constant - what the last layer needs no gradient for
 * @returns [B, I], unnormalised
 */
export function decode(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  z: Tensor2D,
  constant: 'none' | 'input' | 'parameters' = 'none',
): Tensor2D {
  const last = shape.decoder.at(-1)!;
  const hidden = decodeHidden(tf, shape, weights, z); // [B, H]
  return affine(tf, hidden, affineOf(weights, last), { constant });
}

/**
 * What the last layer of the generative network is applied to.
 *
 * @param z - [B, L]
 * @returns [B, H]
 */
export function decodeHidden(
  tf: TensorFlow,
  { decoder }: Architecture,
  weights: Weights,
  z: Tensor2D,
): Tensor2D {
  let h = z;
  for (const layer of decoder.slice(0, -1)) {
    h = tanh(tf, affine(tf, h, affineOf(weights, layer)));
  }
  return h;
}
