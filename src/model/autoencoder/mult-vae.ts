/** Mult-VAE: its layers, how it scores, and what its latent space can do. */

import type { Tensor2D } from '@tensorflow/tfjs';
import type { Engine, TensorFlow } from '../../backend/engine.js';
import { gaussianDivergence } from '../../backend/operations/gaussian.js';
import type { MultVaeConfig } from '../../config/models.js';
import type { Likelihood } from '../../config/network-parameters.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ArgumentError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import { blocks, checkRows, scoringBlocks } from '../blocks.js';
import type { Generative, LatentCode, ProfileElbo } from '../recommender.js';
import { checkLengths, drawItems } from '../synthetic-users.js';
import { Autoencoder, type ModelShape, takeData } from './autoencoder.js';
import { decode, decodeHidden } from './decoder.js';
import { encode, type Posterior } from './encoder.js';
import { negativeLogLikelihood } from './likelihoods.js';
import { type Architecture, chain, type Weights } from './weights.js';

/** Samples of z per ELBO. With 8, another seed changes the ELBO on MovieLens 1M by .02 nats per click. */
const elboSamples = 8;

/**
 * The layers of a Mult-VAE, for I items.
 *
 * @param itemCount - I
 */
export function multVaeArchitecture(
  config: Pick<MultVaeConfig, 'hiddenDims' | 'latentDim'>,
  itemCount: number,
): Architecture {
  const { hiddenDims, latentDim } = config;
  return {
    encoder: chain('encoder', [itemCount, ...hiddenDims, 2 * latentDim], 'posterior'),
    decoder: chain('decoder', [latentDim, ...hiddenDims.toReversed(), itemCount], 'logits'),
  };
}

/** A trained Mult-VAE (Liang et al. 2018). Scores are the decoder's logits at z = μ. */
export class MultVae extends Autoencoder implements Generative {
  readonly model = 'mult-vae';
  readonly #likelihood: Likelihood;

  /** @param weights - the model owns them: `dispose` frees them */
  constructor(engine: Engine, model: ModelShape, weights: Weights, likelihood: Likelihood) {
    super(engine, model, weights);
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
        'a model with the gaussian likelihood has no probabilities to draw clicks from; train one with likelihood multinomial or bernoulli',
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
    return encode(this.engine.tf, this.shape, this.weights, this.input(rows), this.part);
  }

  /** [B] each, for one block of rows. */
  async #elboBlock(rows: ClickMatrix, seed: number): Promise<Omit<ProfileElbo, 'elbo'>> {
    const { tf } = this.engine;
    const { mu, sigma, divergence } = tf.tidy(() => {
      const posterior = this.#posterior(rows);
      return {
        mu: posterior.mu,
        sigma: tf.exp(tf.mul(posterior.logvar, 0.5)),
        divergence: gaussianDivergence(tf, posterior),
      };
    });
    const kl = await takeData(divergence);
    const nll = new Float32Array(rows.rows);
    const dimensions = mu.shape[1];
    for (let sample = 0; sample < elboSamples; sample++) {
      // All rows share the noise, so a row's value does not depend on its place.
      const random = new RandomStream(seed, 'elbo', sample);
      const noise = Float32Array.from({ length: dimensions }, () => random.normal());
      const nats = tf.tidy(() => {
        const z = tf.add(mu, tf.mul(tf.tensor2d(noise, [1, dimensions]), sigma)) as Tensor2D;
        const logits = decode(tf, this.shape, this.weights, { z }); // [B, I]
        return negativeLogLikelihood(tf, this.#likelihood, { logits, clicks: rows });
      });
      for (const [u, value] of (await takeData(nats)).entries()) nll[u]! += value / elboSamples;
    }
    tf.dispose([mu, sigma]);
    return { nll, kl };
  }

  /** [last − first, I], decoded from one z ~ N(0, I) per user. */
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
      return decode(tf, this.shape, this.weights, { z });
    });
    return takeData(logits);
  }
}

/**
 * A posterior as arrays.
 *
 * @param posterior - computes it; its tensors are freed
 */
export async function latentCode(tf: TensorFlow, posterior: () => Posterior): Promise<LatentCode> {
  const { mean, spread } = tf.tidy(() => {
    const { mu, logvar } = posterior();
    return { mean: mu, spread: tf.exp(tf.mul(logvar, 0.5)) };
  });
  const dimensions = mean.shape[1];
  return { mean: await takeData(mean), spread: await takeData(spread), dimensions };
}
