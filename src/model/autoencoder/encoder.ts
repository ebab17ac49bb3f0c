/** The encoder of Mult-VAE. */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { affine, tanh } from '../../backend/operations/dense.js';
import { type SparseRows, sparseProduct } from '../../backend/operations/sparse.js';
import { type Architecture, affineOf, biasOf, kernelOf, type Weights } from './weights.js';

/** The posterior q(z|x) = N(mu, diag exp logvar) of each row. */
export interface Posterior {
  /** [B, L] */
  readonly mu: Tensor2D;
  /** [B, L], log σ² */
  readonly logvar: Tensor2D;
}

/**
 * The inference network: x → tanh layers → [mu | logvar]. The last layer is linear.
 *
 * @param rows - B sparse rows over I items
 * @param part - which items these are. Default: all.
 */
export function encode(
  tf: TensorFlow,
  { encoder }: Architecture,
  weights: Weights,
  rows: SparseRows,
  part?: ItemPart,
): Posterior {
  const [first, ...rest] = encoder;
  const product = sparseProduct(tf, rows, kernelOf(weights, first!), part); // [B, H]
  let h = tf.add(product, biasOf(weights, first!)) as Tensor2D; // [B, H]
  for (const layer of rest) {
    h = affine(tf, tanh(tf, h), affineOf(weights, layer));
  }
  const [mu, logvar] = tf.split(h, 2, 1) as [Tensor2D, Tensor2D]; // [B, 2L] -> 2 x [B, L]
  return { mu, logvar };
}
