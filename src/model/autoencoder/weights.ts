/** The parameters of networks: layers, names, initial values, and copying to and from a backend. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { TensorFlow } from '../../backend/engine.js';
import type { AffineLayer } from '../../backend/operations/dense.js';
import { viewOf } from '../../backend/views.js';
import { RunError } from '../../errors.js';
import { bitsAt, RandomStream, RandomTable } from '../../random.js';
import type { StoredTensor, StoredTensors } from '../../runs/format.js';

/** A model's parameters on a backend, by name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** A dense layer. Its parameters are `NAME/kernel` [inputs, outputs] and, unless it has none, `NAME/bias` [outputs]. */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether layer normalisation follows, with `NAME/gain` and `NAME/shift` [outputs]. */
  readonly isNormalized?: boolean;
  /** Default: true. */
  readonly hasBias?: boolean;
  /** Whether the kernel is kept as [outputs, inputs], so that what belongs to one output lies together. */
  readonly isTransposed?: boolean;
}

/** The layers of an autoencoder; each half lists them from its input to its output. */
export interface Architecture {
  /** I → hidden, hidden2, … → a last layer, such as a posterior whose outputs are [mu | logvar]. */
  readonly encoder: readonly Layer[];
  /** L → hidden, hidden2, … → logits; the encoder's widths in reverse. */
  readonly decoder: readonly Layer[];
  /** An earlier encoder; only training needs it. */
  readonly prior?: readonly Layer[];
}

/**
 * Layers named `HALF/hidden`, `HALF/hidden2`, …, `HALF/LAST`.
 *
 * @param widths - the width of the input, then the outputs of each layer
 */
export function chain(half: string, widths: readonly number[], last: string): Layer[] {
  return widths.slice(1).map((outputs, k) => {
    const hidden = k === 0 ? 'hidden' : `hidden${k + 1}`;
    const name = `${half}/${k === widths.length - 2 ? last : hidden}`;
    return { name, inputs: widths[k]!, outputs };
  });
}

/** All layers, encoder first. */
export function layersOf({ encoder, decoder, prior = [] }: Architecture): Layer[] {
  return [...encoder, ...decoder, ...prior];
}

/** The axis of each parameter along which it has one entry an item; parameters without items are left out. */
export function itemAxes({ encoder, decoder, prior = [] }: Architecture): Record<string, number> {
  const axes: Record<string, number> = {};
  for (const { name } of [...encoder.slice(0, 1), ...prior.slice(0, 1)]) axes[`${name}/kernel`] = 0;
  for (const { name, isTransposed = false } of decoder.slice(-1)) {
    axes[`${name}/kernel`] = isTransposed ? 0 : 1;
    axes[`${name}/bias`] = 0;
  }
  return axes;
}

/** The layers for a part of the items: the first ones take fewer inputs, and the last one has fewer outputs. */
export function partOf<Shape extends Architecture>(shape: Shape, part: ItemPart): Shape {
  const first = ([layer, ...rest]: readonly Layer[]) => [{ ...layer!, inputs: part.size }, ...rest];
  return {
    ...shape,
    encoder: first(shape.encoder),
    decoder: shape.decoder.with(-1, { ...shape.decoder.at(-1)!, outputs: part.size }),
    ...(shape.prior && { prior: first(shape.prior) }),
  };
}

/** A parameter's name and shape. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The parameters of layers, in the layers' order. */
export function parameterShapes(layers: readonly Layer[]): ParameterShape[] {
  return layers.flatMap((layer) => {
    const { name, inputs, outputs, isNormalized, isTransposed, hasBias = true } = layer;
    const parts = [...(hasBias ? ['bias'] : []), ...(isNormalized ? ['gain', 'shift'] : [])];
    return [
      { name: `${name}/kernel`, shape: isTransposed ? [outputs, inputs] : [inputs, outputs] },
      ...parts.map((part) => ({ name: `${name}/${part}`, shape: [outputs] })),
    ];
  });
}

