import type { Scalar, Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../backend/engine.js';
import type { LossTerms } from './network.js';
import type { Weights } from './weights.js';

/**
 * A loss's terms and the gradient of its mean for some of the parameters; the mean is over the users of
 * this batch, however few.
 *
 * @param names - the parameters to differentiate for; the others are constants
 * @param loss - called once
 * @returns tensors that the caller disposes
 */
export function lossGradients(
  tf: TensorFlow,
  weights: Weights,
  names: readonly string[],
  loss: (weights: Weights) => LossTerms,
): LossTerms & { readonly gradients: Weights } {
  return tf.tidy(() => {
    let terms: LossTerms | undefined;
    const objective = (...parameters: Tensor[]): Scalar => {
      const current = Object.fromEntries(names.map((name, k) => [name, parameters[k]!]));
      terms = loss({ ...weights, ...current });
      // The gradient's own scope would free them.
      for (const term of [terms.loss, terms.nll, terms.kl]) tf.keep(term);
      return tf.mean(terms.loss);
    };
    const { grads } = tf.valueAndGrads(objective)(names.map((name) => weights[name]!));
    const gradients = Object.fromEntries(names.map((name, k) => [name, grads[k]!]));
    return { ...terms!, gradients };
  });
}
