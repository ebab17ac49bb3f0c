/** The likelihoods p(x|z) that a decoder's logits can have. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import {
  clickNll,
  fusedMultinomialNll,
  hasFusedMultinomial,
  type PartitionFunction,
  type WeightedLogits,
} from '../../backend/operations/likelihood.js';
import type { Likelihood } from '../../config/network-parameters.js';

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
  bernoulli(tf, logits, n, { weights, sum }) {
    const softplus = tf.add(tf.relu(logits), tf.log1p(tf.exp(tf.neg(tf.abs(logits))))); // [B, I]
    const p = tf.sigmoid(logits);
    const units = tf.onesLike(n);
    if (weights === undefined) return { value: sum(softplus as Tensor2D), perUnit: p, units };
    return { value: sum(tf.mul(softplus, weights)), perUnit: tf.mul(p, weights), units };
  },

  gaussian(tf, logits, n, { weights, sum }) {
    const perUnit = weights === undefined ? tf.clone(logits) : tf.mul(logits, weights); // [B, I]
    const squares =
      weights === undefined ? tf.square(logits) : (tf.mul(logits, perUnit) as Tensor2D);
    const value = tf.mul(tf.add(sum(squares as Tensor2D), tf.squeeze(n, [1])), 0.5) as Tensor1D;
    return { value, perUnit: perUnit as Tensor2D, units: tf.onesLike(n) };
  },
};

/** What a likelihood is evaluated on. An empty row yields 0 for the multinomial. */
export interface LikelihoodInput extends WeightedLogits {
  /**
   * Lets a backend write the gradient over the logits. Set it only when nothing reads the logits after the
   * gradient has been computed. Default: false.
   */
  readonly overwriteLogits?: boolean;
}

/**
 * Negative log-likelihood of each user's clicks, with its gradient for the logits.
 *
 * An item that stands for w items counts w times in A. For the multinomial that is log w added to its logit.
 *
 * @returns [B] nats per user, not averaged; the caller disposes it
 * @throws ShapeError when logits and clicks have different shapes
 */
export function negativeLogLikelihood(
  tf: TensorFlow,
  likelihood: Likelihood,
  { logits, clicks, itemWeights, lengths, part, overwriteLogits = false }: LikelihoodInput,
): Tensor1D {
  if (likelihood === 'multinomial' && itemWeights !== undefined) {
    const weighted = tf.add(logits, tf.tensor1d(itemWeights.map(Math.log))) as Tensor2D;
    return negativeLogLikelihood(tf, likelihood, { logits: weighted, clicks });
  }
  if (likelihood === 'multinomial' && hasFusedMultinomial(tf)) {
    return fusedMultinomialNll(tf, { logits, clicks, lengths, part }, { overwriteLogits });
  }
  return clickNll(tf, partitions[likelihood], { logits, clicks, itemWeights, lengths, part });
}
