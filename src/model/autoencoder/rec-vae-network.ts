/** RecVAE as it is trained: its passes, its composite prior and its loss. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import { gaussianSample } from '../../backend/operations/gaussian.js';
import type { SparseRows } from '../../backend/operations/sparse.js';
import type { RecVaeConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import { decodedNll } from './decoder.js';
import type { Posterior } from './encoder.js';
import { normalizedRows, randomNoise, randomRows } from './input.js';
import type { LossTerms, Network, Pass, Targets } from './network.js';
import { networkModel } from './network-model.js';
import { encodeRecVae, RecVae, recVaeArchitecture } from './rec-vae.js';
import { sampledShape, sampledView, stepPart } from './sampling/sampled-network.js';
import { parameterShapes, partOf, uniformWeights, type Weights } from './weights.js';

/** The weights of the composite prior's parts, and the log-variance of the wide part. */
const parts = { standard: 3 / 20, earlier: 3 / 4, wide: 1 / 10 };
const wideLogvar = 10;

/**
 * The network of RecVAE (Shenbin et al. 2020). An epoch is a round: passes that train the encoder with dropout;
 * then the encoder is copied into the prior; then passes that train the decoder without dropout.
 *
 * @param items - I, or the part of them that this process holds
 */
export function recVaeNetwork(config: RecVaeConfig, items: number | ItemPart): Network {
  const part = ItemPart.from(items);
  const whole = sampledShape(config, recVaeArchitecture(config, part.itemCount));
  const shape = partOf(whole, part);
  const names = (half: 'encoder' | 'decoder') =>
    parameterShapes(shape[half]).map(({ name }) => name);
  const passes = (length: number, pass: Pass) => Array.from({ length }, () => ({ ...pass }));
  const encoderPasses = passes(config.encoderPasses, {
    moves: names('encoder'),
    dropout: config.dropout,
  });
  const decoderPasses = passes(config.decoderPasses, { moves: names('decoder'), dropout: 0 });
  return {
    config,
    part,
    shape,
    passes: [...encoderPasses, ...decoderPasses],
    initialWeights: () => uniformWeights(whole, config.seed, part),
    ...sampledView(config, shape),
    beta: () => config.gamma,
    loss(tf, weights, batch) {
      const { clicks, lengths, targets, beta: gamma } = batch;
      const rows = randomRows(config.seed, batch, part.first);
      const noise = randomNoise(tf, config.seed, batch, config.latentDim);
      const moving = decoderPasses.includes(batch.pass) ? 'decoder' : 'encoder';
      const items = stepPart(config, part);
      const input = { rows, clicks, lengths, targets, noise, gamma, moving, part: items } as const;
      return recVaeTerms(tf, shape, weights, input);
    },
    afterPass(tf, weights, pass) {
      if (pass !== encoderPasses.at(-1)) return {};
      return Object.fromEntries(
        pass.moves.map((name): [string, Tensor] => [
          name.replace('encoder/', 'prior/'),
          tf.clone(weights[name]!),
        ]),
      );
    },
    recommender: (engine, weights) => new RecVae(engine, { shape, part }, weights),
  };
}

/** How RecVAE is trained and loaded. */
export const recVaeModel = networkModel(recVaeNetwork);

/** The input of one evaluation of the loss. */
export interface RecVaeInput {
  /** The encoder's input: normalised, after dropout. */
  readonly rows: SparseRows;
  /** [B, I], all clicks. */
  readonly clicks: ClickMatrix;
  /** [B], the clicks of each user over the items of all ranks. Default: those of `clicks`. */
  readonly lengths?: Int32Array | undefined;
  /** Which items the rows and the logits are of. Default: all. */
  readonly part?: ItemPart | undefined;
  /** What the decoder explains. Default: the clicks. */
  readonly targets?: Targets | undefined;
  /** [B, L], ε of the reparametrisation. */
  readonly noise: Float32Array;
  /** γ: the weight of the KL term is γ·|x_u|. */
  readonly gamma: number;
  /**
   * The half that the gradient is for. When it is the decoder, the prior's encoder must equal the encoder and
   * the rows must be without dropout, so that the earlier posterior is the posterior.
   */
  readonly moving: 'encoder' | 'decoder';
}

/**
 * −log p(x|z) + γ·|x_u|·KL of each user, with one sample of z. KL is estimated at that z as
 * log q(z|x) − log p(z|x), so it may be negative.
 */
export function recVaeTerms(
  tf: TensorFlow,
  shape: ReturnType<typeof recVaeArchitecture>,
  weights: Weights,
  {
    rows,
    clicks,
    lengths = clicks.rowLengths(),
    part,
    noise,
    gamma,
    moving,
    ...input
  }: RecVaeInput,
): LossTerms {
  const { targets = { clicks, lengths } } = input;
  const posterior = encodeRecVae(tf, shape.encoder, weights, rows, part);
  const earlier =
    moving === 'decoder'
      ? posterior
      : encodeRecVae(tf, shape.prior, weights, normalizedRows(clicks, lengths), part);
  const z = gaussianSample(tf, posterior, noise); // [B, L]
  const constant = moving === 'decoder' ? 'input' : 'parameters';
  const likelihood = 'multinomial';
  const nll = decodedNll(tf, shape, weights, { z, constant, likelihood, targets, part });
  const ratio = tf.sub(logDensity(tf, z, posterior), logPrior(tf, z, earlier)); // [B, L]
  const kl = tf.sum(ratio, 1) as Tensor1D;
  const weight = tf.tensor1d(Float32Array.from(lengths, (n) => gamma * n));
  return { loss: tf.add(nll, tf.mul(kl, weight)), nll, kl };
}

/** log N(z; μ, σ²) of each element, [B, L]. */
function logDensity(tf: TensorFlow, z: Tensor2D, { mu, logvar }: Posterior): Tensor2D {
  const distance = tf.div(tf.squaredDifference(z, mu), tf.exp(logvar));
  return tf.mul(tf.add(tf.add(logvar, Math.log(2 * Math.PI)), distance), -0.5);
}

/** log Σ_k w_k·N(z; part k) of each element, [B, L]. */
function logPrior(tf: TensorFlow, z: Tensor2D, earlier: Posterior): Tensor2D {
  const mu = tf.zerosLike(z);
  const wide = tf.fill(z.shape, wideLogvar) as Tensor2D;
  return logSumExp(tf, [
    tf.add(logDensity(tf, z, { mu, logvar: mu }), Math.log(parts.standard)),
    tf.add(logDensity(tf, z, earlier), Math.log(parts.earlier)),
    tf.add(logDensity(tf, z, { mu, logvar: wide }), Math.log(parts.wide)),
  ]);
}

/** log Σ_k exp x_k of each element, without overflow. Its gradient for x_k is exp(x_k − log Σ exp). */
function logSumExp(tf: TensorFlow, tensors: readonly Tensor2D[]): Tensor2D {
  const withGradient = tf.customGrad((...args) => {
    const save = args.at(-1) as unknown as (tensors: Tensor[]) => void;
    const terms = args.slice(0, -1) as Tensor2D[];
    const largest = terms.reduce((a, b) => tf.maximum(a, b)); // [B, L]
    const sum = tf.addN(terms.map((term) => tf.exp(tf.sub(term, largest))));
    const value = tf.add(largest, tf.log(sum));
    save([...terms, value]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const logSum = saved.at(-1)!;
        return saved.slice(0, -1).map((term) => tf.mul(dy, tf.exp(tf.sub(term, logSum))));
      },
    };
  });
  return withGradient(...tensors) as Tensor2D;
}
