import { readFileSync } from 'node:fs';
import type { Tensor } from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TensorFlow } from '../../src/backend/engine.js';
import type { SparseRows } from '../../src/backend/sparse.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { type ElboInput, elboTerms } from '../../src/model/elbo.js';
import { encode } from '../../src/model/encoder.js';
import { lossGradients } from '../../src/model/gradients.js';
import { MultVae } from '../../src/model/mult-vae.js';
import { Optimizer } from '../../src/model/optimizer.js';
import {
  architecture,
  disposeWeights,
  uploadWeights,
  type Weights,
} from '../../src/model/weights.js';
import type { StoredTensors } from '../../src/runs/format.js';
import { loadableBackends } from './loadable-backends.js';

type Matrix = number[][];
interface GoldenStep {
  readonly items: number;
  readonly hidden: number;
  readonly latent: number;
  readonly clicks: Matrix;
  readonly noise: Matrix;
  readonly dropout_mask: Matrix;
  readonly parameters: Record<string, Matrix | number[]>;
  readonly mu: Matrix;
  readonly logvar: Matrix;
  readonly nll: number[];
  readonly kl: number[];
  readonly loss: number;
  readonly gradients: Record<string, Matrix | number[]>;
  readonly after_adam: Record<string, Matrix | number[]>;
  readonly losses: number[];
  readonly after_3_adam: Record<string, Matrix | number[]>;
  readonly inference_scores: Matrix;
}

const golden: GoldenStep = JSON.parse(
  readFileSync(new URL('../golden/mult-vae-step.json', import.meta.url), 'utf8'),
);
const beta = 0.2;
const shape = architecture({ hiddenDims: [golden.hidden], latentDim: golden.latent }, golden.items);

/** The largest |a − b| as a part of max|b|. */
function distance(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Number.POSITIVE_INFINITY;
  let difference = 0;
  let size = 0;
  for (let k = 0; k < expected.length; k++) {
    difference = Math.max(difference, Math.abs(actual[k]! - expected[k]!));
    size = Math.max(size, Math.abs(expected[k]!));
  }
  return difference / size;
}

function flat(values: Matrix | number[]): number[] {
  return values.flat();
}

function storedParameters(): StoredTensors {
  return Object.fromEntries(
    Object.entries(golden.parameters).map(([name, values]) => [
      name,
      {
        shape: Array.isArray(values[0]) ? [values.length, values[0].length] : [values.length],
        data: Float32Array.from(flat(values)),
      },
    ]),
  );
}

function clickRows(values: Matrix): ClickMatrix {
  return ClickMatrix.fromRows(
    golden.items,
    values.map((row) => row.flatMap((x, i) => (x === 0 ? [] : [i]))),
  );
}

const clicks = clickRows(golden.clicks);

/** The golden step's input, with the mask's dropped clicks left out. */
function corrupted(): SparseRows {
  const kept = golden.clicks.map((row, u) => row.map((x, i) => x * golden.dropout_mask[u]![i]!));
  const scale = golden.clicks.map((row) => 2 / Math.sqrt(row.reduce((sum, x) => sum + x, 0)));
  return { clicks: clickRows(kept), scale: Float32Array.from(scale) };
}

function step(noise: Matrix = golden.noise) {
  return { rows: corrupted(), clicks, noise: Float32Array.from(flat(noise)), beta };
}

async function values(tensor: Tensor): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

function elboGradients(tf: TensorFlow, weights: Weights, input: ElboInput) {
  return lossGradients(tf, weights, Object.keys(weights), (current) =>
    elboTerms(tf, shape, current, 'multinomial', input),
  );
}

describe.each(await loadableBackends())('the golden Mult-VAE step on $label', ({ open }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });

  async function gradients(noise?: Matrix) {
    const weights = uploadWeights(engine.tf, storedParameters(), shape);
    const result = elboGradients(engine.tf, weights, step(noise));
    disposeWeights(weights);
    return result;
  }

  it('has the terms of the loss', async () => {
    const { loss: losses, nll, kl } = await gradients();
    expect(distance(await values(nll), golden.nll)).toBeLessThan(1e-5);
    expect(distance(await values(kl), golden.kl)).toBeLessThan(1e-5);
    const loss = engine.tf.mean(losses);
    expect(distance(await values(loss), [golden.loss])).toBeLessThan(1e-5);
  });

  it('has every gradient', async () => {
    const result = await gradients();
    expect(Object.keys(result.gradients).sort()).toEqual(Object.keys(golden.gradients).sort());
    for (const [parameter, expected] of Object.entries(golden.gradients)) {
      const actual = await values(result.gradients[parameter]!);
      expect(distance(actual, flat(expected)), parameter).toBeLessThan(1e-5);
    }
  });

  it('does not have them for other noise', async () => {
    const noise = golden.noise.map((row) => row.map((x) => x + 0.01));
    const result = await gradients(noise);
    expect(distance(await values(result.nll), golden.nll)).toBeGreaterThan(1e-5);
    for (const [parameter, expected] of Object.entries(golden.gradients)) {
      const actual = await values(result.gradients[parameter]!);
      expect(distance(actual, flat(expected)), parameter).toBeGreaterThan(1e-5);
    }
  });

  it('has the parameters after one and after three Adam steps', async () => {
    const { tf } = engine;
    const optimizer = new Optimizer(tf, uploadWeights(tf, storedParameters(), shape), 1e-3);
    for (let update = 1; update <= 3; update++) {
      const result = elboGradients(tf, optimizer.weights, step());
      const loss = tf.mean(result.loss);
      expect(distance(await values(loss), [golden.losses[update - 1]!])).toBeLessThan(1e-5);
      optimizer.step(result.gradients);
      const expected = { 1: golden.after_adam, 3: golden.after_3_adam }[update] ?? {};
      for (const [parameter, after] of Object.entries(expected)) {
        const actual = await values(optimizer.weights[parameter]!);
        expect(distance(actual, flat(after)), `${parameter} after ${update}`).toBeLessThan(1e-5);
      }
    }
    optimizer.dispose();
  });

  it('has the posterior and the inference scores, without dropout and noise', async () => {
    const weights = uploadWeights(engine.tf, storedParameters(), shape);
    const { mu, logvar } = encode(engine.tf, shape, weights, corrupted());
    expect(distance(await values(mu), flat(golden.mu))).toBeLessThan(1e-5);
    expect(distance(await values(logvar), flat(golden.logvar))).toBeLessThan(1e-5);
    const model = new MultVae(engine, shape, weights, 'multinomial');
    const scores = await model.score(clicks);
    expect(distance(scores, flat(golden.inference_scores))).toBeLessThan(1e-5);
    expect(await model.score(clicks)).toEqual(scores);
    expect(
      distance(await model.score(corrupted().clicks), flat(golden.inference_scores)),
    ).toBeGreaterThan(1e-5);
    model.dispose();
  });

  it('keeps the number of tensors over steps', async () => {
    const { tf } = engine;
    const optimizer = new Optimizer(tf, uploadWeights(tf, storedParameters(), shape), 1e-3);
    const once = () => {
      const { loss, nll, kl, gradients } = elboGradients(tf, optimizer.weights, step());
      optimizer.step(gradients);
      loss.dispose();
      nll.dispose();
      kl.dispose();
    };
    once();
    const { numTensors, numBytes } = tf.memory();
    once();
    once();
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(tf.memory().numBytes).toBe(numBytes);
    optimizer.dispose();
  });
});
