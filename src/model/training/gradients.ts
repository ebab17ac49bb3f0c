import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { LossTerms } from '../autoencoder/network.js';
import type { Weights } from '../autoencoder/weights.js';

/**
 * A loss's terms and the gradient of its mean for some of the parameters; the mean is over the users of
 * this batch, however few.
 *
 * @param users - B, how many the loss is of
 * @param names - the parameters to differentiate for; the others are constants
 * @param loss - called once
 * @returns tensors that the caller disposes
 */
export function lossGradients(
  tf: TensorFlow,
  weights: Weights,
  users: number,
  names: readonly string[],
  loss: (weights: Weights) => LossTerms,
): LossTerms & { readonly gradients: Weights } {
  return tf.tidy(() => {
    let terms: LossTerms | undefined;
    const objective = (...parameters: Tensor[]): Tensor => {
      const current = Object.fromEntries(names.map((name, k) => [name, parameters[k]!]));
      terms = loss({ ...weights, ...current });
      // The gradient's own scope would free them.
      for (const term of [terms.loss, terms.nll, terms.kl]) tf.keep(term);
      return terms.loss;
    };
    const share = tf.fill([users], 1 / users); // the gradient of the mean for each user's loss
    const parameters = names.map((name) => weights[name]!);
    const { grads } = tf.valueAndGrads(objective)(parameters, share);
    const gradients = Object.fromEntries(names.map((name, k) => [name, grads[k]!]));
    return { ...terms!, gradients };
  });
}
