/** Mult-DAE: its layers and how it scores. */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { affine, tanh } from '../../backend/operations/dense.js';
import { type SparseRows, sparseProduct } from '../../backend/operations/sparse.js';
import type { MultDaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { Autoencoder } from './autoencoder.js';
import { decodeHidden } from './decoder.js';
import { type Architecture, affineOf, biasOf, chain, kernelOf, type Weights } from './weights.js';

/**
 * The layers of a Mult-DAE for I items: I → hidden layers → code, and back.
 *
 * @param itemCount - I
 */
export function multDaeArchitecture(
  { hiddenDims, latentDim }: Pick<MultDaeConfig, 'hiddenDims' | 'latentDim'>,
  itemCount: number,
): Architecture {
  return {
    encoder: chain('encoder', [itemCount, ...hiddenDims, latentDim], 'code'),
    decoder: chain('decoder', [latentDim, ...hiddenDims.toReversed(), itemCount], 'logits'),
  };
}

/**
 * The code of each row. Every layer of the encoder ends with tanh.
 *
 * @param rows - B sparse rows over I items
 * @param part - which items these are. Default: all.
 * @returns [B, L]
 */
export function encodeCode(
  tf: TensorFlow,
  { encoder }: Architecture,
  weights: Weights,
  rows: SparseRows,
  part?: ItemPart,
): Tensor2D {
  const [first, ...rest] = encoder;
  const product = sparseProduct(tf, rows, kernelOf(weights, first!), part); // [B, H]
  let h = tanh(tf, tf.add(product, biasOf(weights, first!))); // [B, H]
  for (const layer of rest) {
    h = tanh(tf, affine(tf, h, affineOf(weights, layer)));
  }
  return h;
}

/** A trained Mult-DAE (Liang et al. 2018): a denoising autoencoder with a multinomial likelihood. */
export class MultDae extends Autoencoder {
  readonly model = 'mult-dae';

  protected override hidden(rows: ClickMatrix): Tensor2D {
    const { tf } = this.engine;
    const code = encodeCode(tf, this.shape, this.weights, this.input(rows), this.part); // [B, L]
    return decodeHidden(tf, this.shape, this.weights, code); // [B, H]
  }
}
