/** Looking into the memory of tensors, and giving memory to them, without a copy. */

import type { Tensor } from '@tensorflow/tfjs';
import type { TensorFlow } from './engine.js';

/** A backend that computes on arrays of this process. */
interface ArrayBackend {
  floats(tensor: Tensor): Float32Array;
  adopt(tensor: Tensor): void;
}

/**
 * The values of a float32 tensor, perhaps the very memory that the backend computes on: read them before anything else
 * is computed, and do not write to them.
 */
export async function viewOf(tf: TensorFlow, tensor: Tensor): Promise<Float32Array> {
  const backend = tf.backend() as unknown as Partial<ArrayBackend>;
  return backend.floats?.(tensor) ?? ((await tensor.data()) as Float32Array);
}

/**
 * Lets a backend write over the arrays that tensors were made from, and reuse them. Nothing else may read these arrays
 * from now on. An array that several of the tensors share stays untouched.
 */
export function handOver(tf: TensorFlow, tensors: readonly Tensor[]): void {
  const backend = tf.backend() as unknown as Partial<ArrayBackend>;
  if (backend.adopt === undefined || backend.floats === undefined) return;
  const holders = new Map<ArrayBufferLike, number>();
  const memory = tensors.map((tensor) => backend.floats!(tensor).buffer);
  for (const buffer of memory) holders.set(buffer, (holders.get(buffer) ?? 0) + 1);
  tensors.forEach((tensor, k) => {
    if (holders.get(memory[k]!) === 1) backend.adopt!(tensor);
  });
}
