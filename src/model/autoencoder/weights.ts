import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import type { TensorFlow } from '../../backend/engine.js';
import type { AffineLayer } from '../../backend/operations/dense.js';
import type { MultVaeConfig } from '../../config/models.js';
import { RunError } from '../../errors.js';
import { RandomStream } from '../../random.js';
import type { StoredTensor, StoredTensors } from '../../runs/format.js';

/** A model's parameters on a backend, by name. */
export type Weights = Readonly<Record<string, Tensor>>;

/** One dense layer; its parameters are `NAME/kernel` [inputs, outputs] and `NAME/bias` [outputs]. */
export interface Layer {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  /** Whether layer normalisation follows it, with `NAME/gain` and `NAME/shift` [outputs]. */
  readonly isNormalized?: boolean;
}

/** The layers of an autoencoder, each half in the order in which data goes through it. */
export interface Architecture {
  /** I → hidden, hidden2, … → its last layer, such as a posterior whose outputs are [mu | logvar]. */
  readonly encoder: readonly Layer[];
  /** L → hidden, hidden2, … → logits; the encoder's widths in reverse. */
  readonly decoder: readonly Layer[];
  /** An earlier encoder that only training needs. */
  readonly prior?: readonly Layer[];
}

/**
 * The layers of a Mult-VAE, for I items.
 *
 * @param itemCount - I
 */
export function architecture(
  config: Pick<MultVaeConfig, 'hiddenDims' | 'latentDim'>,
  itemCount: number,
): Architecture {
  const { hiddenDims, latentDim } = config;
  return {
    encoder: chain('encoder', [itemCount, ...hiddenDims, 2 * latentDim], 'posterior'),
    decoder: chain('decoder', [latentDim, ...hiddenDims.toReversed(), itemCount], 'logits'),
  };
}

/** Layers of the given widths, the first of them the input's: `HALF/hidden`, `HALF/hidden2`, …, `HALF/LAST`. */
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

/** A parameter's name with its shape. */
export interface ParameterShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The parameters of layers, in their order. */
export function parameterShapes(layers: readonly Layer[]): ParameterShape[] {
  return layers.flatMap(({ name, inputs, outputs, isNormalized }) => [
    { name: `${name}/kernel`, shape: [inputs, outputs] },
    ...['bias', ...(isNormalized ? ['gain', 'shift'] : [])].map((part) => ({
      name: `${name}/${part}`,
      shape: [outputs],
    })),
  ]);
}

/** A layer's kernel, [inputs, outputs]. */
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
  return { kernel: kernelOf(weights, layer), bias: biasOf(weights, layer) };
}

/**
 * Initial parameters: kernels uniform in ±√(6 / (inputs + outputs)) (Glorot & Bengio 2010), biases
 * normal with sd 0.001, drawn again beyond two sd, as in the reference implementation.
 *
 * @param seed - each parameter has a stream of its own, so a wider layer leaves the others as they were
 */
export function initialWeights(shape: Architecture, seed: number): StoredTensors {
  const weights: Record<string, StoredTensor> = {};
  for (const { name, inputs, outputs } of layersOf(shape)) {
    const kernel = new RandomStream(seed, `weights/${name}/kernel`);
    const limit = Math.sqrt(6 / (inputs + outputs));
    weights[`${name}/kernel`] = {
      shape: [inputs, outputs],
      data: drawn(inputs * outputs, () => limit * (2 * kernel.float() - 1)),
    };
    const bias = new RandomStream(seed, `weights/${name}/bias`);
    weights[`${name}/bias`] = {
      shape: [outputs],
      data: drawn(outputs, () => 0.001 * truncatedNormal(bias)),
    };
  }
  return weights;
}

function drawn(length: number, draw: () => number): Float32Array {
  // Three times as fast as Float32Array.from with a function: there are millions.
  const values = new Float32Array(length);
  for (let i = 0; i < length; i++) values[i] = draw();
  return values;
}

/**
 * Initial parameters as PyTorch draws them: kernels and biases uniform in ±1/√inputs; gains 1, shifts 0.
 *
 * @param seed - each parameter has a stream of its own, as in `initialWeights`
 */
export function uniformWeights(layers: readonly Layer[], seed: number): StoredTensors {
  const inputsOf = new Map(layers.map(({ name, inputs }) => [name, inputs]));
  return Object.fromEntries(
    parameterShapes(layers).map(({ name, shape }): [string, StoredTensor] => {
      const [layer, part] = [name.slice(0, name.lastIndexOf('/')), name.split('/').at(-1)];
      const random = new RandomStream(seed, `weights/${name}`);
      const limit = 1 / Math.sqrt(inputsOf.get(layer)!);
      const draw = { gain: () => 1, shift: () => 0 }[part as 'gain' | 'shift'];
      const length = shape.reduce((product, size) => product * size, 1);
      const data = drawn(length, draw ?? (() => limit * (2 * random.float() - 1)));
      return [name, { shape, data }];
    }),
  );
}

function truncatedNormal(random: RandomStream): number {
  let value = random.normal();
  while (Math.abs(value) > 2) value = random.normal();
  return value;
}

/**
 * Puts stored parameters onto the backend.
 *
 * @returns tensors that the caller disposes
 * @throws RunError naming the parameter that is missing, unknown or of another shape
 */
export function uploadWeights(tf: TensorFlow, stored: StoredTensors, shape: Architecture): Weights {
  const expected = parameterShapes(layersOf(shape));
  const names = new Set(expected.map(({ name }) => name));
  const unknown = Object.keys(stored).find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new RunError(`the weights hold ${unknown}, which this configuration has not`);
  }
  for (const { name, shape } of expected) {
    const tensor = stored[name];
    if (tensor === undefined) throw new RunError(`the weights lack ${name}`);
    if (tensor.shape.join() !== shape.join()) {
      throw new RunError(`${name} is [${tensor.shape}] where the configuration says [${shape}]`);
    }
  }
  return Object.fromEntries(
    expected.map(({ name, shape }) => [name, tf.tensor(stored[name]!.data, [...shape], 'float32')]),
  );
}

/** Copies parameters off the backend. */
export async function downloadWeights(weights: Weights): Promise<StoredTensors> {
  const entries = await Promise.all(
    Object.entries(weights).map(async ([name, tensor]): Promise<[string, StoredTensor]> => {
      // A copy: the cpu backend hands out the array that it computes on.
      const data = Float32Array.from((await tensor.data()) as Float32Array);
      return [name, { shape: tensor.shape, data }];
    }),
  );
  return Object.fromEntries(entries);
}

/** Frees the parameters. */
export function disposeWeights(weights: Weights): void {
  for (const tensor of Object.values(weights)) tensor.dispose();
}
