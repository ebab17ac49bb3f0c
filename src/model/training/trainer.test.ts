/** The trainer: epochs, early stopping, checkpoints and divergence. */

import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkerboard } from '../../../test/fixtures/checkerboard.js';
import { colourAccuracy, smallTraining } from '../../../test/fixtures/small-training.js';
import { openEngine } from '../../backend/select.js';
import { DivergenceError, RunError } from '../../errors.js';
import { decodeSafetensors, encodeSafetensors } from '../../runs/safetensors.js';
import { networkOf } from '../models.js';
import { Popularity } from '../popularity.js';
import { readCheckpoint } from './checkpoint.js';
import { hasCheckpoint } from './checkpoint-files.js';
import type { StepRecord } from './hooks.js';
import { type TrainerOptions, trainNetwork } from './trainer.js';

const engine = await openEngine('wasm');
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-trainer-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

describe('trainNetwork', () => {
  it('learns which items go together, which popularity cannot', async () => {
    const train = checkerboard(400, 40, 6, 1);
    const accuracy = colourAccuracy(checkerboard(100, 40, 6, 2));
    const options = smallTraining(engine, folder, { hiddenDims: [32], latentDim: 8, epochs: 40 });
    const network = networkOf(options.network.config, train.columns);
    const { best } = await trainNetwork({ ...options, network, train, validate: accuracy });
    expect(best.ndcg100).toBeGreaterThan(0.95);
    const popularity = new Popularity(train.columnCounts());
    expect(await accuracy(popularity)).toBeLessThan(0.6);
  });

  it('logs each epoch with the means over its users', async () => {
    const steps: StepRecord[] = [];
    const { log } = await trainNetwork({
      ...smallTraining(engine, folder),
      onStep: (step) => steps.push(step),
    });
    expect(log.map(({ epoch }) => epoch)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(log.map(({ updates }) => updates)).toEqual([4, 8, 12, 16, 20, 24]);
    const users = [16, 16, 16, 12];
    for (const { epoch, loss, nll, beta } of log) {
      const own = steps.filter((step) => step.epoch === epoch);
      const mean = (value: (step: StepRecord) => number) =>
        own.reduce((sum, step, k) => sum + users[k]! * value(step), 0) / 60;
      expect(loss).toBeCloseTo(mean((step) => step.loss));
      expect(nll).toBeCloseTo(mean((step) => step.nll));
      expect(beta).toBe(own.at(-1)!.beta);
    }
    expect(steps[0]!.beta).toBe(0);
    expect(steps.at(-1)!.beta).toBeCloseTo((0.2 * 23) / 24);
    expect(steps.at(-1)!.leftS).toBe(0);
  });

  it('keeps the best epoch, on a tie the earlier, and stops when patience ends', async () => {
    const scores = [0.1, 0.3, 0.3, 0.2, 0.9];
    const kept = await trainNetwork({
      ...smallTraining(engine, folder, { patience: 2 }),
      validate: async () => scores.shift()!,
    });
    expect(kept.best.epoch).toBe(2);
    expect(kept.log).toHaveLength(4);
    const short = await trainNetwork(
      smallTraining(engine, folder, { epochs: 2, annealFraction: 3 }),
    );
    expect(kept.weights).toEqual(short.weights);
  });

  it('ends each pass of an epoch once, after its last batch', async () => {
    const options = smallTraining(engine, folder, { epochs: 2 });
    const { network } = options;
    const first = network.passes[0]!;
    const passes = [{ ...first }, { ...first }];
    const steps: StepRecord[] = [];
    const ended: [pass: number, steps: number][] = [];
    const { log } = await trainNetwork({
      ...options,
      network: {
        ...network,
        passes,
        afterPass: (_tf, _weights, pass) => {
          ended.push([passes.indexOf(pass), steps.length]);
          return {};
        },
      },
      onStep: (step) => steps.push(step),
    });
    // The step that ends a pass is reported before.
    expect(ended).toEqual([
      [0, 4],
      [1, 8],
      [0, 12],
      [1, 16],
    ]);
    expect(log.map(({ updates }) => updates)).toEqual([8, 16]);
    expect(steps.map(({ plannedUpdates }) => plannedUpdates)).toEqual(Array(16).fill(16));
    expect(steps.at(-1)).toMatchObject({ updates: 16, leftS: 0 });
    expect(steps[0]!.leftS).toBeGreaterThan(0);
  });

  it.each([
    [0, 3],
    [1e9, 1],
  ])('with checkpoints every %i ms at most, the last one is of epoch %i', async (ms, epoch) => {
    const options = { ...smallTraining(engine, folder, { epochs: 2 }), checkpointIntervalMs: ms };
    await trainNetwork(options);
    expect(readCheckpoint(folder).progress.epoch).toBe(epoch);
  });

  it('ends as a whole training when it is stopped at the end of the last epoch', async () => {
    const options = smallTraining(engine, folder, { epochs: 2 });
    const whole = await trainNetwork(options);
    const controller = new AbortController();
    const stopped = await trainNetwork({
      ...options,
      signal: controller.signal,
      onEpoch: ({ epoch }) => {
        if (epoch === 2) controller.abort(new Error('too late'));
      },
    });
    expect(controller.signal.aborted).toBe(true);
    expect(stopped.weights).toEqual(whole.weights);
    expect(stopped.log).toHaveLength(2);
  });

  it.each([1, 2, 5])(
    'keeps the weights of the best epoch, the second, over a stop in epoch %i',
    async (at) => {
      const scores = [0.1, 0.9, 0.3, 0.2, 0.4, 0.1];
      const options = (): TrainerOptions => {
        const left = [...scores];
        return { ...smallTraining(engine, folder), validate: async () => left.shift()! };
      };
      const whole = await trainNetwork(options());
      expect(whole.best.epoch).toBe(2);
      const controller = new AbortController();
      const first = trainNetwork({
        ...options(),
        signal: controller.signal,
        onStep: ({ epoch }) => {
          if (epoch === at) controller.abort(new Error('stop'));
        },
      });
      await expect(first).rejects.toThrow('stop');
      const left = scores.slice(at - 1);
      const resumed = await trainNetwork({
        ...smallTraining(engine, folder),
        validate: async () => left.shift()!,
        resume: readCheckpoint(folder),
      });
      expect(resumed.best.epoch).toBe(2);
      expect(resumed.weights).toEqual(whole.weights);
    },
  );

  it('gives the same weights for the same seed, and others for another seed', async () => {
    const first = await trainNetwork(smallTraining(engine, folder));
    const again = await trainNetwork(smallTraining(engine, folder));
    expect(again.weights).toEqual(first.weights);
    const other = await trainNetwork(smallTraining(engine, folder, { seed: 4 }));
    expect(other.weights).not.toEqual(first.weights);
  });

  it('stops at a loss that is not finite, and keeps the checkpoint before it', async () => {
    const options = smallTraining(engine, folder, { learningRate: 1, epochs: 500 });
    // What a batch of broken clicks would do: the scores of one step overflow.
    let steps = 0;
    const training = trainNetwork({
      ...options,
      engine: {
        ...engine,
        tf: new Proxy(engine.tf, {
          get: (tf, name) =>
            name === 'softmax' && steps >= 9
              ? (logits: Parameters<typeof tf.softmax>[0]) => tf.mul(tf.softmax(logits), Number.NaN)
              : Reflect.get(tf, name),
        }),
      },
      onStep: () => {
        steps++;
      },
    });
    await expect(training).rejects.toThrow(DivergenceError);
    await expect(training).rejects.toThrow(/update 10/);
    const { progress, weights } = readCheckpoint(folder);
    expect(progress.updates).toBe(8);
    expect(Object.values(weights).every(({ data }) => data.every(Number.isFinite))).toBe(true);
  });

  it('frees all tensors, however it ends', async () => {
    const before = engine.tf.memory().numTensors;
    await trainNetwork(smallTraining(engine, folder));
    expect(engine.tf.memory().numTensors).toBe(before);
    const controller = new AbortController();
    const stopped = trainNetwork({
      ...smallTraining(engine, folder),
      signal: controller.signal,
      onStep: () => controller.abort(new Error('enough')),
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(engine.tf.memory().numTensors).toBe(before);
  });

  it('has a checkpoint before the first step', async () => {
    let found = false;
    await trainNetwork({
      ...smallTraining(engine, folder, { epochs: 1 }),
      checkpointIntervalMs: Number.POSITIVE_INFINITY,
      onStep: () => {
        found = hasCheckpoint(folder);
      },
    });
    expect(found).toBe(true);
    expect(readCheckpoint(folder).progress.updates).toBe(0);
    expect(readFileSync(join(folder, 'checkpoint.safetensors')).length).toBeGreaterThan(1000);
  });

  it.each([
    [2, /an older multvae wrote this checkpoint, in format 2; .* Resume with that version/],
    [4, /a newer multvae wrote this checkpoint, in format 4/],
  ])('refuses a checkpoint of format %i, however whole it is', async (version, message) => {
    await trainNetwork(smallTraining(engine, folder, { epochs: 1 }));
    const path = join(folder, 'checkpoint.safetensors');
    const { tensors, metadata } = decodeSafetensors(readFileSync(path), path);
    const state = JSON.stringify({ ...JSON.parse(metadata.state!), version });
    const hash = createHash('sha256').update(state);
    for (const name of Object.keys(tensors).sort()) {
      const { shape, data } = tensors[name]!;
      hash.update(JSON.stringify([name, data.constructor.name, shape]));
      hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
    }
    const sha256 = hash.digest('hex');
    writeFileSync(path, encodeSafetensors(tensors, { state, sha256 }));
    expect(() => readCheckpoint(folder)).toThrow(message);
    // The same forgery in the present format is read: it is the version alone that is refused.
    writeFileSync(path, encodeSafetensors(tensors, metadata));
    expect(readCheckpoint(folder).progress.epoch).toBe(2);
  });

  it('refuses a checkpoint with one flipped bit, or without its end', async () => {
    await trainNetwork(smallTraining(engine, folder, { epochs: 1 }));
    const path = join(folder, 'checkpoint.safetensors');
    const bytes = readFileSync(path);
    const header = Number(bytes.readBigUInt64LE());
    const lossSum = bytes.indexOf('lossSum') + 11;
    for (const place of [0, 20, lossSum, 8 + header, 8 + header + 1001, bytes.length - 1]) {
      const damaged = Buffer.from(bytes);
      damaged[place]! ^= 1;
      writeFileSync(path, damaged);
      expect(() => readCheckpoint(folder)).toThrow(RunError);
      expect(() => readCheckpoint(folder)).toThrow(/checkpoint\.safetensors.*Train from the begin/);
    }
    expect(() => readCheckpoint(folder)).toThrow(/is damaged: its contents do not match/);
    writeFileSync(path, bytes.subarray(0, -1));
    expect(() => readCheckpoint(folder)).toThrow(/cut off/);
    writeFileSync(path, bytes);
    expect(readCheckpoint(folder).progress.epoch).toBe(2);
  });
});
