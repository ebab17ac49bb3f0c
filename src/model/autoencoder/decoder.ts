/** The decoder of Mult-VAE and Mult-DAE, and the last layer and the likelihood of every network. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { affine, tanh } from '../../backend/operations/dense.js';
import type { Likelihood } from '../../config/network-parameters.js';
import { negativeLogLikelihood } from './likelihoods.js';
import type { Targets } from './network.js';
import { type Architecture, affineOf, type Weights } from './weights.js';

/** The input of a decoder. */
export interface DecoderInput {
  /** [B, L] */
  readonly z: Tensor2D;
  /** The part of the last layer that needs no gradient. Default: none. */
  readonly constant?: 'none' | 'input' | 'parameters';
  /** [I], added to the logits. Default: zeros. */
  readonly offset?: Tensor1D | undefined;
  /** Which items the logits are of. Default: all. */
  readonly part?: ItemPart | undefined;
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
  { z, constant = 'none', offset, part }: DecoderInput,
): Tensor2D {
  const layer = affineOf(weights, shape.decoder.at(-1)!);
  const bias = offset === undefined ? layer.bias : (tf.add(layer.bias, offset) as Tensor1D);
  const hidden = decodeHidden(tf, shape, weights, z); // [B, H]
  return affine(tf, hidden, { ...layer, bias }, { constant, part });
}

/** What the decoder explains, and how. */
export interface Explanation extends Omit<DecoderInput, 'offset'> {
  readonly likelihood: Likelihood;
  readonly targets: Targets;
}

/**
 * −log p(x|z) of each user, the logits decoded from z.
 *
 * @returns [B] nats
 */
export function decodedNll(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  { likelihood, targets: { clicks, itemWeights, lengths }, ...input }: Explanation,
): Tensor1D {
  const overwriteLogits = true;
  if (likelihood === 'multinomial' && itemWeights !== undefined) {
    // In the bias the logarithms of the weights cost no pass over the logits.
    const offset = tf.tensor1d(itemWeights.map(Math.log));
    const logits = decode(tf, shape, weights, { ...input, offset }); // [B, I]
    return negativeLogLikelihood(tf, likelihood, { logits, clicks, overwriteLogits });
  }
  const logits = decode(tf, shape, weights, input); // [B, I]
  return negativeLogLikelihood(tf, likelihood, {
    logits,
    clicks,
    itemWeights,
    lengths,
    part: input.part,
    overwriteLogits,
  });
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
