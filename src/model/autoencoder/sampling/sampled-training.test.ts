/** Whole trainings whose steps sample their items. */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkerboard } from '../../../../test/fixtures/checkerboard.js';
import { colourAccuracy, smallTraining } from '../../../../test/fixtures/small-training.js';
import { openEngine } from '../../../backend/select.js';
import type { MultVaeConfig } from '../../../config/models.js';
import { parseConfig } from '../../../config/parse.js';
import { joinedWeights } from '../../ensemble.js';
import { models } from '../../models.js';
import type { ModelTraining, TrainedModel } from '../../training/model-training.js';

const engine = await openEngine();
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-sampled-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function training(
  changes: Partial<MultVaeConfig>,
  others: Partial<ModelTraining> = {},
): ModelTraining {
  const { network: _, ...options } = smallTraining(engine, folder, { sampledItems: 6, ...changes });
  const learnWeights = () => Promise.reject(new Error('no ensemble'));
  return { ...options, learnWeights, resume: false, ...others };
}

/** Everything but the times. */
function essence({ weights, best, log }: TrainedModel) {
  return { weights, epoch: best?.epoch, losses: log.map(({ loss }) => loss) };
}

it('learns which items go together, and keeps the files of every other run', async () => {
  const train = checkerboard(400, 40, 6, 1);
  const validate = colourAccuracy(checkerboard(100, 40, 6, 2));
  const changes = { hiddenDims: [32], latentDim: 8, epochs: 40, sampledItems: 0.3 };
  const { best, weights } = await models.train(training(changes, { train, validate }));
  expect(best!.ndcg100).toBeGreaterThan(0.95);
  expect(weights['decoder/logits/kernel']!.shape).toEqual([32, 40]);
  const config = training(changes).origin.config;
  const trainClicks = train.columnCounts();
  const openEngine = async () => engine;
  const model = await models.load({ config, weights, trainClicks, openEngine });
  expect(await validate(model)).toBe(best!.ndcg100);
  model.dispose();
});

it('ends with the same bits after a stop, and on any number of threads', async () => {
  const whole = essence(await models.train(training({})));
  const controller = new AbortController();
  const stopped = models.train(
    training(
      {},
      {
        signal: controller.signal,
        onStep: ({ updates }) => {
          if (updates === 11) controller.abort(new Error('stop'));
        },
      },
    ),
  );
  await expect(stopped).rejects.toThrow('stop');
  expect(essence(await models.train(training({}, { resume: true })))).toEqual(whole);
  engine.setThreads?.(1);
  expect(essence(await models.train(training({})))).toEqual(whole);
  expect(essence(await models.train(training({ seed: 4 })))).not.toEqual(whole);
  expect(essence(await models.train(training({ sampledItems: 7 })))).not.toEqual(whole);
});

it('begins with the weights of an earlier run', async () => {
  const earlier = await models.train(training({ sampledItems: 0 }));
  const earlierIndex = Int32Array.from({ length: 20 }, (_, item) => item);
  const { weights } = await models.train(
    training(
      { learningRate: 1e-7, epochs: 1 },
      { earlier: { weights: earlier.weights, earlierIndex } },
    ),
  );
  for (const [name, { shape, data }] of Object.entries(earlier.weights)) {
    expect(weights[name]!.shape).toEqual(shape);
    const moved = Math.max(...data.map((value, k) => Math.abs(value - weights[name]!.data[k]!)));
    expect(moved, name).toBeLessThan(1e-5);
  }
});

it('is a member of an ensemble as it is alone, also after a stop', async () => {
  const { origin, ...others } = training({});
  const vae = { ...origin.config, model: 'mult-vae' };
  const dae = { model: 'mult-dae', latentDim: 8, batchSize: 16, epochs: 3, sampledItems: 0.3 };
  const config = parseConfig('ensemble', { members: [{ config: vae }, { config: dae }] });
  const ensemble = (changes: Partial<ModelTraining>) =>
    models.train({ ...others, ...changes, origin: { ...origin, config } });
  const alone = await Promise.all(
    config.members.map(async (member, k) => {
      const own = join(folder, `alone${k}`);
      mkdirSync(own);
      const { weights } = await models.train({
        ...others,
        folder: own,
        origin: { ...origin, config: member.config },
      });
      return weights;
    }),
  );
  const controller = new AbortController();
  let member = 0;
  const stopped = ensemble({
    signal: controller.signal,
    onMember: (number) => {
      member = number;
    },
    onStep: ({ updates }) => {
      if (member === 2 && updates === 5) controller.abort(new Error('stop'));
    },
  });
  await expect(stopped).rejects.toThrow('stop');
  const { weights } = await ensemble({ resume: true });
  expect(weights).toEqual(joinedWeights(alone));
});
