/** Weights of a network: shapes, seeds and upload. */

import { describe, expect, it } from 'vitest';
import { openEngine } from '../../backend/select.js';
import { RunError } from '../../errors.js';
import { multVaeArchitecture } from './mult-vae.js';
import { disposeWeights, downloadWeights, initialWeights, uploadWeights } from './weights.js';

const shape = multVaeArchitecture({ hiddenDims: [6, 4], latentDim: 2 }, 10);

describe('multVaeArchitecture', () => {
  it('mirrors the encoder in the decoder', () => {
    expect(shape.encoder).toEqual([
      { name: 'encoder/hidden', inputs: 10, outputs: 6 },
      { name: 'encoder/hidden2', inputs: 6, outputs: 4 },
      { name: 'encoder/posterior', inputs: 4, outputs: 4 },
    ]);
    expect(shape.decoder).toEqual([
      { name: 'decoder/hidden', inputs: 2, outputs: 4 },
      { name: 'decoder/hidden2', inputs: 4, outputs: 6 },
      { name: 'decoder/logits', inputs: 6, outputs: 10 },
    ]);
  });
});

describe('initialWeights', () => {
  it('draws kernels from Glorot’s range, and biases within two thousandths', () => {
    const weights = initialWeights(
      multVaeArchitecture({ hiddenDims: [300], latentDim: 5 }, 300),
      1,
    );
    const kernel = weights['encoder/hidden/kernel']!.data as Float32Array;
    expect(Math.max(...kernel)).toBeGreaterThan(0.0999);
    expect(Math.max(...kernel)).toBeLessThanOrEqual(Math.fround(0.1));
    expect(Math.min(...kernel)).toBeLessThan(-0.0999);
    const bias = weights['encoder/hidden/bias']!.data as Float32Array;
    const sd = Math.sqrt(bias.reduce((sum, b) => sum + b * b, 0) / bias.length);
    // A normal cut at two standard deviations has 0.88 of its spread.
    expect(sd).toBeGreaterThan(0.0008);
    expect(sd).toBeLessThan(0.00096);
    expect(Math.max(...bias.map(Math.abs))).toBeLessThanOrEqual(Math.fround(0.002));
  });

  it('depends on the seed alone', () => {
    expect(initialWeights(shape, 1)).toEqual(initialWeights(shape, 1));
    expect(initialWeights(shape, 2)).not.toEqual(initialWeights(shape, 1));
  });
});

describe('uploadWeights', () => {
  it('round-trips bit for bit, and names the parameter that does not fit', async () => {
    const { tf } = await openEngine('cpu');
    const stored = initialWeights(shape, 3);
    const weights = uploadWeights(tf, stored, shape);
    expect(await downloadWeights(weights)).toEqual(stored);
    disposeWeights(weights);
    const { 'encoder/hidden2/bias': bias, ...lacking } = stored;
    expect(() => uploadWeights(tf, lacking, shape)).toThrow(RunError);
    expect(() => uploadWeights(tf, lacking, shape)).toThrow(/encoder\/hidden2\/bias/);
    expect(() => uploadWeights(tf, { ...stored, extra: bias! }, shape)).toThrow(/extra/);
    const wider = multVaeArchitecture({ hiddenDims: [6, 4], latentDim: 2 }, 11);
    expect(() => uploadWeights(tf, stored, wider)).toThrow(/encoder\/hidden\/kernel is \[10,6\]/);
  });
});
