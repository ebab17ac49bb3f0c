/** Whether the memory that is said of a training is the memory of its tensors. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { NativeBackend } from '../../backend/native/tensors.js';
import { openEngine } from '../../backend/select.js';
import { parseConfig } from '../../config/parse.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { RandomStream } from '../../random.js';
import { models } from '../models.js';
import { networkMemory, type ScoringConfig, totalBytes } from './network-memory.js';

const engine = await openEngine('native');
const items = 8000;
const batchSize = 8;

/** Users of 60 items each. All items are as likely, so that a batch clicks as many different ones as it can. */
const train = ClickMatrix.fromRows(
  items,
  Array.from({ length: 3 * batchSize }, (_, user) => {
    const random = new RandomStream(1, 'memory', user);
    return Array.from(random.permutation(items).subarray(0, 60)).sort((a, b) => a - b);
  }),
);

afterEach(() => {
  vi.restoreAllMocks();
});

/** Bytes of the arrays of all tensors, and of those that the backend keeps for the next ones, at the most in a training. */
async function trainedBytes(config: ScoringConfig): Promise<number> {
  const prototype = NativeBackend.prototype;
  const { allocate, write, disposeData } = prototype;
  const living = new Set<object>();
  let peak = 0;
  const look = (backend: NativeBackend, dataId: object) => {
    living.add(dataId);
    const arrays = Array.from(living, (id) => backend.data.get(id).values as Float32Array);
    const buffers = new Set(arrays.map(({ buffer }) => buffer));
    const bytes = Array.from(buffers).reduce((sum, { byteLength }) => sum + byteLength, 0);
    peak = Math.max(peak, bytes + backend.memory().numBytesInPool);
  };
  vi.spyOn(prototype, 'allocate').mockImplementation(function (this: NativeBackend, ...args) {
    const tensor = allocate.apply(this, args);
    look(this, tensor.dataId);
    return tensor;
  });
  vi.spyOn(prototype, 'write').mockImplementation(function (this: NativeBackend, ...args) {
    const dataId = write.apply(this, args);
    look(this, dataId);
    return dataId;
  });
  vi.spyOn(prototype, 'disposeData').mockImplementation(function (this: NativeBackend, ...args) {
    const isGone = disposeData.apply(this, args);
    if (isGone) living.delete(args[0]);
    return isGone;
  });
  const folder = mkdtempSync(join(tmpdir(), 'multvae-memory-'));
  engine.freeMemory!(); // other tests of this process left some
  try {
    const { weights } = await models.train({
      engine,
      folder,
      resume: false,
      train,
      origin: {
        config,
        protocol: { ratingThreshold: 3.5, minClicks: 5, heldoutUsers: 20, splitSeed: 1 },
        dataHash: '',
        backend: engine.name,
      },
      validate: async () => 0.5,
      learnWeights: () => Promise.reject(new Error('no ensemble')),
    });
    const best = Object.values(weights).reduce((sum, { data }) => sum + data.byteLength, 0);
    return peak + best;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe('networkMemory', () => {
  it.each([
    ['mult-vae', { hiddenDims: [64], latentDim: 20, sampledItems: 800 }],
    ['mult-vae', { hiddenDims: [64], latentDim: 20, sampledItems: 0 }],
    ['mult-dae', { latentDim: 64, sampledItems: 0.1 }],
    ['mult-dae', { latentDim: 64, sampledItems: 0 }],
    ['rec-vae', { hiddenDim: 64, latentDim: 20, sampledItems: 800 }],
    ['rec-vae', { hiddenDim: 64, latentDim: 20, sampledItems: 0 }],
  ] as const)('is what the tensors of %s take with %o, to a twentieth', async (model, values) => {
    const config = parseConfig(model, { ...values, batchSize, epochs: 2 }) as ScoringConfig;
    const said = totalBytes(networkMemory(config, train));
    const taken = await trainedBytes(config);
    expect(said / taken).toBeGreaterThan(0.95);
    expect(said / taken).toBeLessThan(1.05);
  });
});
