import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { BackendError } from '../errors.js';
import type { TensorFlow } from './engine.js';

/** What the weights of a layer that only scores may be rounded to. */
export const layerPrecisions = ['f32', 'bf16', 'int8'] as const;
export type LayerPrecision = (typeof layerPrecisions)[number];

/** A backend that multiplies with packed layers. */
interface PackingBackend {
  pack(kernel: Tensor2D, bias: Tensor1D, precision: LayerPrecision): void;
  whyNoBf16(): string | null;
}

/**
 * Arranges a layer's parameters once for all the products that are to come, which then take less time for few
 * rows, and give a row the same bits whatever other rows there are. Where a backend cannot, f32 changes nothing.
 *
 * The kernel's values are in memory once, as they are arranged: 4 bytes a weight in f32, 2 in bf16, 1 in int8.
 * Whoever reads the tensor gets them put together again, which takes as long as a copy and is one: in f32 the very
 * same bits, else the rounded values, also when it is packed once more.
 *
 * Rounded weights: bf16 has eight bits of mantissa, so that a weight is off by 2⁻⁸ of itself at most; int8 has a
 * scale for each column, whose largest weight is 127 of its steps, so that a weight is off by half a step at most,
 * and rounds each row of the left operand likewise, so that sums are exact integers. What is multiplied is rounded,
 * what is added is not. Gradients are not for such a layer.
 *
 * @param kernel - [M, N]; the array that the tensor was made of is not used any more
 * @param bias - [N]; its own values stay as they are
 * @throws BackendError when the backend that computes now has no such precision
 */
export function packLayer(
  tf: TensorFlow,
  kernel: Tensor2D,
  bias: Tensor1D,
  precision: LayerPrecision,
): void {
  requireLayerPrecision(tf, precision);
  const backend = tf.backend() as unknown as Partial<PackingBackend>;
  backend.pack?.(kernel, bias, precision);
}

/** @throws BackendError that says why the backend that computes now has no such precision, and what to do */
export function requireLayerPrecision(tf: TensorFlow, precision: LayerPrecision): void {
  if (precision === 'f32') return;
  const backend = tf.backend() as unknown as Partial<PackingBackend>;
  const why =
    backend.pack === undefined
      ? `the backend ${tf.getBackend()} has none; native has it`
      : precision === 'bf16'
        ? backend.whyNoBf16!()
        : null;
  if (why === null) return;
  const others = backend.pack === undefined ? 'f32' : 'int8 or f32';
  throw new BackendError(`precision ${precision} cannot be had here: ${why}. Use ${others}.`);
}
