/** Registration of kernels for the backend `native`. */

import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import type { NativeBackend } from './tensors.js';

/** The arguments of a kernel. */
export interface KernelCall<Attributes = Record<string, unknown>> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Attributes;
  readonly backend: NativeBackend;
}

type Result = TensorInfo | TensorInfo[];

/** The largest number of axes that the addon takes. */
export const maxRank = 4;

/**
 * Replaces a kernel that `native` copied from the JavaScript backend.
 *
 * @param compute - returns null to leave a call to the JavaScript kernel: other types, more axes, no elements
 */
export function override<Attributes>(
  tf: TensorFlow,
  kernelName: string,
  compute: (call: KernelCall<Attributes>) => Result | null,
): void {
  const general = tf.getKernel(kernelName, 'cpu');
  tf.unregisterKernel(kernelName, 'native');
  tf.registerKernel({
    kernelName,
    backendName: 'native',
    kernelFunc: (call) =>
      compute(call as unknown as KernelCall<Attributes>) ?? general.kernelFunc(call),
  });
}

/** Registers a kernel that TensorFlow.js does not have. */
export function define<Attributes>(
  tf: TensorFlow,
  kernelName: string,
  compute: (call: KernelCall<Attributes>) => Result,
): void {
  if (tf.getKernel(kernelName, 'native')) return;
  tf.registerKernel({
    kernelName,
    backendName: 'native',
    kernelFunc: (call: { inputs: NamedTensorInfoMap; attrs?: NamedAttrMap; backend: unknown }) =>
      compute(call as unknown as KernelCall<Attributes>),
  });
}

/** Whether all are float32 and none is empty, as the addon needs them. */
export function areFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));
}

/** The number of elements of a shape, or of a part of it. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
