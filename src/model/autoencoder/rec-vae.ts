/** RecVAE: its layers and how it scores. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { affine } from '../../backend/operations/dense.js';
import { layerNorm } from '../../backend/operations/layer-norm.js';
import { type SparseRows, sparseProduct } from '../../backend/operations/sparse.js';
import type { RecVaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { checkRows } from '../blocks.js';
import type { Latent, LatentCode } from '../recommender.js';
import { Autoencoder } from './autoencoder.js';
import type { Posterior } from './encoder.js';
import { latentCode } from './mult-vae.js';
import {
  type Architecture,
  affineOf,
  biasOf,
  chain,
  kernelOf,
  type Layer,
  type Weights,
} from './weights.js';

const hiddenLayers = 5;
/** ε of the layer normalisation, from the authors' code. */
const epsilon = 0.1;

/**
 * The layers of a RecVAE for I items: five normalised layers of the same width and a posterior; a linear
 * decoder; an earlier encoder, which is part of the prior.
 *
 * @param itemCount - I
 */
export function recVaeArchitecture(
  { hiddenDim, latentDim }: Pick<RecVaeConfig, 'hiddenDim' | 'latentDim'>,
  itemCount: number,
): Architecture & { readonly prior: readonly Layer[] } {
  const widths = [itemCount, ...Array<number>(hiddenLayers).fill(hiddenDim), 2 * latentDim];
  const encoder = (name: string) =>
    chain(name, widths, 'posterior').map((layer, k) =>
      k < hiddenLayers ? { ...layer, isNormalized: true } : layer,
    );
  return {
    encoder: encoder('encoder'),
    decoder: chain('decoder', [latentDim, itemCount], 'logits'),
    prior: encoder('prior'),
  };
}

/**
 * The inference network: h_k = LayerNorm(swish(W_k·h_{k−1} + b_k + Σ of all earlier h)), then an affine layer
 * to [mu | logvar].
 *
 * @param layers - of the encoder or of the prior's earlier encoder
 * @param rows - B sparse rows over I items
 * @param part - which items these are. Default: all.
 */
export function encodeRecVae(
  tf: TensorFlow,
  layers: readonly Layer[],
  weights: Weights,
  rows: SparseRows,
  part?: ItemPart,
): Posterior {
  const [first, ...rest] = layers;
  const posterior = rest.pop()!;
  const normalize = (layer: Layer, x: Tensor2D) => {
    const swish = tf.mul(x, tf.sigmoid(x)) as Tensor2D;
    const gain = weights[`${layer.name}/gain`] as Tensor1D;
    const shift = weights[`${layer.name}/shift`] as Tensor1D;
    return layerNorm(tf, swish, { gain, shift, epsilon });
  };
  const product = sparseProduct(tf, rows, kernelOf(weights, first!), part); // [B, H]
  let h = normalize(first!, tf.add(product, biasOf(weights, first!)));
  let earlier = h;
  for (const layer of rest) {
    const own = affine(tf, h, affineOf(weights, layer));
    h = normalize(layer, tf.add(own, earlier));
    earlier = tf.add(earlier, h);
  }
  const out = affine(tf, h, affineOf(weights, posterior));
  const [mu, logvar] = tf.split(out, 2, 1) as [Tensor2D, Tensor2D]; // [B, 2L] -> 2 x [B, L]
  return { mu, logvar };
}

/** A trained RecVAE (Shenbin et al. 2020). Scores are the decoder's logits at z = μ. */
export class RecVae extends Autoencoder implements Latent {
  readonly model = 'rec-vae';

  async encode(rows: ClickMatrix): Promise<LatentCode> {
    checkRows(this, rows);
    return latentCode(this.engine.tf, () => this.#posterior(rows));
  }

  decode(codes: Float32Array): Promise<Float32Array> {
    return this.scoresOf(codes, (z) => z);
  }

  protected override hidden(rows: ClickMatrix): Tensor2D {
    return this.#posterior(rows).mu; // [B, L]
  }

  #posterior(rows: ClickMatrix): Posterior {
    const { tf } = this.engine;
    return encodeRecVae(tf, this.shape.encoder, this.weights, this.input(rows), this.part);
  }
}
