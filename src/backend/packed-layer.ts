import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { BackendError } from '../errors.js';
import type { TensorFlow } from './engine.js';
import type { PackedLayer } from './native-operations.js';

/** What the weights of a layer that only scores may be rounded to. */
export const layerPrecisions = ['f32', 'bf16', 'int8'] as const;
export type LayerPrecision = (typeof layerPrecisions)[number];

/** A backend that multiplies with packed layers. */
interface PackingBackend {
  pack(kernel: Tensor2D, bias: Tensor1D, precision: LayerPrecision): PackedLayer;
  whyNoBf16(): string | null;
}

/**
 * Arranges a layer's parameters once for all the products that are to come, which then take less time for few
 * rows, and give a row the same bits whatever other rows there are. Where a backend cannot, f32 changes nothing.
 *
 * Rounded weights: bf16 has eight bits of mantissa; int8 has a scale for each column, and rounds each row of the
 * left operand likewise, so that sums are exact integers. What is multiplied is rounded, what is added is not.
 * Gradients are not for such a layer.
 *
 * @param kernel - [M, N]; its own values stay as they are for who reads them
 * @param bias - [N]
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
