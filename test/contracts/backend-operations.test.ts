/** The operations that models use, compared with plain references on every backend. */

import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorFlow } from '../../src/backend/engine.js';
import { adamStep } from '../../src/backend/operations/adam.js';
import { affine, tanh } from '../../src/backend/operations/dense.js';
import {
  gaussianDivergence,
  gaussianSample,
  standardNormals,
} from '../../src/backend/operations/gaussian.js';
import { sparseProduct } from '../../src/backend/operations/sparse.js';
import type { Likelihood } from '../../src/config/network-parameters.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { ShapeError } from '../../src/errors.js';
import { negativeLogLikelihood } from '../../src/model/autoencoder/likelihoods.js';
import { RandomStream } from '../../src/random.js';
import { loadableBackends } from './loadable-backends.js';

const likelihoods: Likelihood[] = ['multinomial', 'bernoulli', 'gaussian'];

/** Shapes of a product. Rows may be empty, and items may have no clicks. */
const problems = fc
  .record({
    rows: fc.integer({ min: 1, max: 5 }),
    items: fc.integer({ min: 1, max: 9 }),
    width: fc.integer({ min: 1, max: 4 }),
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
  })
  .map(({ rows, items, width, seed }) => {
    const random = new RandomStream(seed, 'problem');
    const clicks = ClickMatrix.fromRows(
      items,
      Array.from({ length: rows }, () =>
        Array.from(random.permutation(items)).slice(0, random.integer(items + 1)),
      ),
    );
    const numbers = (count: number) => Array.from({ length: count }, () => random.normal());
    return { rows, items, width, clicks, numbers };
  });

function clicked(clicks: ClickMatrix, u: number, i: number): number {
  return clicks.row(u).includes(i) ? 1 : 0;
}

/** −log p(x|f) of one row, as the paper writes it, in doubles. */
const references: Record<Likelihood, (f: readonly number[], x: readonly number[]) => number> = {
  multinomial: (f, x) => {
    const logSum = Math.log(f.reduce((sum, value) => sum + Math.exp(value), 0));
    return -f.reduce((sum, value, i) => sum + x[i]! * (value - logSum), 0);
  },
  bernoulli: (f, x) =>
    -f.reduce((sum, value, i) => {
      const p = 1 / (1 + Math.exp(-value));
      return sum + x[i]! * Math.log(p) + (1 - x[i]!) * Math.log(1 - p);
    }, 0),
  gaussian: (f, x) => f.reduce((sum, value, i) => sum + 0.5 * (x[i]! - value) ** 2, 0),
};

async function read(tensor: Tensor): Promise<number[]> {
  const values = Array.from((await tensor.data()) as Float32Array);
  tensor.dispose();
  return values;
}

function expectClose(actual: readonly number[], expected: readonly number[], tolerance = 2e-5) {
  expect(actual.length).toBe(expected.length);
  const size = Math.max(1, ...expected.map(Math.abs));
  actual.forEach((value, k) => {
    // `expect` for each of a hundred thousand elements takes seconds.
    if (!(Math.abs(value - expected[k]!) / size < tolerance)) {
      expect.fail(`element ${k} is ${value}, not ${expected[k]}`);
    }
  });
}

