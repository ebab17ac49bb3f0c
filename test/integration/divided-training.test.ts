/** Trainings whose items are divided over several ranks: one set of weights, whatever their number. */

import { beforeAll, describe, expect, it } from 'vitest';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import { surveyBackends } from '../../src/backend/select.js';
import type { StoredTensors } from '../../src/runs/format.js';
import { inThreads } from '../fixtures/ranks/in-threads.js';
import { items, type RankResult, type Settings } from '../fixtures/ranks/training.js';

const report = (await surveyBackends()).find(({ name }) => name === 'native')!;
const why = report.found ? '' : `skipped: ${report.why}`;
if (why) console.log(`divided trainings ${why}`);

const module = new URL('../fixtures/ranks/training.ts', import.meta.url);

/** Puts the ranks' parts of every parameter together. */
function assembled(ranks: readonly RankResult[]): StoredTensors {
  const first = ranks[0]!.weights;
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape, data }]) => {
      const axis = shape.indexOf(ranks[0]!.last - ranks[0]!.first);
      if (axis < 0 || ranks.length === 1) {
        for (const rank of ranks) expect(rank.weights[name], name).toEqual({ shape, data });
        return [name, { shape, data }];
      }
      const whole = shape.with(axis, items);
      const all = new Float32Array(whole.reduce((a, b) => a * b, 1));
      for (const { weights, first, last } of ranks) {
        const own = weights[name]!.data;
        const inner = shape.slice(axis + 1).reduce((a, b) => a * b, 1);
        const run = (last - first) * inner;
        for (let outer = 0; outer * run < own.length; outer++) {
          const to = outer * items * inner + first * inner;
          all.set(own.subarray(outer * run, (outer + 1) * run), to);
        }
      }
      return [name, { shape: whole, data: all }];
    }),
  );
}

const common = { batchSize: 32, epochs: 2, seed: 5, learningRate: 0.01 };
const small = { ...common, model: 'mult-vae', hiddenDims: [24], latentDim: 10 } as const;
const trainings: Record<string, Settings> = {
  'mult-vae': small,
  'mult-vae in bf16': { ...small, precision: 'bf16' },
  'mult-vae, bernoulli': { ...small, likelihood: 'bernoulli' },
  'mult-vae, gaussian': { ...small, likelihood: 'gaussian' },
  'mult-dae': { ...small, model: 'mult-dae', weightPenalty: 0.01 },
  'rec-vae': {
    ...common,
    model: 'rec-vae',
    hiddenDim: 24,
    latentDim: 10,
    encoderPasses: 2,
    decoderPasses: 1,
  },
};
const hasBf16 = report.found && loadNativeKernels().info().bf16;
const names = Object.keys(trainings).filter((name) => hasBf16 || !name.includes('bf16'));
if (report.found && !hasBf16) console.log('mult-vae in bf16: skipped, no bf16 instruction here');

describe.skipIf(why)(`a divided training ${why}`, () => {
  /** By training, then by rank. */
  const train = async (size: number) => {
    const settings = names.map((name) => trainings[name]!);
    const ranks = (await inThreads(size, module, settings)) as RankResult[][];
    return names.map((_, k) => ranks.map((results) => results[k]!));
  };
  let whole: RankResult[][];
  let divided: RankResult[][][];
  beforeAll(async () => {
    whole = await train(1);
    divided = [await train(2), await train(4)];
  });

  it.each(names)('gives the weights of one rank on two and on four: %s', (name) => {
    const k = names.indexOf(name);
    const [one] = whole[k]!;
    for (const ranks of divided.map((results) => results[k]!)) {
      expect(assembled(ranks)).toEqual(one!.weights);
      for (const { log } of ranks) {
        log.forEach((epoch, e) => {
          const { loss, nll, kl, ndcg100 } = one!.log[e]!;
          expect(epoch).toMatchObject({ loss, nll, kl, ndcg100 });
        });
      }
    }
  });
});
