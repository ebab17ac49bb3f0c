/** Sampled softmax: its operations compared with plain references, and its steps with full ones, on every backend. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/backend/engine.js';
import { adamStep } from '../../src/backend/operations/adam.js';
import { affine } from '../../src/backend/operations/dense.js';
import { decodedTopN, topN } from '../../src/backend/operations/top-n.js';
import { likelihoods } from '../../src/config/network-parameters.js';
import { parseConfig } from '../../src/config/parse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { negativeLogLikelihood } from '../../src/model/autoencoder/likelihoods.js';
import { arranged } from '../../src/model/autoencoder/sampling/sampled-network.js';
import { downloadWeights, uploadWeights } from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import { trainingStep } from '../../src/model/training/training-step.js';
import { RandomStream } from '../../src/random.js';
import type { StoredTensors } from '../../src/runs/format.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { distance } from './golden-network.js';
import { loadableBackends } from './loadable-backends.js';

const random = new RandomStream(7, 'sampled softmax');
const numbers = (count: number) => Float32Array.from({ length: count }, () => random.normal());
const clicks = ClickMatrix.fromRows(6, [[1, 4], [], [0, 1, 5]]);
const logits = numbers(18);
const dy = numbers(3);
/** Columns 2 and 3 stand for three and two items. */
const itemWeights = Float32Array.of(1, 1, 3, 2, 1, 1);

/** The same rows with each column as often as it stands for. */
const repeated = [0, 1, 2, 2, 2, 3, 3, 4, 5];

const networks = [
  parseConfig('mult-vae', { hiddenDims: [5], latentDim: 3, seed: 2, dropout: 0 }),
  parseConfig('mult-vae', {
    hiddenDims: [5],
    latentDim: 3,
    seed: 2,
    likelihood: 'bernoulli',
    dropout: 0,
  }),
  parseConfig('mult-dae', { hiddenDims: [5], latentDim: 3, seed: 2, dropout: 0 }),
  parseConfig('rec-vae', { hiddenDim: 5, latentDim: 3, seed: 2, dropout: 0, learningRate: 1e-3 }),
];