describe.each(await loadableBackends())('the operations on $label', ({ open }) => {
  let tf: TensorFlow;
  beforeAll(async () => {
    ({ tf } = await open());
  });

  it('multiplies sparse rows as a dense product does, forwards and backwards', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ rows, items, width, clicks, numbers }) => {
        const scale = Float32Array.from(numbers(rows));
        const kernel = numbers(items * width);
        const dy = numbers(rows * width);
        const product: number[] = [];
        const gradient = new Array<number>(items * width).fill(0);
        for (let u = 0; u < rows; u++) {
          for (let h = 0; h < width; h++) {
            let sum = 0;
            for (let i = 0; i < items; i++) {
              const x = scale[u]! * clicked(clicks, u, i);
              sum += x * kernel[i * width + h]!;
              gradient[i * width + h]! += x * dy[u * width + h]!;
            }
            product.push(sum);
          }
        }
        const before = tf.memory().numTensors;
        const w = tf.tensor2d(kernel, [items, width]);
        const dyTensor = tf.tensor2d(dy, [rows, width]);
        const input = { clicks, scale };
        expectClose(await read(tf.tidy(() => sparseProduct(tf, input, w))), product);
        const backwards = tf.grad((x: Tensor) => sparseProduct(tf, input, x as Tensor2D));
        expectClose(await read(tf.tidy(() => backwards(w, dyTensor))), gradient);
        tf.dispose([w, dyTensor]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 40 },
    );
  });

  it('refuses rows that do not fit the kernel', () => {
    const clicks = ClickMatrix.fromRows(3, [[0]]);
    const kernel = tf.zeros([4, 2]) as Tensor2D;
    const input = { clicks, scale: new Float32Array(1) };
    expect(() => sparseProduct(tf, input, kernel)).toThrow(ShapeError);
    kernel.dispose();
  });

  it('adds in the same order every time', async () => {
    const random = new RandomStream(2, 'order');
    const rows = 4;
    const items = 2100;
    const width = 40;
    const numbers = (count: number) => Array.from({ length: count }, () => random.normal());
    const users = Array.from({ length: rows }, () => random.permutation(items).slice(0, 300));
    const clicks = ClickMatrix.fromRows(items, users);
    const input = { clicks, scale: Float32Array.from(numbers(rows)) };
    const logits = tf.tensor2d(numbers(rows * items), [rows, items]);
    const kernel = tf.tensor2d(numbers(items * width), [items, width]);
    const bias = tf.tensor1d(numbers(width));
    const sums: Record<string, () => Tensor> = {
      'sparse product': () => sparseProduct(tf, input, kernel),
      'deep product': () => affine(tf, logits, { kernel, bias }),
      likelihood: () => negativeLogLikelihood(tf, 'multinomial', { logits, clicks }),
    };
    for (const [name, sum] of Object.entries(sums)) {
      const first = await read(tf.tidy(sum));
      for (let k = 0; k < 10; k++) expect(await read(tf.tidy(sum)), name).toEqual(first);
    }
    tf.dispose([logits, kernel, bias]);
  });

  it('sums hundreds of clicks of a row, and hundreds of rows of an item', async () => {
    const random = new RandomStream(5, 'long rows');
    const rows = 210;
    const items = 230;
    const width = 3;
    const numbers = (count: number) => Array.from({ length: count }, () => random.normal());
    const users = Array.from({ length: rows }, (_, u) =>
      u === 7 ? [] : random.permutation(items).slice(0, 1 + random.integer(items)),
    );
    const clicks = ClickMatrix.fromRows(items, users);
    const scale = numbers(rows);
    const kernel = numbers(items * width);
    const logits = numbers(rows * items);
    const dy = numbers(rows);
    const dProduct = numbers(rows * width);
    const product = new Array<number>(rows * width).fill(0);
    const kernelGradient = new Array<number>(items * width).fill(0);
    const nll = new Array<number>(rows).fill(0);
    const logitGradient = logits.map((f, k) => f * dy[Math.floor(k / items)]!);
    users.forEach((user, u) => {
      for (let i = 0; i < items; i++) nll[u]! += logits[u * items + i]! ** 2 / 2;
      for (const i of user) {
        nll[u]! += 0.5 - logits[u * items + i]!;
        logitGradient[u * items + i]! -= dy[u]!;
        for (let h = 0; h < width; h++) {
          product[u * width + h]! += scale[u]! * kernel[i * width + h]!;
          kernelGradient[i * width + h]! += scale[u]! * dProduct[u * width + h]!;
        }
      }
    });
    const w = tf.tensor2d(kernel, [items, width]);
    const f = tf.tensor2d(logits, [rows, items]);
    const input = { clicks, scale: Float32Array.from(scale) };
    const multiply = (x: Tensor) => sparseProduct(tf, input, x as Tensor2D);
    const explain = (x: Tensor) =>
      negativeLogLikelihood(tf, 'gaussian', { logits: x as Tensor2D, clicks });
    const along = [tf.tensor2d(dProduct, [rows, width]), tf.tensor1d(dy)] as const;
    expectClose(await read(tf.tidy(() => multiply(w))), product);
    expectClose(await read(tf.tidy(() => tf.grad(multiply)(w, along[0]))), kernelGradient);
    expectClose(await read(tf.tidy(() => explain(f))), nll);
    expectClose(await read(tf.tidy(() => tf.grad(explain)(f, along[1]))), logitGradient);
    tf.dispose([w, f, ...along]);
  });

  it('computes the affine layer and its gradients', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ rows, items, width, numbers }) => {
        const x = tf.tensor2d(numbers(rows * items), [rows, items]);
        const w = tf.tensor2d(numbers(items * width), [items, width]);
        const b = tf.tensor1d(numbers(width));
        const dy = tf.tensor2d(numbers(rows * width), [rows, width]);
        const plain = (...[x, w, b]: Tensor[]) => tf.add(tf.matMul(x!, w!), b!);
        const ours = (...[x, w, b]: Tensor[]) =>
          affine(tf, x as Tensor2D, { kernel: w as Tensor2D, bias: b as Tensor1D });
        const before = tf.memory().numTensors;
        expectClose(await read(ours(x, w, b)), await read(tf.tidy(() => plain(x, w, b))));
        const expected = tf.grads(plain)([x, w, b], dy);
        const actual = tf.grads(ours)([x, w, b], dy);
        for (const [k, tensor] of actual.entries()) {
          expectClose(await read(tensor), await read(expected[k]!));
        }
        expect(tf.memory().numTensors).toBe(before);
        tf.dispose([x, w, b, dy]);
      }),
      { numRuns: 20 },
    );
  });

  it.each(likelihoods)('computes the %s likelihood and its gradient', async (likelihood) => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ rows, items, clicks, numbers }) => {
        const logits = numbers(rows * items);
        const dy = numbers(rows);
        const rowsOf = (values: readonly number[], u: number) =>
          values.slice(u * items, (u + 1) * items);
        const x = Array.from({ length: rows }, (_, u) =>
          Array.from({ length: items }, (_, i) => clicked(clicks, u, i)),
        );
        const nll = (f: readonly number[], u: number) => references[likelihood](f, x[u]!);
        const gradient = logits.map((_, place) => {
          const u = Math.floor(place / items);
          const shifted = (by: number) =>
            rowsOf(logits, u).map((f, i) => (i === place % items ? f + by : f));
          return (dy[u]! * (nll(shifted(1e-5), u) - nll(shifted(-1e-5), u))) / 2e-5;
        });
        const before = tf.memory().numTensors;
        const f = tf.tensor2d(logits, [rows, items]);
        const dyTensor = tf.tensor1d(dy);
        const forwards = tf.tidy(() =>
          negativeLogLikelihood(tf, likelihood, { logits: f, clicks }),
        );
        expectClose(
          await read(forwards),
          x.map((_, u) => nll(rowsOf(logits, u), u)),
        );
        const backwards = tf.grad((x: Tensor) =>
          negativeLogLikelihood(tf, likelihood, { logits: x as Tensor2D, clicks }),
        );
        expectClose(await read(tf.tidy(() => backwards(f, dyTensor))), gradient);
        tf.dispose([f, dyTensor]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 25 },
    );
  });

  it('computes tanh and its gradient', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ rows, width, numbers }) => {
        const x = numbers(rows * width);
        const dy = numbers(rows * width);
        const before = tf.memory().numTensors;
        const input = tf.tensor2d(x, [rows, width]);
        const dyTensor = tf.tensor2d(dy, [rows, width]);
        expectClose(await read(tanh(tf, input)), x.map(Math.tanh));
        const gradient = tf.grad((x: Tensor) => tanh(tf, x as Tensor2D))(input, dyTensor);
        expectClose(
          await read(gradient),
          x.map((value, k) => dy[k]! * (1 - Math.tanh(value) ** 2)),
        );
        tf.dispose([input, dyTensor]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('samples from the posterior and computes its divergence from the prior, with gradients', async () => {
    await fc.assert(
      fc.asyncProperty(problems, async ({ rows, width, numbers }) => {
        const size = rows * width;
        const mu = numbers(size);
        const logvar = numbers(size);
        const noise = numbers(size);
        const dz = numbers(size);
        const dy = numbers(rows);
        const at = (k: number) => ({ m: mu[k]!, l: logvar[k]!, e: noise[k]! });
        const places = Array.from({ length: size }, (_, k) => k);
        const sample = places.map((k) => at(k).m + at(k).e * Math.exp(at(k).l / 2));
        const term = (k: number) => 0.5 * (Math.exp(at(k).l) + at(k).m ** 2 - 1 - at(k).l);
        const divergence = dy.map((_, u) =>
          places.slice(u * width, (u + 1) * width).reduce((sum, k) => sum + term(k), 0),
        );
        const before = tf.memory().numTensors;
        const tensors = [mu, logvar].map((x) => tf.tensor2d(x, [rows, width])) as Tensor[];
        const dzTensor = tf.tensor2d(dz, [rows, width]);
        const dyTensor = tf.tensor1d(dy);
        const draw = (...[mu, logvar]: Tensor[]) =>
          gaussianSample(tf, posterior(mu, logvar), Float32Array.from(noise));
        const tell = (...[mu, logvar]: Tensor[]) => gaussianDivergence(tf, posterior(mu, logvar));
        const posterior = (mu?: Tensor, logvar?: Tensor) => ({
          mu: mu as Tensor2D,
          logvar: logvar as Tensor2D,
        });
        expectClose(await read(tf.tidy(() => draw(...tensors))), sample);
        expectClose(await read(tf.tidy(() => tell(...tensors))), divergence);
        const [dMu, dLogvar] = tf.grads(draw)(tensors, dzTensor);
        expectClose(await read(dMu!), dz);
        const slope = (k: number) => dz[k]! * at(k).e * 0.5 * Math.exp(at(k).l / 2);
        expectClose(await read(dLogvar!), places.map(slope));
        const [kMu, kLogvar] = tf.grads(tell)(tensors, dyTensor);
        const user = (k: number) => dy[Math.floor(k / width)]!;
        expectClose(
          await read(kMu!),
          places.map((k) => user(k) * at(k).m),
        );
        const excess = (k: number) => user(k) * 0.5 * (Math.exp(at(k).l) - 1);
        expectClose(await read(kLogvar!), places.map(excess));
        tf.dispose([...tensors, dzTensor, dyTensor]);
        expect(tf.memory().numTensors).toBe(before);
      }),
      { numRuns: 20 },
    );
  });

  it('draws the same normals as plain JavaScript', () => {
    for (const count of [0, 1, 2, 7, 10_000]) {
      const own = new RandomStream(3, 'noise');
      const plain = new RandomStream(3, 'noise');
      for (let round = 0; round < 2; round++) {
        expect(standardNormals(tf, own, count)).toEqual(plain.normals(count));
      }
      expect(own.normal()).toBe(plain.normal());
    }
  });

  it('does not overflow at large logits, and gives an empty row a multinomial loss of 0', async () => {
    const clicks = ClickMatrix.fromRows(3, [[0, 2], []]);
    const logits = tf.tensor2d([300, -300, 0, 300, 200, 100], [2, 3]);
    const nll = tf.tidy(() => negativeLogLikelihood(tf, 'multinomial', { logits, clicks }));
    expectClose(await read(nll), [300, 0]);
    const bernoulli = tf.tidy(() => negativeLogLikelihood(tf, 'bernoulli', { logits, clicks }));
    expectClose(await read(bernoulli), [Math.log(2), 600]);
    logits.dispose();
  });

  it('refuses logits that do not fit the clicks', () => {
    const logits = tf.zeros([2, 3]) as Tensor2D;
    const clicks = ClickMatrix.fromRows(3, [[0]]);
    expect(() => negativeLogLikelihood(tf, 'multinomial', { logits, clicks })).toThrow(ShapeError);
    logits.dispose();
  });

  it('takes Adam’s steps as the paper writes them, and the same ones twice', async () => {
    const random = new RandomStream(1, 'adam');
    const gradients = Array.from({ length: 4 }, () => [random.normal(), 1e-6 * random.normal(), 0]);
    const run = async () => {
      let state = {
        weight: tf.tensor1d([0.5, -0.25, 1]) as Tensor,
        m: tf.zeros([3]) as Tensor,
        v: tf.zeros([3]) as Tensor,
      };
      for (const [k, gradient] of gradients.entries()) {
        const g = tf.tensor1d(gradient);
        const next = adamStep(tf, state, g, { learningRate: 1e-2, update: k + 1 });
        tf.dispose([g, state.weight, state.m, state.v]);
        state = next;
      }
      tf.dispose([state.m, state.v]);
      return read(state.weight);
    };
    const reference = [0.5, -0.25, 1];
    for (let k = 0; k < 3; k++) {
      let m = 0;
      let v = 0;
      gradients.forEach((gradient, step) => {
        m = 0.9 * m + 0.1 * gradient[k]!;
        v = 0.999 * v + 0.001 * gradient[k]! ** 2;
        const t = step + 1;
        const corrected = Math.sqrt(v / (1 - 0.999 ** t)) + 1e-8;
        reference[k]! -= (1e-2 * (m / (1 - 0.9 ** t))) / corrected;
      });
    }
    const before = tf.memory().numTensors;
    const first = await run();
    expectClose(first, reference, 1e-6);
    expect(await run()).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
  });
});
