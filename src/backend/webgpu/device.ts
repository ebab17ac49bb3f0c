/** Changes to the WebGPU backend of TensorFlow.js: faster uploads, and errors that are seen. */

import type { DataType, TensorInfo } from '@tensorflow/tfjs';
import { BackendError } from '../../errors.js';

/** The used part of TensorFlow.js's WebGPU backend. */
export interface WebgpuBackend {
  readonly device: {
    addEventListener(
      event: 'uncapturederror',
      listener: (event: { readonly error: { readonly message: string } }) => void,
    ): void;
  };
  readonly queue: { writeBuffer(buffer: object, offset: number, values: Values): void };
  readonly tensorMap: { get(dataId: object): TensorData };
  readonly bufferManager: { acquireBuffer(bytes: number, usage: number): object };
  makeTensorInfo(shape: number[], type: DataType, values?: Values): TensorInfo;
  disposeData(dataId: TensorInfo['dataId']): boolean;
  uploadToGPU(dataId: object): void;
  read(dataId: object): Promise<unknown>;
  runWebGPUProgram(
    program: WebgpuProgram,
    inputs: readonly TensorInfo[],
    type: DataType,
    numbers: readonly { readonly type: 'int32' | 'float32'; readonly data: number[] }[],
    output?: TensorInfo,
  ): TensorInfo;
}

/** A compute shader as TensorFlow.js takes it. */
export interface WebgpuProgram {
  readonly shaderKey: string;
  readonly variableNames: readonly string[];
  readonly uniforms: string;
  /** Whether it reads `uniforms.size`, the number of values of the output. */
  readonly size: boolean;
  readonly outputShape: number[];
  readonly dispatchLayout: { readonly x: number[] };
  readonly dispatch: [number, number, number];
  readonly workgroupSize: [number, number, number];
  getUserCode(): string;
}

type Values = Float32Array | Int32Array;

/** A tensor's data: on the host, on the device, or both. */
interface TensorData {
  readonly dtype: DataType;
  values: unknown;
  resource?: object | null;
}

/** STORAGE, COPY_SRC and COPY_DST, as TensorFlow.js makes the buffers of tensors. */
const tensorUsage = 0x80 | 0x04 | 0x08;

/**
 * Uploads arrays through the queue. TensorFlow.js creates a mapped buffer for each upload instead. That
 * takes about a millisecond on an NVIDIA driver, and a training step uploads 13 arrays.
 *
 * No pending command reads a free buffer, so it may be written before those are submitted.
 */
export function uploadThroughQueue(backend: WebgpuBackend): void {
  const upload = backend.uploadToGPU.bind(backend);
  backend.uploadToGPU = (dataId) => {
    const data = backend.tensorMap.get(dataId);
    const { values, dtype } = data;
    const isPlain =
      (dtype === 'float32' && values instanceof Float32Array) ||
      (dtype === 'int32' && values instanceof Int32Array);
    if (data.resource != null || !isPlain || values.length === 0) {
      upload(dataId);
      return;
    }
    const buffer = backend.bufferManager.acquireBuffer(values.byteLength, tensorUsage);
    backend.queue.writeBuffer(buffer, 0, values);
    data.values = null;
    data.resource = buffer;
  };
}

/**
 * Makes every read fail once the device has reported an error, such as full memory. The failed operation
 * leaves zeros, which would otherwise be read as results.
 */
export function failAfterError(backend: WebgpuBackend): void {
  let failure: string | undefined;
  backend.device.addEventListener('uncapturederror', ({ error }) => {
    failure ??= error.message.trim();
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const values = await read(dataId);
    if (failure === undefined) return values;
    throw new BackendError(
      `the GPU failed, and what it has computed since is void: ${failure}. A smaller batchSize or model takes less of its memory; --backend native computes without it.`,
    );
  };
}
