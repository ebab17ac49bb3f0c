/** The latent Gaussian: samples, divergence from N(0, I), and the noise for both. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { RandomStream } from '../../random.js';
import type { TensorFlow } from '../engine.js';
import { loadNativeKernels } from '../native/addon.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';

/** N(mu, diag exp logvar) of each row. */
export interface Gaussian {
  /** [B, L] */
  readonly mu: Tensor2D;
  /** [B, L], log σ² */
  readonly logvar: Tensor2D;
}

/**
 * μ + ε·exp(½ log σ²), with its gradient for μ and log σ².
 *
 * @param noise - [B, L], ε
 * @returns [B, L]
 */
export function gaussianSample(
  tf: TensorFlow,
  { mu, logvar }: Gaussian,
  noise: Float32Array,
): Tensor2D {
  const epsilon = tf.tensor2d(noise, mu.shape);
  if (!hasOwnKernel(tf, 'MultvaeSampleCode')) {
    return tf.add(mu, tf.mul(epsilon, tf.exp(tf.mul(logvar, 0.5))));
  }
  const withGradient = tf.customGrad((...args) => {
    const [mu, logvar, save] = args as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    save([logvar, epsilon]);
    const inputs = { mu, logvar, noise: epsilon };
    return {
      value: runOwnKernel(tf, 'MultvaeSampleCode', inputs, {})[0]!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const inputs = { dy, logvar: saved[0]!, noise: saved[1]! };
        return [tf.clone(dy), ...runOwnKernel(tf, 'MultvaeSampleCodeGradient', inputs, {})];
      },
    };
  });
  return withGradient(mu, logvar) as Tensor2D;
}

/**
 * KL(N(μ, diag σ²) ‖ N(0, I)) = ½ Σ_l (exp(log σ²_l) + μ²_l − 1 − log σ²_l) of each row, with its gradient.
 *
 * @returns [B] nats, at least 0, and 0 where μ = 0 and log σ² = 0
 */
export function gaussianDivergence(tf: TensorFlow, { mu, logvar }: Gaussian): Tensor1D {
  if (!hasOwnKernel(tf, 'MultvaeDivergence')) {
    const excess = tf.sub(tf.sub(tf.add(tf.exp(logvar), tf.square(mu)), 1), logvar); // [B, L]
    return tf.mul(tf.sum(excess, 1), 0.5); // [B]
  }
  const withGradient = tf.customGrad((...args) => {
    const [mu, logvar, save] = args as unknown as [Tensor, Tensor, (tensors: Tensor[]) => void];
    save([mu, logvar]);
    return {
      value: runOwnKernel(tf, 'MultvaeDivergence', { mu, logvar }, {})[0]!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const inputs = { dy, mu: saved[0]!, logvar: saved[1]! };
        return runOwnKernel(tf, 'MultvaeDivergenceGradient', inputs, {});
      },
    };
  });
  return withGradient(mu, logvar) as Tensor1D;
}

/** The next `count` standard normals of a stream: the same bits on every backend. */
export function standardNormals(tf: TensorFlow, stream: RandomStream, count: number): Float32Array {
  if (tf.getBackend() !== 'native') return stream.normals(count);
  const kernels = loadNativeKernels();
  return stream.normals(count, (state, pairs) => kernels.normals(pairs, state));
}
