/** Layer normalisation, with its gradient. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import { hasOwnKernel, runOwnKernel } from '../own-kernels.js';

export interface LayerNormParameters {
  /** [H] */
  readonly gain: Tensor1D;
  /** [H] */
  readonly shift: Tensor1D;
  /** ε */
  readonly epsilon: number;
}

/**
 * Layer normalisation (Ba et al. 2016) of each row, with its gradient:
 *
 *   gain · (x − mean) / √(variance + ε) + shift
 *
 * over the row's population variance.
 *
 * @param x - [B, H]
 * @returns [B, H]
 */
export function layerNorm(tf: TensorFlow, x: Tensor2D, layer: LayerNormParameters): Tensor2D {
  if (!hasOwnKernel(tf, 'MultvaeLayerNorm')) return composed(tf, x, layer);
  const { epsilon } = layer;
  const withGradient = tf.customGrad((...args) => {
    const save = args[3] as unknown as (tensors: Tensor[]) => void;
    const [x, gain, bias] = args as unknown as [Tensor2D, Tensor1D, Tensor1D];
    const [out, mean, inverseSpread] = runOwnKernel(
      tf,
      'MultvaeLayerNorm',
      { x, gain, bias },
      { epsilon },
    );
    save([x, gain, mean!, inverseSpread!]);
    return {
      value: out!,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [x, gain, mean, inverseSpread] = saved as [Tensor, Tensor, Tensor, Tensor];
        const inputs = { dy, x, gain, mean, inverseSpread };
        return runOwnKernel(tf, 'MultvaeLayerNormGradient', inputs, {});
      },
    };
  });
  return withGradient(x, layer.gain, layer.shift) as Tensor2D;
}

function composed(
  tf: TensorFlow,
  x: Tensor2D,
  { gain, shift, epsilon }: LayerNormParameters,
): Tensor2D {
  const centred = tf.sub(x, tf.mean(x, 1, true)); // [B, H]
  const variance = tf.mean(tf.square(centred), 1, true); // [B, 1]
  const normalized = tf.div(centred, tf.sqrt(tf.add(variance, epsilon)));
  return tf.add(tf.mul(normalized, gain), shift);
}
