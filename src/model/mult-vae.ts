import type { Tensor } from '@tensorflow/tfjs';
import { affine } from '../backend/dense.js';
import type { Engine } from '../backend/engine.js';
import { decodedTopN, topN } from '../backend/top-n.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { ShapeError } from '../errors.js';
import { decode, decodeHidden } from './decoder.js';
import { encode } from './encoder.js';
import { normalizedRows } from './input.js';
import type {
  ItemEmbedding,
  ItemVectors,
  Latent,
  LatentCode,
  Recommender,
  TopN,
} from './recommender.js';
import { type Architecture, biasOf, disposeWeights, kernelOf, type Weights } from './weights.js';

/** Users that are scored at once: what bounds memory is [block, I]. */
const blockRows = 500;

/** A trained Mult-VAE (Liang et al. 2018): scores are the decoder's logits at z = μ. */
export class MultVae implements Recommender, Latent, ItemVectors {
  readonly model = 'mult-vae';
  readonly itemCount: number;
  readonly #engine: Engine;
  readonly #shape: Architecture;
  readonly #weights: Weights;

  /** @param weights - taken over: `dispose` frees them */
  constructor(engine: Engine, shape: Architecture, weights: Weights) {
    this.#engine = engine;
    this.#shape = shape;
    this.#weights = weights;
    this.itemCount = shape.encoder[0]!.inputs;
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    this.#check(rows);
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (let first = 0; first < rows.rows; first += blockRows) {
      const block = rows.slice(first, Math.min(first + blockRows, rows.rows));
      scores.set(await this.#scoreBlock(block), first * this.itemCount);
    }
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    this.#check(rows);
    this.#check(mask);
    if (mask.rows !== rows.rows) {
      throw new ShapeError(`a mask of ${mask.rows} rows does not fit ${rows.rows} rows`);
    }
    const items = new Int32Array(rows.rows * n);
    const scores = new Float32Array(rows.rows * n);
    for (let first = 0; first < rows.rows; first += blockRows) {
      const last = Math.min(first + blockRows, rows.rows);
      const best = await this.#rankBlock(rows.slice(first, last), mask.slice(first, last), n);
      items.set(best.items, first * n);
      scores.set(best.scores, first * n);
    }
    return { rows: rows.rows, n, items, scores };
  }

  async encode(rows: ClickMatrix): Promise<LatentCode> {
    this.#check(rows);
    const { tf } = this.#engine;
    const [mu, spread] = tf.tidy(() => {
      const { mu, logvar } = encode(tf, this.#shape, this.#weights, normalizedRows(rows));
      return [mu, tf.exp(tf.mul(logvar, 0.5))];
    }) as [Tensor, Tensor];
    const dimensions = this.#shape.decoder[0]!.inputs;
    return { mean: await takeData(mu), spread: await takeData(spread), dimensions };
  }

  /** The columns of the decoder's last kernel: an item's logit is its own times the last hidden layer, plus its bias. */
  async itemVectors(): Promise<ItemEmbedding> {
    const { tf } = this.#engine;
    const last = this.#shape.decoder.at(-1)!;
    const vectors = tf.tidy(() => tf.transpose(kernelOf(this.#weights, last))); // [I, H]
    return { vectors: await takeData(vectors), dimensions: last.inputs };
  }

  dispose(): void {
    disposeWeights(this.#weights);
  }

  #check(rows: ClickMatrix): void {
    if (rows.columns !== this.itemCount) {
      throw new ShapeError(
        `rows over ${rows.columns} items do not fit a model of ${this.itemCount} items`,
      );
    }
  }

  /** The best of at most `blockRows` rows. */
  async #rankBlock(rows: ClickMatrix, mask: ClickMatrix, n: number): Promise<TopN> {
    const { tf } = this.#engine;
    const last = this.#shape.decoder.at(-1)!;
    const [kernel, bias] = [kernelOf(this.#weights, last), biasOf(this.#weights, last)];
    const hidden = tf.tidy(() => {
      const { mu } = encode(tf, this.#shape, this.#weights, normalizedRows(rows)); // [B, L]
      return decodeHidden(tf, this.#shape, this.#weights, mu); // [B, H]
    });
    try {
      const best = await decodedTopN(tf, hidden, kernel, bias, mask, n);
      if (best !== null) return best;
      const logits = tf.tidy(() => affine(tf, hidden, kernel, bias)); // [B, I]
      return topN(await takeData(logits), mask, n);
    } finally {
      hidden.dispose();
    }
  }

  /** [B, I] of at most `blockRows` rows. */
  #scoreBlock(rows: ClickMatrix): Promise<Float32Array> {
    const { tf } = this.#engine;
    const logits = tf.tidy(() => {
      const { mu } = encode(tf, this.#shape, this.#weights, normalizedRows(rows)); // [B, L]
      return decode(tf, this.#shape, this.#weights, mu); // [B, I]
    });
    return takeData(logits);
  }
}

/** The tensor's values as an array of the caller's own; the tensor is freed. */
async function takeData(tensor: Tensor): Promise<Float32Array> {
  const data = (await tensor.data()) as Float32Array;
  tensor.dispose();
  return data;
}
