/** TensorFlow.js kernels on the addon: matrix products. */

import type { NamedTensorInfoMap, TensorInfo } from '@tensorflow/tfjs';
import type { TensorFlow } from '../engine.js';
import type { ProductShape, UnaryOperation } from './operations.js';
import { areFloats, maxRank, override, sizeOf } from './registry.js';
import type { NativeBackend } from './tensors.js';

interface ProductAttributes {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  readonly activation?: string;
}

/** TensorFlow.js's names of the activations that can follow a product. */
const activations: Readonly<Record<string, UnaryOperation>> = {
  linear: 'identity',
  relu: 'relu',
  relu6: 'relu6',
  elu: 'elu',
  sigmoid: 'sigmoid',
};

/** With transposed operands, batches, bias and activation. */
export function registerProducts(tf: TensorFlow): void {
  override<ProductAttributes>(tf, 'BatchMatMul', ({ inputs, attrs, backend }) => {
    const problem = productProblem(tf, inputs.a!, inputs.b!, attrs);
    return problem && multiply(backend, inputs, problem, { bias: null, activation: 'identity' });
  });

  override<ProductAttributes>(tf, '_FusedMatMul', ({ inputs, attrs, backend }) => {
    const { bias } = inputs;
    const problem = productProblem(tf, inputs.a!, inputs.b!, attrs);
    const activation = activations[attrs.activation ?? 'linear'];
    if (problem === null || activation === undefined) return null;
    if (bias === undefined) return multiply(backend, inputs, problem, { bias: null, activation });
    // A bias of one row, as a layer has. Others are left to the JavaScript kernel.
    const isRow = sizeOf(bias.shape) === problem.shape.columns;
    if (!areFloats(bias) || !isRow || bias.shape.at(-1) !== problem.shape.columns) return null;
    const layer = isPlain(problem.shape) ? backend.packed(inputs.b!, bias) : null;
    if (layer !== null && activation === 'identity') {
      const out = backend.allocate(problem.outShape);
      const { rows } = problem.shape;
      backend.kernels.packedProduct(backend.floats(out), backend.floats(inputs.a!), rows, layer);
      return out;
    }
    return multiply(backend, inputs, problem, { bias, activation });
  });
}

interface Problem {
  readonly shape: ProductShape;
  /** The shape of the result. */
  readonly outShape: readonly number[];
}

/** Null leaves the product to the JavaScript kernel: other types, and batches that broadcast in part. */
function productProblem(
  tf: TensorFlow,
  a: TensorInfo,
  b: TensorInfo,
  { transposeA = false, transposeB = false }: ProductAttributes,
): Problem | null {
  if (!areFloats(a, b)) return null;
  const outerA = a.shape.slice(0, -2);
  const outerB = b.shape.slice(0, -2);
  const leftBatch = sizeOf(outerA);
  const rightBatch = sizeOf(outerB);
  const outer = tf.broadcast_util.assertAndGetBroadcastShape(outerA, outerB);
  const batch = sizeOf(outer);
  if ([leftBatch, rightBatch].some((own) => own !== 1 && own !== batch)) return null;
  if (outer.length + 2 > maxRank) return null;
  const [rows, depth] = lastTwo(a.shape, { transposed: transposeA });
  const [depthB, columns] = lastTwo(b.shape, { transposed: transposeB });
  if (depth !== depthB) return null;
  const shape = {
    rows,
    columns,
    depth,
    leftTransposed: transposeA,
    rightTransposed: transposeB,
    batch,
    leftBatch,
    rightBatch,
  };
  return { shape, outShape: [...outer, rows, columns] };
}

/** Whether this is a single product without transposed operands. */
function isPlain({ batch, leftTransposed, rightTransposed }: ProductShape): boolean {
  return batch === 1 && !leftTransposed && !rightTransposed;
}

/** The rows and columns of the matrices in a batch. */
function lastTwo(
  shape: readonly number[],
  { transposed }: { readonly transposed: boolean },
): [number, number] {
  const [rows, columns] = shape.slice(-2) as [number, number];
  return transposed ? [columns, rows] : [rows, columns];
}

/** activation(op(a) · op(b) + bias), in the backend's precision. */
function multiply(
  backend: NativeBackend,
  { a, b }: NamedTensorInfoMap,
  { shape, outShape }: Problem,
  { bias, activation }: { readonly bias: TensorInfo | null; readonly activation: UnaryOperation },
): TensorInfo {
  const out = backend.allocate(outShape);
  const epilogue = { bias: bias && backend.floats(bias), activation };
  const product = backend.floats(out);
  const left = backend.floats(a!);
  const right = backend.floats(b!);
  if (backend.precision === 'bf16') {
    backend.kernels.multiplyBf16(product, left, right, shape, epilogue);
  } else {
    backend.kernels.multiply(product, left, right, shape, epilogue);
  }
  return out;
}
