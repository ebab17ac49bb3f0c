/** A training step of Mult-DAE against golden values. */

import { describe, expect, it } from 'vitest';
import { MultDae, multDaeArchitecture } from '../../src/model/autoencoder/mult-dae.js';
import { daeTerms } from '../../src/model/autoencoder/mult-dae-network.js';
import { disposeWeights, uploadWeights } from '../../src/model/autoencoder/weights.js';
import { lossGradients } from '../../src/model/training/gradients.js';
import {
  clickRows,
  corrupted,
  distance,
  type GoldenNetwork,
  type Parameters,
  readGolden,
  storedParameters,
  valuesOf,
} from './golden-network.js';
import { loadableBackends } from './loadable-backends.js';

interface GoldenStep extends GoldenNetwork {
  readonly weight_penalty: number;
  readonly nll: number[];
  readonly loss: number;
  readonly gradients: Parameters;
}

const golden = readGolden<GoldenStep>('mult-dae-step.json');
const shape = multDaeArchitecture(
  { hiddenDims: [golden.hidden], latentDim: golden.latent },
  golden.items,
);
const clicks = clickRows(golden.clicks);

describe.each(await loadableBackends())('the golden Mult-DAE step on $label', ({ open }) => {
  async function step(weightPenalty: number) {
    const { tf } = await open();
    const weights = uploadWeights(tf, storedParameters(golden), shape);
    const target = { users: golden.clicks.length, names: Object.keys(weights) };
    const result = lossGradients(tf, weights, target, (current) =>
      daeTerms(tf, shape, current, { rows: corrupted(golden), clicks, weightPenalty }),
    );
    disposeWeights(weights);
    return { ...result, mean: tf.mean(result.loss) };
  }

  it('gives the golden loss and every golden gradient', async () => {
    const { nll, mean, gradients } = await step(golden.weight_penalty);
    expect(distance(await valuesOf(nll), golden.nll)).toBeLessThan(1e-5);
    expect(distance(await valuesOf(mean), [golden.loss])).toBeLessThan(1e-5);
    expect(Object.keys(gradients).sort()).toEqual(Object.keys(golden.gradients).sort());
    for (const [name, expected] of Object.entries(golden.gradients)) {
      expect(distance(await valuesOf(gradients[name]!), expected.flat()), name).toBeLessThan(1e-5);
    }
  });

  it('gives other values for half the penalty', async () => {
    const { mean, gradients } = await step(golden.weight_penalty / 2);
    expect(distance(await valuesOf(mean), [golden.loss])).toBeGreaterThan(1e-4);
    for (const [name, expected] of Object.entries(golden.gradients)) {
      if (!name.endsWith('kernel')) continue;
      const actual = await valuesOf(gradients[name]!);
      expect(distance(actual, expected.flat()), name).toBeGreaterThan(1e-4);
    }
  });

  it('gives the golden scores, without dropout', async () => {
    const engine = await open();
    const weights = uploadWeights(engine.tf, storedParameters(golden), shape);
    const model = new MultDae(engine, { shape }, weights);
    const expected = golden.inference_scores.flat();
    expect(distance(await model.score(clicks), expected)).toBeLessThan(1e-5);
    expect(distance(await model.score(corrupted(golden).clicks), expected)).toBeGreaterThan(1e-5);
    model.dispose();
  });
});
