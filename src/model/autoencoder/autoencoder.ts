/** What all trained autoencoders share: scoring and ranking through the last layer. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { ItemPart } from '../../backend/collective/item-part.js';
import type { Engine } from '../../backend/engine.js';
import { type AffineLayer, affine } from '../../backend/operations/dense.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import { bestOfRanks, decodedTopN, topN } from '../../backend/operations/top-n.js';
import { type LayerPrecision, packLayer } from '../../backend/packed-layer.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError } from '../../errors.js';
import { blocks, checkRows, rankInBlocks, scoringBlocks } from '../blocks.js';
import type { ItemEmbedding, ItemVectors, Recommender, TopN } from '../recommender.js';
import { normalizedRows } from './input.js';
import {
  type Architecture,
  affineOf,
  disposeWeights,
  transposed,
  type Weights,
} from './weights.js';

/** The layers of a model for the items that this process holds. */
export interface ModelShape {
  readonly shape: Architecture;
  /** Which items these are. Default: all. */
  readonly part?: ItemPart;
}

/** A trained network whose last layer is affine and gives a score for every item. */
export abstract class Autoencoder implements Recommender, ItemVectors {
  abstract readonly model: string;
  readonly itemCount: number;
  protected readonly engine: Engine;
  protected readonly shape: Architecture;
  /** The items that this process holds. */
  protected readonly part: ItemPart;
  protected readonly weights: Weights;

  /** @param weights - the model owns them: `dispose` frees them */
  constructor(engine: Engine, { shape, part }: ModelShape, weights: Weights) {
    this.engine = engine;
    this.shape = shape;
    this.part = part ?? new ItemPart(shape.encoder[0]!.inputs);
    this.weights = weights;
    this.itemCount = this.part.itemCount;
  }

  /** The encoder's input: of the rows, the items that this process holds. */
  protected input(rows: ClickMatrix): SparseRows {
    return normalizedRows(this.part.of(rows), rows.rowLengths());
  }

  /**
   * Prepares the model for serving. From then on a row's scores do not depend, bit for bit, on the rows beside
   * it, and the last layer is rounded to a precision.
   *
   * @throws BackendError when the backend does not have the precision
   */
  pack(precision: LayerPrecision): void {
    const { encoder, decoder } = this.shape;
    // The first layer is a sum of rows, not a product.
    for (const layer of [...encoder.slice(1), ...decoder]) {
      const isLast = layer === decoder.at(-1);
      const { kernel, bias } = affineOf(this.weights, layer);
      packLayer(this.engine.tf, kernel, bias, isLast ? precision : 'f32');
    }
  }

  /** The input of the last layer, [B, H], for one block of rows. */
  protected abstract hidden(rows: ClickMatrix): Tensor2D;

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const { tf } = this.engine;
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (const { first, last } of scoringBlocks(rows)) {
      const logits = tf.tidy(() => this.#logits(this.hidden(rows.slice(first, last))));
      const all = scoresOfRanks(await takeData(logits), last - first, this.part);
      scores.set(all, first * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankInBlocks(this, { rows, mask, n }, (block, masked) =>
      this.#rankBlock(block, n, masked),
    );
  }

  /** The columns of the last layer's matrix. An item's score is its column times the layer's input, plus its bias. */
  async itemVectors(): Promise<ItemEmbedding> {
    const { kernel, isTransposed } = this.#lastLayer();
    const weights = (await kernel.data()) as Float32Array;
    if (isTransposed) return { vectors: weights.slice(), dimensions: kernel.shape[1] }; // [I, H]
    const [dimensions, items] = kernel.shape;
    return { vectors: transposed(weights, dimensions, items), dimensions }; // [I, H]
  }

  dispose(): void {
    disposeWeights(this.weights);
  }

  /**
   * `Latent.decode`, block by block.
   *
   * @param hidden - computes the input of the last layer, [B, H], from codes z, [B, L]
   */
  protected async scoresOf(
    codes: Float32Array,
    hidden: (z: Tensor2D) => Tensor2D,
  ): Promise<Float32Array> {
    const dimensions = this.shape.decoder[0]!.inputs; // L
    const rows = codes.length / dimensions;
    if (!Number.isInteger(rows)) {
      throw new ShapeError(
        `${codes.length} numbers are not a whole number of codes of ${dimensions} dimensions`,
      );
    }
    const { tf } = this.engine;
    const scores = new Float32Array(rows * this.itemCount);
    for (const { first, last } of blocks(rows)) {
      const logits = tf.tidy(() => {
        const block = codes.subarray(first * dimensions, last * dimensions);
        return this.#logits(hidden(tf.tensor2d(block, [last - first, dimensions])));
      });
      scores.set(await takeData(logits), first * this.itemCount);
    }
    return scores;
  }

  /** Ranks one block of rows. */
  async #rankBlock(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    const { tf } = this.engine;
    const hidden = tf.tidy(() => this.hidden(rows)); // [B, H]
    try {
      const own = this.part.of(mask);
      const best =
        (await decodedTopN(tf, { hidden, layer: this.#lastLayer() }, own, n)) ??
        topN(await takeData(tf.tidy(() => this.#logits(hidden))), own, n);
      return bestOfRanks(best, this.part);
    } finally {
      hidden.dispose();
    }
  }

  /** [B, I] */
  #logits(hidden: Tensor2D): Tensor2D {
    return affine(this.engine.tf, hidden, this.#lastLayer());
  }

  #lastLayer(): AffineLayer {
    return affineOf(this.weights, this.shape.decoder.at(-1)!);
  }
}

/** The scores of all items, [B, I], from those of each rank's items. @param own - [B, part.size] */
function scoresOfRanks(own: Float32Array, rows: number, part: ItemPart): Float32Array {
  if (part.isWhole) return own;
  const bytes = new Uint8Array(own.buffer, own.byteOffset, own.byteLength);
  const scores = new Float32Array(rows * part.itemCount);
  let first = 0;
  for (const theirs of part.collective.gather(bytes)) {
    const block = new Float32Array(theirs.slice().buffer);
    const width = block.length / rows;
    for (let row = 0; row < rows; row++) {
      scores.set(block.subarray(row * width, (row + 1) * width), row * part.itemCount + first);
    }
    first += width;
  }
  return scores;
}

/** Copies a tensor's values to an array and frees the tensor. */
export async function takeData(tensor: Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data;
}
