/** What the backend webgpu promises besides the common contract. */

import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/backend/engine.js';
import { adamStep } from '../../src/backend/operations/adam.js';
import { sparseProduct } from '../../src/backend/operations/sparse.js';
import { openEngine } from '../../src/backend/select.js';
import type { Likelihood } from '../../src/config/network-parameters.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { BackendError } from '../../src/errors.js';
import { negativeLogLikelihood } from '../../src/model/autoencoder/likelihoods.js';

/** What these tests use of TensorFlow.js's WebGPU backend. */
interface Backend {
  readonly device: {
    readonly limits: { readonly maxBufferSize: number };
    createBuffer(descriptor: { size: number; usage: number }): unknown;
  };
}

const tf = await openEngine('webgpu').then(
  (engine): TensorFlow => engine.tf,
  (error: Error) => {
    console.info(`skipped, ${error.message}`);
    return null;
  },
);

describe.skipIf(tf === null)('the backend webgpu', () => {
  // Numbers of clicks of their own, since what one keeps the next would find.
  const cases: [Likelihood, number][] = [
    ['multinomial', 97],
    ['bernoulli', 113],
    ['gaussian', 129],
  ];
  it.each(cases)('keeps no memory for every number of clicks, %s', async (likelihood, least) => {
    const { tf } = await openEngine('webgpu');
    const items = 100;
    const width = 4;
    const logits = tf.zeros([2, items]);
    const kernel = tf.zeros([items, width]);
    const along = [tf.ones([2]), tf.ones([2, width])] as const;
    const allocated: number[] = [];
    for (let n = least; n < least + 16; n++) {
      const row = (first: number, count: number) =>
        Array.from({ length: count }, (_, k) => (first + k) % items);
      const clicks = ClickMatrix.fromRows(items, [row(0, 50), row(n, n - 50)]);
      const input = { clicks, scale: Float32Array.of(1, 1) };
      const explain = (x: Tensor) =>
        negativeLogLikelihood(tf, likelihood, { logits: x as Tensor2D, clicks });
      const multiply = (x: Tensor) => sparseProduct(tf, input, x as Tensor2D);
      const gradients = [tf.grad(explain)(logits, along[0]), tf.grad(multiply)(kernel, along[1])];
      for (const gradient of gradients) await gradient.data();
      tf.dispose(gradients);
      const memory = tf.memory() as unknown as { numBytesAllocatedInGPU: number };
      allocated.push(memory.numBytesAllocatedInGPU);
    }
    expect(allocated).toEqual(allocated.map(() => allocated[0]));
    tf.dispose([logits, kernel, ...along]);
  });

  it('keeps apart what is uploaded one after the other', async () => {
    const { tf } = await openEngine('webgpu');
    const size = 2000; // TensorFlow.js adds less than 1000 on the host
    const sums = Array.from({ length: 40 }, (_, k) =>
      tf.tidy(() => tf.add(tf.tensor1d(new Float32Array(size).fill(k)), tf.ones([size]))),
    );
    for (const [k, sum] of sums.entries()) {
      expect(new Set((await sum.data()) as Float32Array)).toEqual(new Set([k + 1]));
    }
    tf.dispose(sums);
  });

  it('computes more values than one axis of workgroups has', async () => {
    const { tf } = await openEngine('webgpu');
    const size = 65_535 * 64 + 1;
    const state = { weight: tf.zeros([size]), m: tf.zeros([size]), v: tf.zeros([size]) };
    const gradient = tf.ones([size]);
    const after = adamStep(tf, state, gradient, { learningRate: 0.5, update: 1 });
    const weights = (await after.weight.data()) as Float32Array;
    expect(weights.length).toBe(size);
    const wrong = weights.findIndex((weight) => Math.abs(weight + 0.5) > 1e-6);
    expect(wrong).toBe(-1);
    tf.dispose([...Object.values(state), gradient, ...Object.values(after)]);
  });

  // The last one: no read succeeds after it.
  it('fails to read once the device has reported an error', async () => {
    const { tf } = await openEngine('webgpu');
    const sum = tf.add(tf.tensor1d([1, 2]), 1);
    expect(Array.from(await sum.data())).toEqual([2, 3]);
    const { device } = tf.backend() as unknown as Backend;
    device.createBuffer({ size: device.limits.maxBufferSize + 4, usage: 8 });
    const next = tf.add(sum, 1);
    await expect(next.data()).rejects.toThrow(BackendError);
    await expect(tf.add(next, 1).data()).rejects.toThrow(/the GPU failed.*--backend native/s);
  });
});
