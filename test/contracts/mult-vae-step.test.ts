/** Training steps of Mult-VAE against golden values. */

import { beforeAll, describe, expect, it } from 'vitest';
import type { Engine, TensorFlow } from '../../src/backend/engine.js';
import { type ElboInput, elboTerms } from '../../src/model/autoencoder/elbo.js';
import { encode } from '../../src/model/autoencoder/encoder.js';
import { MultVae, multVaeArchitecture } from '../../src/model/autoencoder/mult-vae.js';
import {
  disposeWeights,
  uploadWeights,
  type Weights,
} from '../../src/model/autoencoder/weights.js';
import { lossGradients } from '../../src/model/training/gradients.js';
import { Optimizer } from '../../src/model/training/optimizer.js';
import {
  clickRows,
  corrupted,
  distance,
  type GoldenNetwork,
  type Matrix,
  type Parameters,
  readGolden,
  storedParameters,
  valuesOf,
} from './golden-network.js';
import { loadableBackends } from './loadable-backends.js';

interface GoldenStep extends GoldenNetwork {
  readonly noise: Matrix;
  readonly mu: Matrix;
  readonly logvar: Matrix;
  readonly nll: number[];
  readonly kl: number[];
  readonly loss: number;
  readonly gradients: Parameters;
  readonly after_adam: Parameters;
  readonly losses: number[];
  readonly after_3_adam: Parameters;
}

const golden = readGolden<GoldenStep>('mult-vae-step.json');
const beta = 0.2;
const shape = multVaeArchitecture(
  { hiddenDims: [golden.hidden], latentDim: golden.latent },
  golden.items,
);

const clicks = clickRows(golden.clicks);

function step(noise: Matrix = golden.noise): ElboInput {
  return {
    rows: corrupted(golden),
    clicks,
    noise: Float32Array.from(noise.flat()),
    beta,
    likelihood: 'multinomial',
  };
}

function elboGradients(tf: TensorFlow, weights: Weights, input: ElboInput) {
  const target = { users: golden.clicks.length, names: Object.keys(weights) };
  return lossGradients(tf, weights, target, (current) => elboTerms(tf, shape, current, input));
}

describe.each(await loadableBackends())('the golden Mult-VAE step on $label', ({ open }) => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await open();
  });

  async function gradients(noise?: Matrix) {
    const weights = uploadWeights(engine.tf, storedParameters(golden), shape);
    const result = elboGradients(engine.tf, weights, step(noise));
    disposeWeights(weights);
    return result;
  }

  it('gives the golden loss and its terms', async () => {
    const { loss: losses, nll, kl } = await gradients();
    expect(distance(await valuesOf(nll), golden.nll)).toBeLessThan(1e-5);
    expect(distance(await valuesOf(kl), golden.kl)).toBeLessThan(1e-5);
    const loss = engine.tf.mean(losses);
    expect(distance(await valuesOf(loss), [golden.loss])).toBeLessThan(1e-5);
  });

  it('gives every golden gradient', async () => {
    const result = await gradients();
    expect(Object.keys(result.gradients).sort()).toEqual(Object.keys(golden.gradients).sort());
    for (const [parameter, expected] of Object.entries(golden.gradients)) {
      const actual = await valuesOf(result.gradients[parameter]!);
      expect(distance(actual, expected.flat()), parameter).toBeLessThan(1e-5);
    }
  });

  it('gives other values for other noise', async () => {
    const noise = golden.noise.map((row) => row.map((x) => x + 0.01));
    const result = await gradients(noise);
    expect(distance(await valuesOf(result.nll), golden.nll)).toBeGreaterThan(1e-5);
    for (const [parameter, expected] of Object.entries(golden.gradients)) {
      const actual = await valuesOf(result.gradients[parameter]!);
      expect(distance(actual, expected.flat()), parameter).toBeGreaterThan(1e-5);
    }
  });

  it('gives the golden parameters after one and after three Adam steps', async () => {
    const { tf } = engine;
    const optimizer = new Optimizer(tf, uploadWeights(tf, storedParameters(golden), shape), {
      learningRate: 1e-3,
    });
    for (let update = 1; update <= 3; update++) {
      const result = elboGradients(tf, optimizer.weights, step());
      const loss = tf.mean(result.loss);
      expect(distance(await valuesOf(loss), [golden.losses[update - 1]!])).toBeLessThan(1e-5);
      optimizer.step(result.gradients);
      const expected = { 1: golden.after_adam, 3: golden.after_3_adam }[update] ?? {};
      for (const [parameter, after] of Object.entries(expected)) {
        const actual = await valuesOf(optimizer.weights[parameter]!);
        expect(distance(actual, after.flat()), `${parameter} after ${update}`).toBeLessThan(1e-5);
      }
    }
    optimizer.dispose();
  });

  it('gives the golden posterior and scores, without dropout and noise', async () => {
    const weights = uploadWeights(engine.tf, storedParameters(golden), shape);
    const { mu, logvar } = encode(engine.tf, shape, weights, corrupted(golden));
    expect(distance(await valuesOf(mu), golden.mu.flat())).toBeLessThan(1e-5);
    expect(distance(await valuesOf(logvar), golden.logvar.flat())).toBeLessThan(1e-5);
    const model = new MultVae(engine, { shape }, weights, 'multinomial');
    const scores = await model.score(clicks);
    expect(distance(scores, golden.inference_scores.flat())).toBeLessThan(1e-5);
    expect(await model.score(clicks)).toEqual(scores);
    expect(
      distance(await model.score(corrupted(golden).clicks), golden.inference_scores.flat()),
    ).toBeGreaterThan(1e-5);
    model.dispose();
  });

  it('keeps the number of tensors constant over steps', async () => {
    const { tf } = engine;
    const optimizer = new Optimizer(tf, uploadWeights(tf, storedParameters(golden), shape), {
      learningRate: 1e-3,
    });
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
