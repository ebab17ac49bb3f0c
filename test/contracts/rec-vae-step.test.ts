/** Training steps of RecVAE against golden values. */

import { describe, expect, it } from 'vitest';
import { normalizedRows } from '../../src/model/autoencoder/input.js';
import { scoringShape } from '../../src/model/autoencoder/network.js';
import { RecVae, recVaeArchitecture } from '../../src/model/autoencoder/rec-vae.js';
import { recVaeTerms } from '../../src/model/autoencoder/rec-vae-network.js';
import {
  disposeWeights,
  layersOf,
  parameterShapes,
  uploadWeights,
} from '../../src/model/autoencoder/weights.js';
import { lossGradients } from '../../src/model/training/gradients.js';
import type { StoredTensors } from '../../src/runs/format.js';
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

interface GoldenHalf {
  readonly nll: number[];
  readonly kl: number[];
  readonly loss: number;
  readonly gradients: Parameters;
}

interface GoldenStep extends GoldenNetwork {
  readonly gamma: number;
  readonly noise: Matrix;
  readonly encoder_step: GoldenHalf;
  readonly decoder_step: GoldenHalf;
}

/** The rounding of ten layer normalisations in f32, forward and backward, reaches the fifth digit. */
const tolerance = 2e-4;
const golden = readGolden<GoldenStep>('rec-vae-step.json');
const shape = recVaeArchitecture(
  { hiddenDim: golden.hidden, latentDim: golden.latent },
  golden.items,
);
const clicks = clickRows(golden.clicks);
const stored = storedParameters(golden);

/** The parameters after a round's last encoder pass, when the prior equals the encoder. */
const renewed: StoredTensors = Object.fromEntries(
  Object.entries(stored).map(([name, tensor]) => [
    name,
    name.startsWith('prior/') ? stored[name.replace('prior/', 'encoder/')]! : tensor,
  ]),
);

describe.each(await loadableBackends())('the golden RecVAE step on $label', ({ open }) => {
  async function step(moving: 'encoder' | 'decoder', gamma = golden.gamma) {
    const { tf } = await open();
    const weights = uploadWeights(tf, moving === 'encoder' ? stored : renewed, shape);
    const rows = moving === 'encoder' ? corrupted(golden) : normalizedRows(clicks);
    const noise = Float32Array.from(golden.noise.flat());
    const names = parameterShapes(shape[moving]).map(({ name }) => name);
    const target = { users: golden.clicks.length, names };
    const result = lossGradients(tf, weights, target, (current) =>
      recVaeTerms(tf, shape, current, { rows, clicks, noise, gamma, moving }),
    );
    disposeWeights(weights);
    return { ...result, mean: tf.mean(result.loss) };
  }

  it.each(['encoder', 'decoder'] as const)(
    'trains the %s with the golden gradients',
    async (moving) => {
      const expected = golden[`${moving}_step`];
      const { nll, kl, mean, gradients } = await step(moving);
      expect(distance(await valuesOf(nll), expected.nll)).toBeLessThan(1e-5);
      expect(distance(await valuesOf(kl), expected.kl)).toBeLessThan(1e-5);
      expect(distance(await valuesOf(mean), [expected.loss])).toBeLessThan(1e-5);
      expect(Object.keys(gradients).sort()).toEqual(Object.keys(expected.gradients).sort());
      for (const [name, values] of Object.entries(expected.gradients)) {
        const actual = await valuesOf(gradients[name]!);
        expect(distance(actual, values.flat()), name).toBeLessThan(tolerance);
      }
    },
  );

  it('gives the encoder other gradients for another γ', async () => {
    const { gradients } = await step('encoder', golden.gamma * 1.2);
    for (const [name, values] of Object.entries(golden.encoder_step.gradients)) {
      const actual = await valuesOf(gradients[name]!);
      expect(distance(actual, values.flat()), name).toBeGreaterThan(2 * tolerance);
    }
  });

  it('gives the golden scores, at the mean and without the prior', async () => {
    const engine = await open();
    const scoring = scoringShape(shape);
    const names = parameterShapes(layersOf(scoring)).map(({ name }) => name);
    const own = Object.fromEntries(names.map((name) => [name, stored[name]!]));
    const model = new RecVae(engine, { shape: scoring }, uploadWeights(engine.tf, own, scoring));
    const expected = golden.inference_scores.flat();
    expect(distance(await model.score(clicks), expected)).toBeLessThan(1e-5);
    expect(distance(await model.score(corrupted(golden).clicks), expected)).toBeGreaterThan(1e-5);
    model.dispose();
  });
});
