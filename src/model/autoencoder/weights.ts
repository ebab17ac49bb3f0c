/** The parameters of networks: layers, names, initial values, and copying to and from a backend. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { AffineLayer } from '../../backend/operations/dense.js';
import { viewOf } from '../../backend/views.js';
import { RunError } from '../../errors.js';
import { RandomStream } from '../../random.js';
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

/**
 * Initial parameters, as in the reference implementation: kernels uniform in ±√(6 / (inputs + outputs))
 * (Glorot & Bengio 2010), biases normal with sd 0.001 and truncated at two sd.
 *
 * @param seed - each parameter has its own random stream, so widening a layer does not change the others
 */
export function initialWeights(shape: Architecture, seed: number): StoredTensors {
  const weights: Record<string, StoredTensor> = {};
  for (const layer of layersOf(shape)) {
    const { name, inputs, outputs } = layer;
    const kernel = new RandomStream(seed, `weights/${name}/kernel`);
    const limit = Math.sqrt(6 / (inputs + outputs));
    const values = drawn(inputs * outputs, () => limit * (2 * kernel.float() - 1));
    weights[`${name}/kernel`] = storedKernel(layer, values);
    const bias = new RandomStream(seed, `weights/${name}/bias`);
    weights[`${name}/bias`] = {
      shape: [outputs],
      data: drawn(outputs, () => 0.001 * truncatedNormal(bias)),
    };
  }
  return weights;
}

function drawn(length: number, draw: () => number): Float32Array {
  // Three times as fast as Float32Array.from with a function; there are millions of values.
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = draw();
  return values;
}

/**
 * Initial parameters as PyTorch draws them: kernels and biases uniform in ±1/√inputs, gains 1, shifts 0.
 *
 * @param seed - each parameter has its own random stream
 */
export function uniformWeights(layers: readonly Layer[], seed: number): StoredTensors {
  const layerOf = new Map(layers.map((layer) => [layer.name, layer]));
  return Object.fromEntries(
    parameterShapes(layers).map(({ name, shape }): [string, StoredTensor] => {
      const slash = name.lastIndexOf('/');
      const layer = layerOf.get(name.slice(0, slash))!;
      const part = name.slice(slash + 1);
      const length = shape.reduce((product, size) => product * size, 1);
      if (part === 'gain') return [name, { shape, data: drawn(length, () => 1) }];
      if (part === 'shift') return [name, { shape, data: drawn(length, () => 0) }];
      const random = new RandomStream(seed, `weights/${name}`);
      const limit = 1 / Math.sqrt(layer.inputs);
      const data = drawn(length, () => limit * (2 * random.float() - 1));
      return [name, part === 'kernel' ? storedKernel(layer, data) : { shape, data }];
    }),
  );
}

/** A kernel as its layer keeps it. @param values - [inputs, outputs] */
function storedKernel(
  { inputs, outputs, isTransposed }: Layer,
  values: Float32Array,
): StoredTensor {
  return isTransposed
    ? { shape: [outputs, inputs], data: transposed(values, inputs, outputs) }
    : { shape: [inputs, outputs], data: values };
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
