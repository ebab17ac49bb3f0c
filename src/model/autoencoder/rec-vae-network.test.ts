/** The passes of RecVAE's training: which half moves, with which input, and when the prior is renewed. */

import { describe, expect, it } from 'vitest';
import { checkerboard } from '../../../test/fixtures/checkerboard.js';
import { openEngine } from '../../backend/select.js';
import { parseConfig } from '../../config/parse.js';
import { randomNoise, randomRows } from './input.js';
import type { Pass } from './network.js';
import { recVaeArchitecture } from './rec-vae.js';
import { recVaeNetwork, recVaeTerms } from './rec-vae-network.js';
import { disposeWeights, layersOf, parameterShapes, uploadWeights } from './weights.js';

const { tf } = await openEngine('cpu');
const config = parseConfig('rec-vae', {
  hiddenDim: 5,
  latentDim: 3,
  encoderPasses: 3,
  decoderPasses: 2,
  dropout: 0.5,
  gamma: 0.01,
  seed: 4,
});
const clicks = checkerboard(12, 10, 4, 1);
const network = recVaeNetwork(config, clicks.columns);
const { passes } = network;
const shape = recVaeArchitecture(config, clicks.columns);
const namesOf = (half: 'encoder' | 'decoder' | 'prior') =>
  parameterShapes(shape[half]).map(({ name }) => name);

/** Weights in which the prior differs from the encoder, as in every round but the first. */
function upload() {
  const stored = network.initialWeights();
  for (const name of namesOf('prior')) {
    stored[name]!.data.forEach((value, k, data) => {
      data[k] = value * 1.1 + 0.01;
    });
  }
  return uploadWeights(tf, stored, shape);
}

async function lossOf(pass: Pass): Promise<number[]> {
  const weights = upload();
  const { loss, nll, kl } = network.loss(tf, weights, { clicks, update: 7, beta: 0.01, pass });
  const values = [...(await loss.data())];
  tf.dispose([loss, nll, kl]);
  disposeWeights(weights);
  return values;
}

async function termsOf(dropout: number, moving: 'encoder' | 'decoder'): Promise<number[]> {
  const weights = upload();
  const batch = { clicks, update: 7, pass: { moves: [], dropout } };
  const rows = randomRows(config.seed, batch);
  const noise = randomNoise(tf, config.seed, batch, config.latentDim);
  const input = { rows, clicks, noise, gamma: 0.01, moving };
  const { loss, nll, kl } = recVaeTerms(tf, shape, weights, input);
  const values = [...(await loss.data())];
  tf.dispose([loss, nll, kl]);
  disposeWeights(weights);
  return values;
}

describe('a round of RecVAE', () => {
  it('trains the encoder with dropout, then the decoder without', async () => {
    expect(passes.map(({ dropout }) => dropout)).toEqual([0.5, 0.5, 0.5, 0, 0]);
    for (const [k, pass] of passes.entries()) {
      expect([...pass.moves].sort()).toEqual(namesOf(k < 3 ? 'encoder' : 'decoder').sort());
    }
    const withDropout = await termsOf(0.5, 'encoder');
    const whole = await termsOf(0, 'decoder');
    expect(await lossOf(passes[0]!)).toEqual(withDropout);
    expect(await lossOf(passes[2]!)).toEqual(withDropout);
    expect(await lossOf(passes[3]!)).toEqual(whole);
    expect(await lossOf(passes[4]!)).toEqual(whole);
    expect(await termsOf(0.5, 'decoder')).not.toEqual(whole);
  });

  it('copies the encoder into the prior after the last of its passes alone', async () => {
    const weights = upload();
    const renewed = passes.map((pass) => network.afterPass!(tf, weights, pass));
    expect(renewed.map((each) => Object.keys(each).length > 0)).toEqual([
      false,
      false,
      true,
      false,
      false,
    ]);
    const copied = renewed[2]!;
    expect(Object.keys(copied).sort()).toEqual(namesOf('prior').sort());
    for (const [name, copy] of Object.entries(copied)) {
      const own = weights[name.replace('prior/', 'encoder/')]!;
      expect(await copy.data()).toEqual(await own.data());
      expect(copy).not.toBe(own);
    }
    expect(parameterShapes(layersOf(shape)).length).toBe(
      namesOf('encoder').length + namesOf('decoder').length + namesOf('prior').length,
    );
    tf.dispose(copied);
    disposeWeights(weights);
  });
});
