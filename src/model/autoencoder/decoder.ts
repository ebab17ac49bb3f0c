/** The decoder of Mult-VAE and Mult-DAE, and the last layer of every network. */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import { affine, tanh } from '../../backend/operations/dense.js';
import { type Architecture, affineOf, type Weights } from './weights.js';

/** The input of a decoder. */
export interface DecoderInput {
  /** [B, L] */
  readonly z: Tensor2D;
  /** The part of the last layer that needs no gradient. Default: none. */
  readonly constant?: 'none' | 'input' | 'parameters';
}

/**
 * The generative network: z → tanh layers → logits. The last layer is linear.
 *
 * @returns [B, I], unnormalised
 */
export function decode(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  { z, constant = 'none' }: DecoderInput,
): Tensor2D {
  const last = shape.decoder.at(-1)!;
  const hidden = decodeHidden(tf, shape, weights, z); // [B, H]
  return affine(tf, hidden, affineOf(weights, last), { constant });
}

/**
 * The input of the generative network's last layer.
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