describe.each(await loadableBackends())('sampled softmax on $label', ({ open }) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await open());
  });

  async function read(tensor: Tensor): Promise<number[]> {
    const values = Array.from((await tensor.data()) as Float32Array);
    tensor.dispose();
    return values;
  }

  it.each(likelihoods)('counts an item of the %s as often as it stands for', async (likelihood) => {
    const f = tf.tensor2d(logits, [3, 6]);
    const wideLogits = Float32Array.from({ length: 3 * repeated.length }, (_, k) => {
      const column = repeated[k % repeated.length]!;
      return logits[6 * Math.floor(k / repeated.length) + column]!;
    });
    const wide = tf.tensor2d(wideLogits, [3, repeated.length]);
    const places = clicks.items.map((item) => repeated.indexOf(item));
    const wideClicks = new ClickMatrix(repeated.length, clicks.offsets, places);
    const along = tf.tensor1d(dy);
    const weighted = (x: Tensor) =>
      negativeLogLikelihood(tf, likelihood, { logits: x as Tensor2D, clicks, itemWeights });
    const plain = (x: Tensor) =>
      negativeLogLikelihood(tf, likelihood, { logits: x as Tensor2D, clicks: wideClicks });
    const own = await read(tf.tidy(() => weighted(f)));
    expect(distance(own, await read(tf.tidy(() => plain(wide))))).toBeLessThan(1e-5);
    const slopes = await read(tf.tidy(() => tf.grad(weighted)(f, along)));
    const expected = new Array<number>(18).fill(0);
    for (const [k, slope] of (await read(tf.tidy(() => tf.grad(plain)(wide, along)))).entries()) {
      expected[6 * Math.floor(k / repeated.length) + repeated[k % repeated.length]!]! += slope;
    }
    expect(distance(slopes, expected)).toBeLessThan(1e-5);
    tf.dispose([f, wide, along]);
  });

  it('has an affine layer with a transposed kernel', async () => {
    const x = tf.tensor2d(numbers(12), [4, 3]);
    const kernel = tf.tensor2d(numbers(15), [3, 5]);
    const turned = tf.transpose(kernel);
    const bias = tf.tensor1d(numbers(5));
    const along = tf.tensor2d(numbers(20), [4, 5]);
    const gradients = (w: Tensor2D, isTransposed: boolean) =>
      tf.valueAndGrads((...args) => {
        const [a, kernel, b] = args as [Tensor2D, Tensor2D, Tensor1D];
        return affine(tf, a, { kernel, bias: b, isTransposed });
      })([x, w, bias], along);
    const own = gradients(turned, true);
    const plain = gradients(kernel, false);
    expect(distance(await read(own.value), await read(plain.value))).toBeLessThan(1e-5);
    const back = tf.transpose(own.grads[1]!);
    own.grads[1]!.dispose();
    for (const [k, gradient] of [own.grads[0]!, back, own.grads[2]!].entries()) {
      expect(distance(await read(gradient), await read(plain.grads[k]!))).toBeLessThan(1e-5);
    }
    tf.dispose([x, kernel, turned, bias, along]);
  });

  it('steps some rows, and leaves the others and their moments as they are', async () => {
    const rows = Int32Array.of(0, 3, 4);
    const start = [numbers(12), numbers(12), numbers(12).map((v) => v * v)] as const;
    const gradient = numbers(6);
    const dense = new Float32Array(12);
    rows.forEach((row, k) => {
      dense.set(gradient.subarray(2 * k, 2 * k + 2), 2 * row);
    });
    const run = async (own: Float32Array, shape: [number, number], of?: Int32Array) => {
      const state = () =>
        start.map((values) => tf.tensor2d(values, [6, 2])) as [Tensor, Tensor, Tensor];
      const [weight, m, v] = state();
      const g = tf.tensor2d(own, shape);
      const after = adamStep(tf, { weight, m, v }, g, { learningRate: 0.01, update: 3, rows: of });
      tf.dispose([weight, m, v, g]);
      return [await read(after.weight), await read(after.m), await read(after.v)] as const;
    };
    const before = tf.memory().numTensors;
    const some = await run(gradient, [3, 2], rows);
    const all = await run(dense, [6, 2]);
    expect(tf.memory().numTensors).toBe(before);
    some.forEach((values, part) => {
      values.forEach((value, k) => {
        const isStepped = rows.includes(k >> 1);
        if (isStepped) expect(value).toBeCloseTo(all[part]![k]!, 6);
        else expect(value).toBe(start[part]![k]);
      });
    });
  });

  it('ranks by a transposed layer as by the layer itself', async () => {
    const hidden = tf.tensor2d(numbers(30), [10, 3]);
    const kernel = tf.tensor2d(numbers(120), [40, 3]);
    const bias = tf.tensor1d(numbers(40));
    const mask = ClickMatrix.fromRows(
      40,
      Array.from({ length: 10 }, (_, u) => [u, 39 - u]),
    );
    const layer = { kernel, bias, isTransposed: true };
    const scores = await read(tf.tidy(() => affine(tf, hidden, layer)));
    const expected = topN(Float32Array.from(scores), mask, 5);
    const ranked = await decodedTopN(tf, { hidden, layer }, mask, 5);
    if (ranked !== null) expect(ranked.items).toEqual(expected.items);
    tf.dispose([hidden, kernel, bias]);
  });

  describe.each(networks)('of $model $likelihood', (config) => {
    const train = checkerboard(30, 12, 2, 1);
    const plain = networkOf(config, train.columns);

    /** The parameters and moments after two updates of each pass. */
    async function trained(sampledItems: number, batch = train) {
      const network = networkOf({ ...config, sampledItems }, train.columns);
      const optimizer = new Optimizer(
        tf,
        uploadWeights(tf, network.initialWeights(), network.shape),
        {
          learningRate: config.learningRate,
          moving: Object.keys(plain.initialWeights()).filter((name) => !name.startsWith('prior/')),
        },
      );
      const nll: number[] = [];
      let update = 0;
      for (const pass of [network.passes[0]!, network.passes.at(-1)!]) {
        for (let k = 0; k < 2; k++) {
          const step = { clicks: batch, update: update++, beta: 0.1, pass };
          nll.push((await trainingStep(tf, network, optimizer, step)).nll);
        }
      }
      const stored = {
        weights: await downloadWeights(optimizer.weights),
        m: await downloadWeights(optimizer.moments.m),
        v: await downloadWeights(optimizer.moments.v),
      };
      const of = (tensors: StoredTensors) => arranged(tensors, network.shape, plain.shape);
      optimizer.dispose();
      return { nll, weights: of(stored.weights), m: of(stored.m), v: of(stored.v) };
    }

    it('equals the full step where the sample is all items', async () => {
      const before = tf.memory().numTensors;
      const full = await trained(0);
      const sampled = await trained(train.columns);
      expect(tf.memory().numTensors).toBe(before);
      expect(distance(sampled.nll, full.nll)).toBeLessThan(1e-4);
      const clicked = new Set(train.items);
      expect(clicked.size).toBe(train.columns);
      // The penalty of Mult-DAE counts in the same way, because every row is there.
      for (const part of ['weights', 'm', 'v'] as const) {
        for (const [name, { data }] of Object.entries(full[part])) {
          const own = sampled[part][name]!.data;
          const size = Math.max(1e-9, ...data.map(Math.abs));
          const furthest = Math.max(...data.map((value, k) => Math.abs(value - own[k]!)));
          expect(furthest / size, `${part} ${name}`).toBeLessThan(2e-3);
        }
      }
    });

    it('changes clicked and sampled items alone', async () => {
      const few = ClickMatrix.fromRows(train.columns, [[2, 5], [5]]);
      const { weights, m, v } = await trained(3, few);
      const first = plain.initialWeights();
      const input = `${plain.shape.encoder[0]!.name}/kernel`;
      const width = first[input]!.shape[1]!;
      const changed = (name: string, stride: (item: number) => number[]) =>
        Array.from({ length: train.columns }, (_, item) => item).filter((item) =>
          stride(item).some(
            (k) =>
              weights[name]!.data[k] !== first[name]!.data[k] ||
              m[name]!.data[k] !== 0 ||
              v[name]!.data[k] !== 0,
          ),
        );
      const row = (item: number) => Array.from({ length: width }, (_, k) => item * width + k);
      expect(changed(input, row)).toEqual([2, 5]);
      const output = `${plain.shape.decoder.at(-1)!.name}/bias`;
      const touched = changed(output, (item) => [item]);
      expect(touched).toContain(2);
      expect(touched).toContain(5);
      // Two or four updates draw three items each.
      expect(touched.length).toBeGreaterThan(2);
      expect(touched.length).toBeLessThan(train.columns);
      const kernel = `${plain.shape.decoder.at(-1)!.name}/kernel`;
      const depth = first[kernel]!.shape[0]!;
      const column = (item: number) =>
        Array.from({ length: depth }, (_, k) => k * train.columns + item);
      expect(changed(kernel, column)).toEqual(touched);
    });
  });
});