/** A layer's kernel, [inputs, outputs], or its transpose as the layer says. */
export function kernelOf(weights: Weights, layer: Layer): Tensor2D {
  return weights[`${layer.name}/kernel`] as Tensor2D;
}

/** The kernels' names, in the layers' order. */
export function kernelNames(shape: Architecture): string[] {
  return layersOf(shape).map(({ name }) => `${name}/kernel`);
}

/** A layer's bias, [outputs]. */
export function biasOf(weights: Weights, layer: Layer): Tensor1D {
  return weights[`${layer.name}/bias`] as Tensor1D;
}

/** A layer's kernel and bias, as `affine` takes them. */
export function affineOf(weights: Weights, layer: Layer): AffineLayer {
  const { isTransposed = false } = layer;
  return { kernel: kernelOf(weights, layer), bias: biasOf(weights, layer), isTransposed };
}

/** The rows and columns of a kernel, [inputs, outputs], that belong to a part of the items. */
interface KernelPart {
  readonly firstRow: number;
  readonly rows: number;
  readonly firstColumn: number;
  readonly columns: number;
}

/** What a part of the items has of each layer. Without a part: everything. */
function kernelParts(
  { encoder, decoder, prior = [] }: Architecture,
  part?: ItemPart,
): [Layer, KernelPart][] {
  return [...encoder, ...decoder, ...prior].map((layer) => {
    const { inputs, outputs } = layer;
    const whole = { firstRow: 0, rows: inputs, firstColumn: 0, columns: outputs };
    if (part === undefined) return [layer, whole];
    if (layer === encoder[0] || layer === prior[0]) {
      return [layer, { ...whole, firstRow: part.first, rows: part.size }];
    }
    if (layer !== decoder.at(-1)) return [layer, whole];
    return [layer, { ...whole, firstColumn: part.first, columns: part.size }];
  });
}

/**
 * Initial parameters, as in the reference implementation: kernels uniform in ±√(6 / (inputs + outputs))
 * (Glorot & Bengio 2010), biases normal with sd 0.001 and truncated at two sd.
 *
 * Each number follows from the seed, the parameter's name and its place alone, so a part of them is drawn by itself, and
 * widening a layer does not change the others.
 *
 * @param shape - the layers for all items
 * @param part - the items whose parameters are drawn. Default: all.
 */
export function initialWeights(shape: Architecture, seed: number, part?: ItemPart): StoredTensors {
  const weights: Record<string, StoredTensor> = {};
  for (const [layer, own] of kernelParts(shape, part)) {
    const { name, inputs, outputs } = layer;
    const kernel = new RandomTable(seed, `weights/${name}/kernel`);
    weights[`${name}/kernel`] = drawnKernel(layer, own, kernel, Math.sqrt(6 / (inputs + outputs)));
    const bias = Float32Array.from({ length: own.columns }, (_, k) => {
      const index = own.firstColumn + k;
      return 0.001 * truncatedNormal(new RandomStream(seed, `weights/${name}/bias`, index));
    });
    weights[`${name}/bias`] = { shape: [own.columns], data: bias };
  }
  return weights;
}

/**
 * Initial parameters as PyTorch draws them: kernels and biases uniform in ±1/√inputs, gains 1, shifts 0.
 *
 * Each number follows from the seed, the parameter's name and its place alone.
 *
 * @param shape - the layers for all items
 * @param part - the items whose parameters are drawn. Default: all.
 */
export function uniformWeights(shape: Architecture, seed: number, part?: ItemPart): StoredTensors {
  const weights: Record<string, StoredTensor> = {};
  for (const [layer, own] of kernelParts(shape, part)) {
    const { name, inputs, isNormalized = false } = layer;
    const limit = 1 / Math.sqrt(inputs);
    const kernel = new RandomTable(seed, `weights/${name}/kernel`);
    weights[`${name}/kernel`] = drawnKernel(layer, own, kernel, limit);
    const bias = new RandomTable(seed, `weights/${name}/bias`).row(0);
    const { columns, firstColumn } = own;
    const vector = (fill: (index: number) => number): StoredTensor => ({
      shape: [columns],
      data: Float32Array.from({ length: columns }, (_, k) => fill(firstColumn + k)),
    });
    weights[`${name}/bias`] = vector((index) => uniform(bias, index, limit));
    if (!isNormalized) continue;
    weights[`${name}/gain`] = vector(() => 1);
    weights[`${name}/shift`] = vector(() => 0);
  }
  return weights;
}

