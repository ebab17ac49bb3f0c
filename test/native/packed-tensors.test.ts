/** Tensors whose layers are packed. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { TensorFlow } from '../../src/backend/engine.js';
import type { NativeBackend } from '../../src/backend/native/tensors.js';
import { decodedTopN } from '../../src/backend/operations/top-n.js';
import { layerPrecisions, packLayer } from '../../src/backend/packed-layer.js';
import { openEngine } from '../../src/backend/select.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { Numbers, native, whySkipped } from './support.js';

/** bf16 only where the processor has it. */
const precisions = layerPrecisions.filter((name) => name !== 'bf16' || native?.info().bf16);

const depth = 7;
const columns = 197;

describe.skipIf(whySkipped !== '')(`tensors of packed layers ${whySkipped}`, () => {
  let tf: TensorFlow;
  let backend: NativeBackend;
  const numbers = new Numbers(5);
  const weights = numbers.normal(depth * columns);
  const left = numbers.normal(3 * depth);

  beforeAll(async () => {
    ({ tf } = await openEngine('native'));
    backend = tf.backend() as unknown as NativeBackend;
  });

  const makeKernel = () => tf.tensor2d(weights.slice(), [depth, columns]);
  const makeBias = () => tf.tensor1d(new Float32Array(columns).fill(0.5));

  it.each(precisions)('read as the packed values, in %s', async (precision) => {
    const kernel = makeKernel();
    const bias = makeBias();
    packLayer(tf, kernel, bias, precision);
    const expected = native.unpackLayer(backend.packed(kernel, bias)!);
    if (precision === 'f32') expect(expected).toEqual(weights);
    expect(await kernel.data()).toEqual(expected);
    expect(kernel.dataSync()).toEqual(expected);
    // Writing to a copy does not change the layer.
    kernel.dataSync().fill(0);
    expect(kernel.dataSync()).toEqual(expected);

    // Kernels of the addon, and ones of the JavaScript backend.
    const plain = tf.tensor2d(expected.slice(), [depth, columns]);
    const computations: ((x: Tensor2D) => ReturnType<typeof tf.add>)[] = [
      (x) => tf.transpose(x),
      (x) => tf.add(x, 1),
      (x) => tf.slice(x, [1, 5], [2, 40]),
      (x) => tf.gather(x, [3, 0]),
      (x) => tf.matMul(x, x, false, true),
      (x) => tf.matMul(tf.tensor2d(left, [3, depth]), x),
      (x) => tf.fused.matMul({ a: tf.tensor2d(left, [3, depth]), b: x, activation: 'relu' }),
      (x) => tf.cumsum(x, 1),
      (x) => tf.reverse(x, 0),
      (x) => tf.reshape(x, [columns, depth]),
    ];
    for (const compute of computations) {
      const [actual, wanted] = tf.tidy(() => [
        compute(kernel).dataSync(),
        compute(plain).dataSync(),
      ]);
      expect(actual).toEqual(wanted);
    }
    tf.dispose([kernel, bias, plain]);
  });

  it('are not unpacked for products and rankings', async () => {
    const kernel = makeKernel();
    const bias = makeBias();
    packLayer(tf, kernel, bias, 'f32');
    const unpack = vi.spyOn(backend.kernels, 'unpackLayer');
    const hidden = tf.tensor2d(left, [3, depth]);
    const scores = tf.fused.matMul({ a: hidden, b: kernel, bias });
    const mask = ClickMatrix.fromRows(columns, [[1], [], [2, 3]]);
    const best = await decodedTopN(tf, { hidden, layer: { kernel, bias } }, mask, 5);
    expect(best!.items).toHaveLength(15);
    tf.dispose([scores, hidden, kernel, bias]);
    expect(unpack).not.toHaveBeenCalled();
    unpack.mockRestore();
  });

  it('count as one tensor each, however many share them, and leave nothing behind', () => {
    const before = tf.memory();
    const dataBefore = backend.numDataIds();
    const kernel = makeKernel();
    const bias = makeBias();
    const early = kernel.clone();
    packLayer(tf, kernel, bias, 'int8');
    const late = kernel.reshape([1, depth, columns]);
    expect(tf.memory().numTensors).toBe(before.numTensors + 4);
    // TensorFlow.js counts tensors that share their data each for itself, and every value as f32.
    const bytes = 4 * (3 * depth * columns + columns);
    expect(tf.memory().numBytes).toBe(before.numBytes + bytes);
    expect(backend.numDataIds()).toBe(dataBefore + 2);
    const values = kernel.dataSync();
    kernel.dispose();
    expect(early.dataSync()).toEqual(values);
    early.dispose();
    expect(late.dataSync()).toEqual(values);
    tf.dispose([late, bias]);
    expect(tf.memory().numTensors).toBe(before.numTensors);
    expect(tf.memory().numBytes).toBe(before.numBytes);
    expect(backend.numDataIds()).toBe(dataBefore);
  });

  it('can be packed again, with another bias too', () => {
    const kernel = makeKernel();
    const bias = makeBias();
    const other = makeBias();
    packLayer(tf, kernel, bias, 'f32');
    packLayer(tf, kernel, other, 'f32');
    expect(backend.packed(kernel, bias)).toBeNull();
    expect(backend.packed(kernel, other)).not.toBeNull();
    expect(kernel.dataSync()).toEqual(weights);
    packLayer(tf, kernel, other, 'int8');
    const rounded = kernel.dataSync();
    expect(rounded).not.toEqual(weights);
    packLayer(tf, kernel, other, 'f32');
    expect(kernel.dataSync()).toEqual(rounded);
    tf.dispose([kernel, bias, other]);
  });

  it('free their source, and the packed form once disposed', async () => {
    const kept: { kernel: Tensor2D; bias: Tensor1D }[] = [];
    /** In a frame of its own, which nothing is left of. */
    const pack = () => {
      const original = weights.slice();
      const kernel = tf.tensor2d(original, [depth, columns]);
      const bias = makeBias();
      packLayer(tf, kernel, bias, 'f32');
      kept.push({ kernel, bias });
      const { words } = backend.packed(kernel, bias)!;
      return { original: new WeakRef(original.buffer), packed: new WeakRef(words.buffer) };
    };
    const { original, packed } = pack();
    await collectGarbage();
    expect(original.deref()).toBeUndefined();
    expect(packed.deref()).toBeDefined();
    await collectGarbage();
    for (const { kernel, bias } of kept.splice(0)) tf.dispose([kernel, bias]);
    await collectGarbage();
    expect(packed.deref()).toBeUndefined();
  });
});

async function collectGarbage(): Promise<void> {
  // What a WeakRef gave stays until its turn of the event loop is over.
  await new Promise(setImmediate);
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
}
