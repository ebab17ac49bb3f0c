import type { NamedAttrMap, NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import type { NativeBackend } from './tensors.js';

/** What a kernel is called with. */
export interface KernelCall<Attributes = Record<string, unknown>> {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly attrs: Attributes;
  readonly backend: NativeBackend;
}

type Result = TensorInfo | TensorInfo[];

/** The most axes that the addon's functions of shapes take. */
export const maxRank = 4;

/**
 * Puts a kernel in the place of the one that `native` cloned from the JavaScript backend.
 *
 * @param compute - null for what it leaves to the JavaScript kernel: other types, more axes, no elements
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

/** Whether these are all float32 with elements: what the addon computes with. */
export function areFloats(...tensors: readonly TensorInfo[]): boolean {
  return tensors.every(({ dtype, shape }) => dtype === 'float32' && !shape.includes(0));
}

/** The number of elements of a shape, or of a part of it. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}
