import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend/engine.js';
import { negativeLogLikelihood } from '../backend/fused.js';
import type { SparseRows } from '../backend/sparse.js';
import type { Likelihood } from '../config.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { decode } from './decoder.js';
import { encode, type Posterior } from './encoder.js';
import type { LossTerms } from './network.js';
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

/**
 * KL(q(z|x) ‖ N(0, I)) = ½ Σ_l (exp(log σ²_l) + μ²_l − 1 − log σ²_l), of each row.
 *
 * @returns [B] nats, at least 0, and 0 where μ = 0 and log σ² = 0
 */
export function klDivergence(tf: TensorFlow, { mu, logvar }: Posterior): Tensor1D {
  const excess = tf.sub(tf.sub(tf.add(tf.exp(logvar), tf.square(mu)), 1), logvar); // [B, L]
  return tf.mul(tf.sum(excess, 1), 0.5); // [B]
}

/** z = μ + ε·exp(½ log σ²), [B, L]. */
export function sampleCode(
  tf: TensorFlow,
  { mu, logvar }: Posterior,
  noise: Float32Array,
): Tensor2D {
  const sigma = tf.exp(tf.mul(logvar, 0.5));
  return tf.add(mu, tf.mul(tf.tensor2d(noise, mu.shape), sigma));
}

/** −log p(x|z) + β·KL(q(z|x) ‖ N(0, I)) for one sample of z a user (Liang et al. 2018, eq. 5 and 6). */
export function elboTerms(
  tf: TensorFlow,
  shape: Architecture,
  weights: Weights,
  likelihood: Likelihood,
  { rows, clicks, noise, beta }: ElboInput,
): LossTerms {
  const posterior = encode(tf, shape, weights, rows);
  const z = sampleCode(tf, posterior, noise); // [B, L]
  const logits = decode(tf, shape, weights, z); // [B, I]
  const nll = negativeLogLikelihood(tf, likelihood, logits, clicks, true);
  const kl = klDivergence(tf, posterior);
  return { loss: tf.add(nll, tf.mul(kl, beta)), nll, kl };
}
