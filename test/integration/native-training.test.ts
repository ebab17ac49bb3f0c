/** Training on the native backend: same bits for any thread count, close to the reference, no leak. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { Engine } from '../../src/backend/engine.js';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import { inPrecision, requirePrecision } from '../../src/backend/precision.js';
import { openEngine, surveyBackends } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import {
  downloadWeights,
  initialWeights,
  uploadWeights,
} from '../../src/model/autoencoder/weights.js';
import { networkOf } from '../../src/model/models.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import { trainingStep } from '../../src/model/training/training-step.js';
import { checkerboard } from '../fixtures/checkerboard.js';

const report = (await surveyBackends()).find(({ name }) => name === 'native')!;
const why = report.found ? '' : `skipped: ${report.why}`;

/** Large enough to split every product into several tasks. */
const items = 900;
const config = parseConfig('mult-vae', { hiddenDims: [150], latentDim: 40, batchSize: 130 });
const network = networkOf(config, items);
const { shape } = network;
const clicks = checkerboard(config.batchSize, items, 30, 1);

async function train(engine: Engine, steps: number, optimizer?: Optimizer, own = network) {
  const parameters = optimizer ?? newOptimizer(engine);
  for (let update = 0; update < steps; update++) {
    const pass = own.passes[0]!;
    await trainingStep(engine.tf, own, parameters, { clicks, update, beta: 0.2, pass });
  }
  const weights = await downloadWeights(parameters.weights);
  if (optimizer === undefined) parameters.dispose();
  return weights;
}

function newOptimizer({ tf }: Engine): Optimizer {
  return new Optimizer(tf, uploadWeights(tf, initialWeights(shape, 1), shape), {
    learningRate: 1e-3,
  });
}

describe.skipIf(why)(`a training on native ${why}`, () => {
  it('gives the same bits for any number of threads, and in a second run', async () => {
    const whole = await train(await openEngine('native', { threads: 1 }), 6);
    for (const threads of [2, 3, 5, 5]) {
      expect(await train(await openEngine('native', { threads }), 6)).toEqual(whole);
    }
    expect(await train(await openEngine('native'), 5)).not.toEqual(whole);
  });

  it('gives nearly the weights of the reference backend', async () => {
    const expected = await train(await openEngine('cpu'), 3);
    const actual = await train(await openEngine('native'), 3);
    for (const [name, { data }] of Object.entries(expected)) {
      const distance = Array.from(data, (value, k) => Math.abs(value - actual[name]!.data[k]!));
      // Adam's first steps do not depend on the gradient's size, so rounding errors show in full.
      const mean = distance.reduce((sum, value) => sum + value, 0) / data.length;
      expect(mean, name).toBeLessThan(1e-5);
    }
  });

  it('does not write to the arrays that it is given', async () => {
    const engine = await openEngine('native');
    const stored = initialWeights(shape, 1);
    const optimizer = new Optimizer(engine.tf, uploadWeights(engine.tf, stored, shape), {
      learningRate: 1e-3,
    });
    const clone = engine.tf.clone(optimizer.weights['decoder/hidden/bias']!);
    const trained = await train(engine, 2, optimizer);
    expect(stored).toEqual(initialWeights(shape, 1));
    expect(trained).not.toEqual(stored);
    // A clone of a parameter stays as it was, and so does an array that was read earlier.
    expect(await clone.data()).toEqual(stored['decoder/hidden/bias']!.data);
    const read = await optimizer.weights['decoder/hidden/bias']!.data();
    const before = read.slice();
    await train(engine, 1, optimizer);
    expect(read).toEqual(before);
    clone.dispose();
    optimizer.dispose();
  });

  it('does not leak memory', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const engine = await openEngine('native');
    const optimizer = newOptimizer(engine);
    const bytes = async (steps: number) => {
      await train(engine, steps, optimizer);
      // A thread of V8 frees memory found by the first collection; the second one waits for that thread.
      collect();
      collect();
      return process.memoryUsage().arrayBuffers;
    };
    const before = await bytes(3);
    const { numTensors, numBytes } = engine.tf.memory();
    const logits = 4 * config.batchSize * items;
    expect((await bytes(20)) - before).toBeLessThan(logits);
    expect(engine.tf.memory().numTensors).toBe(numTensors);
    expect(engine.tf.memory().numBytes).toBe(numBytes);
    optimizer.dispose();
  });
});

const hasBf16 = report.found && loadNativeKernels().info().bf16;
const whyNoBf16 = hasBf16 ? '' : 'skipped: no bf16 instruction here';

describe.skipIf(!hasBf16)(`a training in bf16 ${whyNoBf16}`, () => {
  const bf16 = networkOf({ ...config, precision: 'bf16' }, items);

  it('gives the same bits for any number of threads, near the weights of f32', async () => {
    const whole = await train(await openEngine('native', { threads: 1 }), 6, undefined, bf16);
    for (const threads of [2, 3]) {
      const engine = await openEngine('native', { threads });
      expect(await train(engine, 6, undefined, bf16)).toEqual(whole);
    }
    const f32 = await train(await openEngine('native'), 6);
    for (const [name, { data }] of Object.entries(f32)) {
      const distance = Array.from(data, (value, k) => Math.abs(value - whole[name]!.data[k]!));
      const mean = distance.reduce((sum, value) => sum + value, 0) / data.length;
      // Six steps of at most 1e-3 each: most parameters move alike, but not bit for bit.
      expect(mean, name).toBeGreaterThan(0);
      expect(mean, name).toBeLessThan(6e-4);
    }
  });

  it('leaves computations outside the step in f32', async () => {
    const { tf } = await openEngine('native');
    const product = () => tf.matMul(tf.fill([8, 8], 1 + 2 ** -12), tf.eye(8)).dataSync()[0];
    expect(inPrecision(tf, 'bf16', product)).toBe(1);
    expect(() => inPrecision(tf, 'bf16', failure)).toThrow('in the middle');
    expect(product()).toBe(1 + 2 ** -12);
  });
});

it('refuses bf16 with a sentence where it is not available', async () => {
  const { tf } = await openEngine('cpu');
  expect(() => inPrecision(tf, 'bf16', failure)).toThrow(
    'precision bf16 cannot be had here: the backend cpu has none; native has it.',
  );
  if (why) return console.log(`native ${why}`);
  const engine = await openEngine('native');
  const kernels = loadNativeKernels();
  const { isa } = kernels.info();
  kernels.setIsa('portable');
  try {
    expect(() => requirePrecision(engine.tf, 'bf16')).toThrow(
      /the instruction set in use is portable/,
    );
    expect(() => requirePrecision(engine.tf, 'f32')).not.toThrow();
  } finally {
    kernels.setIsa(isa);
  }
});

function failure(): never {
  throw new Error('in the middle');
}
