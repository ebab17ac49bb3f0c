import { createRequire } from 'node:module';
import type { backend_util, DataType, TensorInfo } from '@tensorflow/tfjs';
import type { Precision } from '../../config/models.js';
import type { LayerPrecision } from '../packed-layer.js';
import { BufferPool } from './buffer-pool.js';
import type { NativeKernels } from './kernels.js';
import type { PackedLayer } from './operations.js';

// Loaded through require: the ES module build of TensorFlow.js is not valid under Node.js.
const { MathBackendCPU } = createRequire(import.meta.url)(
  '@tensorflow/tfjs-backend-cpu',
) as typeof import('@tensorflow/tfjs-backend-cpu');

/**
 * The data of the TensorFlow.js backend `native`: typed arrays, which the addon reads and writes where
 * they lie. The kernels of the JavaScript backend understand it, as it is one of theirs.
 */
export class NativeBackend extends MathBackendCPU {
  readonly kernels: NativeKernels;
  /** What the operands of matrix products are rounded to; `inPrecision` sets it. */
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

  /** `packLayer`: until the kernel is disposed, products of it with this very bias use what is packed here. */
  pack(kernel: TensorInfo, bias: TensorInfo, precision: LayerPrecision): void {
    const [depth, columns] = kernel.shape as [number, number];
    const shape = { precision, depth, columns };
    const layer = this.kernels.packLayer(this.floats(kernel), this.floats(bias), shape);
    const { refCount } = this.data.get(kernel.dataId);
    this.data.delete(kernel.dataId);
    this.data.set(kernel.dataId, new PackedData(this.kernels, layer, bias.dataId, refCount));
  }

  /** What was packed of a kernel with a bias; null where nothing was. */
  packed(kernel: TensorInfo, bias: TensorInfo): PackedLayer | null {
    const data: object = this.data.get(kernel.dataId);
    return data instanceof PackedData && data.bias === bias.dataId ? data.layer : null;
  }

  /**
   * The values of a float32 tensor, copied only where a cast left those of another type behind, or they are
   * packed: ask for those no oftener than they are needed.
   */
  floats(tensor: TensorInfo): Float32Array {
    const { values } = this.data.get(tensor.dataId);
    return values instanceof Float32Array ? values : Float32Array.from(values as Uint8Array);
  }

  /** A new float32 tensor; whoever asks for it writes every one of its values. */
  allocate(shape: readonly number[]): TensorInfo {
    const size = shape.reduce((product, length) => product * length, 1);
    const dataId = super.write(this.#pool.take(size), [...shape], 'float32');
    return { dataId, shape: [...shape], dtype: 'float32' };
  }

  /** The same values as another tensor, of another shape perhaps. */
  share({ dataId, dtype }: TensorInfo, shape: readonly number[]): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  /**
   * A tensor of the same values that a kernel may write to: the very same memory where nobody else can
   * see it, else a copy.
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

  override write(values: backend_util.BackendValues, shape: number[], dtype: DataType): object {
    if (ArrayBuffer.isView(values)) this.#pool.forget(values);
    return super.write(values, shape, dtype);
  }

  override async read(dataId: object): Promise<backend_util.BackendValues> {
    return this.readSync(dataId);
  }

  /** A copy of what the pool may hand out again, the memory itself of anything else. */
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

/** The data of a kernel that is packed, in the place of its values: whoever reads these gets them unpacked, a copy. */
class PackedData {
  readonly dtype = 'float32';
  readonly layer: PackedLayer;
  /** The data of the bias that was packed with it. */
  readonly bias: object;
  /** Counted by who made it. */
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
