/** Gradients of a loss for the parameters of a network. */

import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { LossTerms } from '../autoencoder/network.js';
import type { Weights } from '../autoencoder/weights.js';

/** What a gradient is of and for. */
export interface GradientTarget {
  /** B, the number of users that the loss has. */
  readonly users: number;
  /** The parameters to differentiate for; the others are constants. */
  readonly names: readonly string[];
}

/**
 * The terms of a loss, and the gradient of its mean over the users of the batch.
 *
 * @param loss - called once
 * @returns tensors that the caller disposes
 */
export function lossGradients(
  tf: TensorFlow,
  weights: Weights,
  { users, names }: GradientTarget,
  loss: (weights: Weights) => LossTerms,
): LossTerms & { readonly gradients: Weights } {
  return tf.tidy(() => {
    let terms: LossTerms | undefined;
    const objective = (...parameters: Tensor[]): Tensor => {
      const current = Object.fromEntries(names.map((name, k) => [name, parameters[k]!]));
      terms = loss({ ...weights, ...current });
      // Otherwise the scope of valueAndGrads would free them.
      for (const term of [terms.loss, terms.nll, terms.kl]) tf.keep(term);
      return terms.loss;
    };
    const share = tf.fill([users], 1 / users); // d mean / d loss of each user
    const parameters = names.map((name) => weights[name]!);
    const { grads } = tf.valueAndGrads(objective)(parameters, share);
    const gradients = Object.fromEntries(names.map((name, k) => [name, grads[k]!]));
    return { ...terms!, gradients };
  });
}
