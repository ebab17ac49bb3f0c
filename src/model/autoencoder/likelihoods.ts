/** The likelihoods p(x|z) that a decoder's logits can have. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import {
  clickNll,
  fusedMultinomialNll,
  hasFusedMultinomial,
  type PartitionFunction,
} from '../../backend/operations/likelihood.js';
import type { Likelihood } from '../../config/network-parameters.js';
import type { ClickMatrix } from '../../data/click-matrix.js';

/**
 * The function A(f) of each likelihood, whose negative logarithm is A(f) − Σ_i x_i·f_i under logits f
 * (Liang et al. 2018, eq. 2 to 4):
 *
 *   multinomial   A = n·log Σ_i exp f_i,  n = Σ_i x_i      dA/df = n·softmax(f)
 *   bernoulli     A = Σ_i log(1 + exp f_i)                 dA/df = sigmoid(f)
 *   gaussian      A = ½·(n + Σ_i f_i²)                     dA/df = f
 *
 * The gaussian has unit variance and leaves out its constant: ½·Σ_i (x_i − f_i)².
 */
const partitions: Record<Likelihood, PartitionFunction> = {
  /**
   * The softmax also gives log Σ exp f: for the largest logit, log p = f − log Σ exp f, and its p is at least
   * 1/I, so nothing overflows or cancels. The backends' softmax kernels are several times faster than exp,
   * sum and log one after the other.
   */
  multinomial(tf, logits, n) {
    const p = tf.softmax(logits); // [B, I]
    const logSum = tf.sub(tf.max(logits, 1, true), tf.log(tf.max(p, 1, true))); // [B, 1]
    return { value: tf.squeeze(tf.mul(n, logSum), [1]), perUnit: p, units: n };
  },

  /** log(1 + exp f) = max(f, 0) + log(1 + exp(−|f|)), which does not overflow. */
  bernoulli(tf, logits, n) {
    const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))); // [B, I]
    return { value: tf.sum(softplus, 1), perUnit: tf.sigmoid(logits), units: tf.onesLike(n) };
  },

  gaussian(tf, logits, n) {
    const squares = tf.sum(tf.square(logits), 1, true); // [B, 1]
    const value = tf.squeeze(tf.mul(tf.add(squares, n), 0.5), [1]) as Tensor1D;
    return { value, perUnit: tf.clone(logits), units: tf.onesLike(n) };
  },
};

/** What a likelihood is evaluated on. */
export interface LikelihoodInput {
  /** [B, I] */
  readonly logits: Tensor2D;
  /** B sparse rows over I items; an empty row yields 0 for the multinomial. */
  readonly clicks: ClickMatrix;
  /**
   * Lets a backend write the gradient over the logits. Set it only when nothing reads the logits after the
   * gradient has been computed. Default: false.
   */
  readonly overwriteLogits?: boolean;
}

/**
 * Negative log-likelihood of each user's clicks, with its gradient for the logits.
 *
 * @returns [B] nats per user, not averaged; the caller disposes it
 * @throws ShapeError when logits and clicks have different shapes
 */
export function negativeLogLikelihood(
  tf: TensorFlow,
  likelihood: Likelihood,
  { logits, clicks, overwriteLogits = false }: LikelihoodInput,
): Tensor1D {
  if (likelihood === 'multinomial' && hasFusedMultinomial(tf)) {
    return fusedMultinomialNll(tf, logits, clicks, { overwriteLogits });
  }
  return clickNll(tf, partitions[likelihood], logits, clicks);
}
