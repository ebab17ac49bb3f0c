import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { affine } from '../backend/dense.js';
import type { Engine } from '../backend/engine.js';
import { negativeLogLikelihood } from '../backend/fused.js';
import { decodedTopN, topN } from '../backend/top-n.js';
import type { Likelihood } from '../config.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { RandomStream } from '../random.js';
import { decode, decodeHidden } from './decoder.js';
import { klDivergence } from './elbo.js';
import { encode } from './encoder.js';
import { normalizedRows } from './input.js';
import type { Latent, LatentCode, ProfileElbo, Recommender, TopN } from './recommender.js';
import { checkLengths, drawItems } from './synthetic-users.js';
import { type Architecture, biasOf, disposeWeights, kernelOf, type Weights } from './weights.js';

/** Users that are scored at once: what bounds memory is [block, I]. */
const blockRows = 500;

/** Samples of z behind each ELBO: on MovieLens 1M another seed then moves it by .02 nats a click. */
const elboSamples = 8;

/** A trained Mult-VAE (Liang et al. 2018): scores are the decoder's logits at z = μ. */
export class MultVae implements Recommender, Latent {
  readonly model = 'mult-vae';
  readonly itemCount: number;
  readonly #engine: Engine;
  readonly #shape: Architecture;
  readonly #weights: Weights;
  readonly #likelihood: Likelihood;

  /** @param weights - taken over: `dispose` frees them */
  constructor(engine: Engine, shape: Architecture, weights: Weights, likelihood: Likelihood) {
    this.#engine = engine;
    this.#shape = shape;
    this.#weights = weights;
    this.#likelihood = likelihood;
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

  async elbo(rows: ClickMatrix, seed = 1): Promise<ProfileElbo> {
    this.#check(rows);
    const nll = new Float32Array(rows.rows);
    const kl = new Float32Array(rows.rows);
    for (let first = 0; first < rows.rows; first += blockRows) {
      const block = rows.slice(first, Math.min(first + blockRows, rows.rows));
      await this.#elboBlock(block, seed, nll.subarray(first), kl.subarray(first));
    }
    return { elbo: nll.map((nats, u) => -nats - kl[u]!), nll, kl };
  }

  async sample(lengths: ArrayLike<number>, seed: number): Promise<ClickMatrix> {
    if (this.#likelihood === 'gaussian') {
      throw new ArgumentError(
        'a model with the gaussian likelihood gives no probabilities to draw clicks with; train one with likelihood multinomial or bernoulli',
      );
    }
    checkLengths(lengths, this.itemCount);
    const { tf } = this.#engine;
    const dimensions = this.#shape.decoder[0]!.inputs;
    const rows: Int32Array[] = [];
    for (let first = 0; first < lengths.length; first += blockRows) {
      const users = Math.min(blockRows, lengths.length - first);
      const prior = new Float32Array(users * dimensions);
      for (let u = 0; u < users; u++) {
        const random = new RandomStream(seed, 'prior', first + u);
        prior.subarray(u * dimensions, (u + 1) * dimensions).forEach((_, l, z) => {
          z[l] = random.normal();
        });
      }
      const logits = await takeData(
        tf.tidy(() => {
          const z = tf.tensor2d(prior, [users, dimensions]);
          return decode(tf, this.#shape, this.#weights, z); // [B, I]
        }),
      );
      for (let u = 0; u < users; u++) {
        const scores = logits.subarray(u * this.itemCount, (u + 1) * this.itemCount);
        const random = new RandomStream(seed, 'clicks', first + u);
        rows.push(drawItems(scores, lengths[first + u]!, random));
      }
    }
    return ClickMatrix.fromRows(this.itemCount, rows);
  }

  dispose(): void {
    disposeWeights(this.#weights);
  }

  /** Writes NLL and KL of at most `blockRows` rows to the beginning of two arrays. */
  async #elboBlock(
    rows: ClickMatrix,
    seed: number,
    nll: Float32Array,
    kl: Float32Array,
  ): Promise<void> {
    const { tf } = this.#engine;
    const [mu, sigma, divergence] = tf.tidy(() => {
      const posterior = encode(tf, this.#shape, this.#weights, normalizedRows(rows));
      const sigma = tf.exp(tf.mul(posterior.logvar, 0.5));
      return [posterior.mu, sigma, klDivergence(tf, posterior)];
    }) as [Tensor2D, Tensor2D, Tensor];
    try {
      kl.set(await takeData(divergence));
      const dimensions = mu.shape[1];
      for (let sample = 0; sample < elboSamples; sample++) {
        // One draw for all rows, so that no row depends on its place.
        const random = new RandomStream(seed, 'elbo', sample);
        const noise = Float32Array.from({ length: dimensions }, () => random.normal());
        const nats = await takeData(
          tf.tidy(() => {
            const z = tf.add(mu, tf.mul(tf.tensor2d(noise, [1, dimensions]), sigma)) as Tensor2D;
            const logits = decode(tf, this.#shape, this.#weights, z); // [B, I]
            return negativeLogLikelihood(tf, this.#likelihood, logits, rows);
          }),
        );
        nats.forEach((value, u) => {
          nll[u]! += value / elboSamples;
        });
      }
    } finally {
      tf.dispose([mu, sigma]);
    }
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
