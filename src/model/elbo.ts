import type { Scalar, Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend/engine.js';
import { negativeLogLikelihood } from '../backend/fused.js';
import type { SparseRows } from '../backend/sparse.js';
import type { Likelihood } from '../config.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { decode } from './decoder.js';
import { encode, type Posterior } from './encoder.js';
import type { Architecture, Weights } from './weights.js';

/** What one evaluation of the objective needs besides the parameters. */
export interface ElboInput {
  /** What the encoder sees: normalised, clicks dropped. */
  readonly rows: SparseRows;
  /** [B, I], what the decoder is to explain: all clicks. */
  readonly clicks: ClickMatrix;
  /** [B, L], ε of the reparametrisation z = μ + ε·exp(½ log σ²). */
  readonly noise: Float32Array;
  /** Weight of the KL term. */
  readonly beta: number;
}

/** The two terms of the objective in nats per user; the caller disposes them. */
export interface ElboTerms {
  /** [B], −log p(x|z) */
  readonly nll: Tensor1D;
  /** [B], KL(q(z|x) ‖ N(0, I)) */
  readonly kl: Tensor1D;
}

/**
 * KL(q(z|x) ‖ N(0, I)) = ½ Σ_l (exp(log σ²_l) + μ²_l − 1 − log σ²_l), of each row.
 *
 * @returns [B] nats, at least 0, and 0 where μ = 0 and log σ² = 0
 */
export function klDivergence(tf: TensorFlow, { mu, logvar }: Posterior): Tensor1D {
  const excess = tf.sub(tf.sub(tf.add(tf.exp(logvar), tf.square(mu)), 1), logvar); // [B, L]
  return tf.mul(tf.sum(excess, 1), 0.5); // [B]
}

/** Both terms for one sample of z a user (Liang et al. 2018, eq. 5 and 6). */
export function elboTerms(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  likelihood: Likelihood,
  { rows, clicks, noise }: ElboInput,
): ElboTerms {
  const posterior = encode(tf, shape, weights, rows);
  const { mu, logvar } = posterior; // [B, L]
  const sigma = tf.exp(tf.mul(logvar, 0.5));
  const z = tf.add(mu, tf.mul(tf.tensor2d(noise, mu.shape), sigma)) as Tensor2D; // [B, L]
  const logits = decode(tf, shape, weights, z); // [B, I]
  const nll = negativeLogLikelihood(tf, likelihood, logits, clicks, true);
  return { nll, kl: klDivergence(tf, posterior) };
}

/**
 * The objective's terms and the gradient of mean(nll + β·kl) for every parameter; the mean is over the
 * users of this batch, however few.
 *
 * @returns tensors that the caller disposes
 */
export function elboGradients(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  likelihood: Likelihood,
  input: ElboInput,
): ElboTerms & { readonly gradients: Weights } {
  const names = Object.keys(weights);
  return tf.tidy(() => {
    let terms: ElboTerms | undefined;
    const objective = (...parameters: Tensor[]): Scalar => {
      const current = Object.fromEntries(names.map((name, k) => [name, parameters[k]!]));
      terms = elboTerms(tf, shape, current, likelihood, input);
      // The gradient's own scope would free them.
      tf.keep(terms.nll);
      tf.keep(terms.kl);
      return tf.mean(tf.add(terms.nll, tf.mul(terms.kl, input.beta)));
    };
    const { grads } = tf.valueAndGrads(objective)(names.map((name) => weights[name]!));
    const gradients = Object.fromEntries(names.map((name, k) => [name, grads[k]!]));
    return { ...terms!, gradients };
  });
}
