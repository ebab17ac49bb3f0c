import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { Engine, TensorFlow } from '../../backend/engine.js';
import { gaussianDivergence } from '../../backend/operations/gaussian.js';
import type { Likelihood } from '../../config/models.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ArgumentError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { blocks, checkRows, scoringBlocks } from '../blocks.js';
import type { Generative, LatentCode, ProfileElbo } from '../recommender.js';
import { checkLengths, drawItems } from '../synthetic-users.js';
import { Autoencoder, takeData } from './autoencoder.js';
import { decode, decodeHidden } from './decoder.js';
import { encode, type Posterior } from './encoder.js';
import { normalizedRows } from './input.js';
import { negativeLogLikelihood } from './likelihoods.js';
import type { Architecture, Weights } from './weights.js';

/** Samples of z behind each ELBO: on MovieLens 1M another seed then moves it by .02 nats a click. */
const elboSamples = 8;

/** A trained Mult-VAE (Liang et al. 2018): scores are the decoder's logits at z = μ. */
export class MultVae extends Autoencoder implements Generative {
  readonly model = 'mult-vae';
  readonly #likelihood: Likelihood;

  /** @param weights - taken over: `dispose` frees them */
  constructor(engine: Engine, shape: Architecture, weights: Weights, likelihood: Likelihood) {
    super(engine, shape, weights);
    this.#likelihood = likelihood;
  }

  async encode(rows: ClickMatrix): Promise<LatentCode> {
    checkRows(this, rows);
    return latentCode(this.engine.tf, () => this.#posterior(rows));
  }

  decode(codes: Float32Array): Promise<Float32Array> {
    return this.scoresOf(codes, (z) => decodeHidden(this.engine.tf, this.shape, this.weights, z));
  }

  async elbo(rows: ClickMatrix, seed = 1): Promise<ProfileElbo> {
    checkRows(this, rows);
    const nll = new Float32Array(rows.rows);
    const kl = new Float32Array(rows.rows);
    for (const { first, last } of scoringBlocks(rows)) {
      const terms = await this.#elboBlock(rows.slice(first, last), seed);
      nll.set(terms.nll, first);
      kl.set(terms.kl, first);
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
    const rows: Int32Array[] = [];
    for (const { first, last } of blocks(lengths.length)) {
      const logits = await this.#logitsFromPrior(first, last, seed);
      for (let user = first; user < last; user++) {
        const start = (user - first) * this.itemCount;
        const own = logits.subarray(start, start + this.itemCount);
        rows.push(drawItems(own, lengths[user]!, new RandomStream(seed, 'clicks', user)));
      }
    }
    return ClickMatrix.fromRows(this.itemCount, rows);
  }

  protected override hidden(rows: ClickMatrix): Tensor2D {
    const { mu } = this.#posterior(rows); // [B, L]
    return decodeHidden(this.engine.tf, this.shape, this.weights, mu); // [B, H]
  }

  #posterior(rows: ClickMatrix): Posterior {
    return encode(this.engine.tf, this.shape, this.weights, normalizedRows(rows));
  }

  /** [B] each, for at most a block of rows. */
  async #elboBlock(rows: ClickMatrix, seed: number): Promise<Omit<ProfileElbo, 'elbo'>> {
    const { tf } = this.engine;
    const [mu, sigma, divergence] = tf.tidy(() => {
      const posterior = this.#posterior(rows);
      const sigma = tf.exp(tf.mul(posterior.logvar, 0.5));
      return [posterior.mu, sigma, gaussianDivergence(tf, posterior)];
    }) as [Tensor2D, Tensor2D, Tensor];
    const kl = await takeData(divergence);
    const nll = new Float32Array(rows.rows);
    const dimensions = mu.shape[1];
    for (let sample = 0; sample < elboSamples; sample++) {
      // One draw for all rows, so that no row depends on its place.
      const random = new RandomStream(seed, 'elbo', sample);
      const noise = Float32Array.from({ length: dimensions }, () => random.normal());
      const nats = tf.tidy(() => {
        const z = tf.add(mu, tf.mul(tf.tensor2d(noise, [1, dimensions]), sigma)) as Tensor2D;
        const logits = decode(tf, this.shape, this.weights, z); // [B, I]
        return negativeLogLikelihood(tf, this.#likelihood, { logits, clicks: rows });
      });
      for (const [u, value] of (await takeData(nats)).entries()) nll[u]! += value / elboSamples;
    }
    tf.dispose([mu, sigma]);
    return { nll, kl };
  }

  /** [last − first, I], decoded from a z ~ N(0, I) for each of the users. */
  #logitsFromPrior(first: number, last: number, seed: number): Promise<Float32Array> {
    const { tf } = this.engine;
    const dimensions = this.shape.decoder[0]!.inputs;
    const prior = new Float32Array((last - first) * dimensions);
    for (let user = first; user < last; user++) {
      const random = new RandomStream(seed, 'prior', user);
      for (let l = 0; l < dimensions; l++) {
        prior[(user - first) * dimensions + l] = random.normal();
      }
    }
    const logits = tf.tidy(() => {
      const z = tf.tensor2d(prior, [last - first, dimensions]);
      return decode(tf, this.shape, this.weights, z);
    });
    return takeData(logits);
  }
}

/** A posterior as arrays. @param posterior - its tensors are freed */
export async function latentCode(tf: TensorFlow, posterior: () => Posterior): Promise<LatentCode> {
  const { mean, spread } = tf.tidy(() => {
    const { mu, logvar } = posterior();
    return { mean: mu, spread: tf.exp(tf.mul(logvar, 0.5)) };
  });
  const dimensions = mean.shape[1];
  return { mean: await takeData(mean), spread: await takeData(spread), dimensions };
}