/** Uniform in ±limit. @param row - as `RandomTable.row` gives it */
function uniform(row: number, column: number, limit: number): number {
  return limit * ((2 * bitsAt(row, column)) / 2 ** 32 - 1);
}

/** A part of a kernel, uniform in ±limit, as its layer keeps it. */
function drawnKernel(
  { isTransposed = false }: Layer,
  { firstRow, rows, firstColumn, columns }: KernelPart,
  random: RandomTable,
  limit: number,
): StoredTensor {
  const data = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const row = random.row(firstRow + r);
    for (let c = 0; c < columns; c++) {
      data[r * columns + c] = uniform(row, firstColumn + c, limit);
    }
  }
  return isTransposed
    ? { shape: [columns, rows], data: transposed(data, rows, columns) }
    : { shape: [rows, columns], data };
}

/**
 * [columns, rows] from [rows, columns]. Works on few columns at a time, so that the output stays in the cache.
 *
 * @param result - what to write into. Default: a new array
 */
export function transposed(
  values: Float32Array,
  rows: number,
  columns: number,
  result: Float32Array = new Float32Array(rows * columns),
): Float32Array {
  const width = 32;
  for (let first = 0; first < columns; first += width) {
    const last = Math.min(first + width, columns);
    for (let row = 0; row < rows; row++) {
      for (let column = first; column < last; column++) {
        result[column * rows + row] = values[row * columns + column]!;
      }
    }
  }
  return result;
}

function truncatedNormal(random: RandomStream): number {
  let value = random.normal();
  while (Math.abs(value) > 2) value = random.normal();
  return value;
}

/**
 * Copies stored parameters to the backend.
 *
 * @returns tensors that the caller disposes
 * @throws RunError naming the parameter that is missing, unknown or of the wrong shape
 */
export function uploadWeights(tf: TensorFlow, stored: StoredTensors, shape: Architecture): Weights {
  const expected = parameterShapes(layersOf(shape));
  const names = new Set(expected.map(({ name }) => name));
  const unknown = Object.keys(stored).find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new RunError(`the weights hold ${unknown}, which this configuration does not have`);
  }
  for (const { name, shape } of expected) {
    const tensor = stored[name];
    if (tensor === undefined) throw new RunError(`the weights lack ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new RunError(`${name} is [${tensor.shape}], but the configuration needs [${shape}]`);
    }
  }
  return Object.fromEntries(
    expected.map(({ name, shape }) => [name, tf.tensor(stored[name]!.data, [...shape], 'float32')]),
  );
}

/** Copies parameters from the backend. */
export async function downloadWeights(weights: Weights): Promise<StoredTensors> {
  const entries = await Promise.all(
    Object.entries(weights).map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
      // A copy, because the cpu backend returns the array that it computes on.
      const data = Float32Array.from((await tensor.data()) as Float32Array);
      return [name, { shape: tensor.shape, data }];
    }),
  );
  return Object.fromEntries(entries);
}

/** Parameters as they lie on the backend: read them before the next step, and do not write to them. */
export async function viewWeights(tf: TensorFlow, weights: Weights): Promise<StoredTensors> {
  const entries = await Promise.all(
    Object.entries(weights).map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
      return [name, { shape: tensor.shape, data: await viewOf(tf, tensor) }];
    }),
  );
  return Object.fromEntries(entries);
}

/** Frees the parameters. */
export function disposeWeights(weights: Weights): void {
  for (const tensor of Object.values(weights)) tensor.dispose();
}
