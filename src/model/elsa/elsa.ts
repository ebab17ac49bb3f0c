/** ELSA: its only layer and how it scores. */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { Engine } from '../../backend/engine.js';
import { sparseProduct } from '../../backend/operations/sparse.js';
import { topN } from '../../backend/operations/top-n.js';
import type { ElsaConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { Autoencoder } from '../autoencoder/autoencoder.js';
import { type Architecture, kernelOf, type Layer, type Weights } from '../autoencoder/weights.js';
import { rankInBlocks } from '../blocks.js';
import type { TopN } from '../recommender.js';

/** A, [I, D]. */
const itemsLayer = (itemCount: number, dimensions: number): Layer => ({
  name: 'items',
  inputs: itemCount,
  outputs: dimensions,
  hasBias: false,
});

/**
 * The only layer of an ELSA, whose kernel holds the vector of each item.
 *
 * @param itemCount - I
 */
export function elsaArchitecture(
  { latentDim }: Pick<ElsaConfig, 'latentDim'>,
  itemCount: number,
): Architecture {
  return { encoder: [itemsLayer(itemCount, latentDim)], decoder: [] };
}

/**
 * A trained ELSA (Vančura et al. 2022): a linear autoencoder whose encoder and decoder share one vector of length 1 an
 * item,
 *
 *   scores = x·(A·Aᵀ − I)
 *
 * so that the score of an item is the sum of its cosines with the other clicked items.
 */
export class Elsa extends Autoencoder {
  readonly model = 'elsa';

  /** @param weights - `items/kernel`, A, with rows of length 1 */
  constructor(engine: Engine, itemCount: number, weights: Weights) {
    const vectors = weights['items/kernel'] as Tensor2D;
    const dimensions = vectors.shape[1];
    const shape = {
      encoder: [itemsLayer(itemCount, dimensions)],
      decoder: [{ name: 'logits', inputs: dimensions, outputs: itemCount }],
    };
    const { tf } = engine;
    super(
      engine,
      { shape },
      {
        ...weights,
        'logits/kernel': tf.transpose(vectors),
        'logits/bias': tf.zeros([itemCount]),
      },
    );
  }

  /** x·A, [B, D] */
  protected override hidden(rows: ClickMatrix): Tensor2D {
    const scale = new Float32Array(rows.rows).fill(1);
    const kernel = kernelOf(this.weights, this.shape.encoder[0]!);
    return sparseProduct(this.engine.tf, { clicks: rows, scale }, kernel);
  }

  override async score(rows: ClickMatrix): Promise<Float32Array> {
    const scores = await super.score(rows);
    for (let u = 0; u < rows.rows; u++) {
      for (const item of rows.row(u)) scores[u * this.itemCount + item]! -= 1;
    }
    return scores;
  }

  override async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, async (block, masked) =>
      // Only the clicked items' scores are more than a product.
      covers(masked, block)
        ? super.topN(block, n, masked)
        : topN(await this.score(block), masked, n),
    );
  }
}

/** Whether a mask leaves out every click. */
function covers(mask: ClickMatrix, rows: ClickMatrix): boolean {
  const maskedBy = new Int32Array(rows.columns).fill(-1);
  for (let u = 0; u < rows.rows; u++) {
    for (const item of mask.row(u)) maskedBy[item] = u;
    for (const item of rows.row(u)) if (maskedBy[item] !== u) return false;
  }
  return true;
}
