/** The TensorFlow.js backend `native`: where its tensors keep their values. */

import { createRequire } from 'node:module';
import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs';
import type { Precision } from '../../config/network-parameters.js';
import type { LayerPrecision } from '../packed-layer.js';
import { BufferPool } from './buffer-pool.js';
import type { NativeKernels } from './kernels.js';
import type { PackedLayer } from './operations.js';

// Loaded through require: the ES module build of TensorFlow.js is not valid under Node.js.
const { MathBackendCPU } = createRequire(import.meta.url)(
  '@tensorflow/tfjs-backend-cpu',
) as typeof import('@tensorflow/tfjs-backend-cpu');

/**
 * The data of the TensorFlow.js backend `native`: typed arrays, which the addon reads and writes in
 * place. The class extends the JavaScript backend, so the kernels of that work on it too.
 */
export class NativeBackend extends MathBackendCPU {
  readonly kernels: NativeKernels;
  /** The precision to which operands of matrix products are rounded. `inPrecision` sets it. */
  precision: Precision = 'f32';
  readonly #pool = new BufferPool();

  constructor(kernels: NativeKernels) {
    super();
    this.kernels = kernels;
  }

  /** Why `precision` cannot be bf16, or null. */
  whyNoBf16(): string | null {
    const { bf16, isa } = this.kernels.info();
    return bf16 ? null : `it takes AVX-512-BF16, and the instruction set in use is ${isa}`;
  }

  /** Packs a layer. Until the kernel is disposed, products with it and this bias use the packed form. */
  pack(kernel: TensorInfo, bias: TensorInfo, precision: LayerPrecision): void {
    const [depth, columns] = kernel.shape as [number, number];
    const shape = { precision, depth, columns };
    const layer = this.kernels.packLayer(this.floats(kernel), this.floats(bias), shape);
    const { refCount } = this.data.get(kernel.dataId);
    this.data.delete(kernel.dataId);
    this.data.set(kernel.dataId, new PackedData(this.kernels, layer, bias.dataId, refCount));
  }

  /** The packed form of a kernel and its bias; null where they are not packed. */
  packed(kernel: TensorInfo, bias: TensorInfo): PackedLayer | null {
    const data: object = this.data.get(kernel.dataId);
    return data instanceof PackedData && data.bias === bias.dataId ? data.layer : null;
  }

  /**
   * The values of a float32 tensor. They are a copy where the tensor is packed, or where a cast left values
   * of another type. Each call then copies again.
   */
  floats(tensor: TensorInfo): Float32Array {
    const { values } = this.data.get(tensor.dataId);
    return values instanceof Float32Array ? values : Float32Array.from(values as Uint8Array);
  }

  /** A new float32 tensor with undefined values. The caller writes all of them. */
  allocate(shape: readonly number[]): TensorInfo {
    const size = shape.reduce((product, length) => product * length, 1);
    const dataId = super.write(this.#pool.take(size), [...shape], 'float32');
    return { dataId, shape: [...shape], dtype: 'float32' };
  }

  /** A tensor that shares the values of another, perhaps in another shape. */
  share({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /**
   * A tensor of the same values that a kernel may overwrite: the same memory where nothing else holds it,
   * else a copy.
   */
  toWriteOn(tensor: TensorInfo): TensorInfo {
    const values = this.floats(tensor);
    if (this.refCount(tensor.dataId) === 1 && this.#pool.owns(values)) {
      return this.share(tensor, tensor.shape);
    }
    const copy = this.allocate(tensor.shape);
    this.floats(copy).set(values);
    return copy;
  }

  /** Takes the array of a tensor as the pool's own: it may be written in place from now on, and used again. */
  adopt(tensor: TensorInfo): void {
    this.#pool.adopt(this.floats(tensor));
  }

  /** What `tf.memory()` says beside the bytes of tensors: those of the arrays that are kept for the next ones. */
  override memory(): { unreliable: boolean; reasons: string[]; numBytesInPool: number } {
    return { ...super.memory(), numBytesInPool: this.#pool.freeBytes };
  }

  /** Lets go of the arrays that are kept for the next tensors. */
  freeMemory(): void {
    this.#pool.clear();
  }

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    if (ArrayBuffer.isView(values)) this.#pool.forget(values);
    return super.write(values, shape, dtype);
  }

  override async read(dataId: object): Promise<backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  /** A copy where the pool owns the memory and may reuse it, else the memory itself. */
  override readSync(dataId: object): backend_util.BackendValues {
    const values = super.readSync(dataId);
    return values instanceof Float32Array && this.#pool.owns(values) ? values.slice() : values;
  }

  override disposeData(dataId: object, force = false): boolean {
    const data = this.data.has(dataId) ? this.data.get(dataId) : null;
    const isGone = super.disposeData(dataId, force);
    if (!isGone || data === null || data instanceof PackedData) return isGone;
    if (data.values instanceof Float32Array) this.#pool.giveBack(data.values);
    return true;
  }
}

/** The data of a packed kernel. Reading its values unpacks them into a new array. */
class PackedData {
  readonly dtype = 'float32';
  readonly layer: PackedLayer;
  /** The data id of the bias that was packed with it. */
  readonly bias: object;
  /** Kept by the backend. */
  refCount: number;
  readonly #kernels: NativeKernels;

  constructor(kernels: NativeKernels, layer: PackedLayer, bias: object, refCount: number) {
    this.#kernels = kernels;
    this.layer = layer;
    this.bias = bias;
    this.refCount = refCount;
  }

  get values(): Float32Array {
    return this.#kernels.unpackLayer(this.layer);
  }
}
