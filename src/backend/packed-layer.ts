/** Layers whose weights are packed, and perhaps rounded, for scoring. */

import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { BackendError } from '../errors.js';
import type { TensorFlow } from './engine.js';

/** The precisions to which the weights of a layer can be rounded for scoring. */
export const layerPrecisions = ['f32', 'bf16', 'int8'] as const;
export type LayerPrecision = (typeof layerPrecisions)[number];

/** A backend that multiplies with packed layers. */
interface PackingBackend {
  pack(kernel: Tensor2D, bias: Tensor1D, precision: LayerPrecision): void;
  whyNoBf16(): string | null;
}

/**
 * Packs a layer's parameters once for many products. Products of few rows are then faster, and a row's
 * result does not depend on the other rows. Where a backend cannot pack, f32 changes nothing.
 *
 * Memory holds the kernel once, in its packed form: 4 bytes a weight in f32, 2 in bf16, 1 in int8. Reading
 * the tensor unpacks a copy: the same bits in f32, else the rounded values. Packing again keeps those.
 *
 * In bf16 a weight has eight bits of mantissa, so its error is at most 2⁻⁸ of its size. In int8 each column
 * has a scale, and its largest weight is 127 steps, so the error is at most half a step. Each row of the
 * left operand is rounded in the same way, so the sums are exact integers. Factors are rounded, the bias is
 * not. A packed layer has no gradients.
 *
 * @param kernel - [M, N]; the tensor's own array is freed
 * @param bias - [N], unchanged
 * @throws BackendError when the current backend does not have the precision
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

/** @throws BackendError that says why the current backend does not have the precision, and what to do */
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
