/** Trainings whose items are divided over several ranks: one set of weights, whatever their number. */

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ItemPart } from '../../src/backend/collective/item-part.js';
import { loadNativeKernels } from '../../src/backend/native/addon.js';
import { surveyBackends } from '../../src/backend/select.js';
import type { NetworkConfig } from '../../src/config/models.js';
import { parseConfig } from '../../src/config/parse.js';
import { networkOf } from '../../src/model/models.js';
import { readCheckpoint } from '../../src/model/training/checkpoint.js';
import { divisionOf } from '../../src/model/training/checkpoint-files.js';
import { contentHash } from '../../src/runs/divided/item-ranges.js';
import type { StoredTensors } from '../../src/runs/format.js';
import { inMpi, whyNoMpi } from '../fixtures/ranks/in-mpi.js';
import { inThreads } from '../fixtures/ranks/in-threads.js';
import { type DividedTraining, items, type RankResult } from '../fixtures/ranks/training.js';

const report = (await surveyBackends()).find(({ name }) => name === 'native')!;
const why = report.found ? '' : `skipped: ${report.why}`;
if (why) console.log(`divided trainings ${why}`);
if (whyNoMpi) console.log(`divided trainings under MPI ${whyNoMpi}`);

const module = new URL('../fixtures/ranks/training.ts', import.meta.url);

/** Puts the ranks' parts of every parameter together. */
function assembled(ranks: readonly RankResult[]): StoredTensors {
  const first = ranks[0]!.weights;
  return Object.fromEntries(
    Object.entries(first).map(([name, { shape, data }]) => {
      const axis = shape.indexOf(ranks[0]!.last - ranks[0]!.first);
      if (axis < 0 || ranks.length === 1) {
        for (const { weights } of ranks) {
          expect(digests({ [name]: weights[name]! })).toEqual(digests({ [name]: { shape, data } }));
        }
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

/** The bits of each parameter, in few characters: a difference of thousands of numbers says nothing. */
function digests(weights: StoredTensors): Record<string, string> {
  return Object.fromEntries(
    Object.entries(weights).map(([name, tensor]) => [name, contentHash('', { [name]: tensor })]),
  );
}

const common = { batchSize: 32, epochs: 2, seed: 5, learningRate: 0.01 };
const small = { ...common, hiddenDims: [24], latentDim: 10 };
const rounds = { ...common, hiddenDim: 24, latentDim: 10, encoderPasses: 2, decoderPasses: 1 };
const trainings: Record<string, Pick<DividedTraining, 'model' | 'settings'>> = {
  'mult-vae': { model: 'mult-vae', settings: small },
  'mult-vae in bf16': { model: 'mult-vae', settings: { ...small, precision: 'bf16' } },
  'mult-vae, bernoulli': { model: 'mult-vae', settings: { ...small, likelihood: 'bernoulli' } },
  'mult-vae, gaussian': { model: 'mult-vae', settings: { ...small, likelihood: 'gaussian' } },
  'mult-dae': { model: 'mult-dae', settings: { ...small, weightPenalty: 0.01 } },
  'rec-vae': { model: 'rec-vae', settings: rounds },
};
const hasBf16 = report.found && loadNativeKernels().info().bf16;
const names = Object.keys(trainings).filter((name) => hasBf16 || !name.includes('bf16'));
if (report.found && !hasBf16) console.log('mult-vae in bf16: skipped, no bf16 instruction here');

describe.skipIf(why)(`a divided training ${why}`, () => {
  const home = mkdtempSync(join(tmpdir(), 'multvae-divided-'));
  const folderOf = (name: string, kind: string) => {
    const folder = join(home, `${kind}-${names.indexOf(name)}`);
    mkdirSync(folder, { recursive: true });
    return folder;
  };
  /** What trains all of them, by training and then by rank. */
  const trained = async (size: number, list: readonly DividedTraining[]) => {
    const ranks = (await inThreads(size, module, list)) as RankResult[][];
    return list.map((_, k) => ranks.map((results) => results[k]!));
  };
  const all = (kind: string, how: Partial<DividedTraining> = {}) =>
    names.map((name) => ({ ...trainings[name]!, folder: folderOf(name, kind), ...how }));

  let whole: RankResult[][];
  let divided: RankResult[][][];
  let resumed: RankResult[][];
  let files: string[];
  beforeAll(async () => {
    whole = await trained(1, all('one'));
    const [model] = all('stopped');
    files = readdirSync(model!.folder);
    // Four ranks go three updates, two ranks the fourth, one rank the rest; RecVAE has more passes.
    divided = [
      await trained(2, all('two')),
      (await trained(4, [...all('four'), ...all('stopped', { stopAfter: 2, stopped: 3 })])).slice(
        0,
        names.length,
      ),
    ];
    files = readdirSync(model!.folder);
    await trained(2, all('stopped', { resume: true, stopAfter: 4, stopped: 1 }));
    resumed = await trained(1, all('stopped', { resume: true }));
  });
  afterAll(() => rmSync(home, { recursive: true }));

  function expectEqual(ranks: readonly RankResult[], name: string): void {
    const [one] = whole[names.indexOf(name)]!;
    expect(digests(assembled(ranks))).toEqual(digests(one!.weights));
    for (const { log } of ranks) {
      expect(log).toHaveLength(common.epochs);
      log.forEach((epoch, e) => {
        const { loss, nll, kl, ndcg100 } = one!.log[e]!;
        expect(epoch).toMatchObject({ loss, nll, kl, ndcg100 });
      });
    }
  }

  it.each(names)('gives the weights of one rank on two and on four: %s', (name) => {
    for (const results of divided) expectEqual(results[names.indexOf(name)]!, name);
  });

  it.each(names)('goes on after a stop on other numbers of ranks: %s', (name) => {
    expectEqual(resumed[names.indexOf(name)]!, name);
  });

  it.skipIf(whyNoMpi)(
    `gives the same under MPI, killed by SIGKILL and resumed on other numbers of processes ${whyNoMpi}`,
    async () => {
      const training = { ...trainings['mult-vae']!, folder: folderOf('mult-vae', 'killed') };
      // An epoch has three updates, and a checkpoint at its end.
      const kills = [
        { size: 4, stopAfter: 2, stopped: 2 },
        { size: 2, stopAfter: 4, stopped: 1 },
        { size: 4, stopAfter: 5, stopped: 0 },
      ];
      for (const [k, { size, ...how }] of kills.entries()) {
        const killed = [{ ...training, ...how, isKilled: true, resume: k > 0 }];
        expect(await inMpi(size, module, killed)).toBeNull();
      }
      const results = await inMpi(2, module, [{ ...training, resume: true }]);
      expectEqual(
        (results as RankResult[][]).map(([result]) => result!),
        'mult-vae',
      );
    },
  );

  it('has a file for each rank, and one after it went on alone', () => {
    const shard = (rank: number) => `checkpoint-1.2-${rank}-of-4.safetensors`;
    expect(files).toEqual([shard(2), shard(3), shard(4), 'checkpoint.safetensors']);
    expect(readdirSync(folderOf('mult-vae', 'stopped'))).toEqual(['checkpoint.safetensors']);
  });

  it('refuses a checkpoint one of whose files is damaged or gone', () => {
    const { model, settings } = trainings['mult-vae']!;
    const part = new ItemPart(items);
    const network = networkOf(parseConfig(model, settings) as NetworkConfig, part);
    const folder = folderOf('mult-vae', 'four');
    const { best } = readCheckpoint(folder, divisionOf(network));
    expect(digests(best!)).toEqual(digests(whole[0]![0]!.weights));
    const file = readdirSync(folder).find((name) => name.includes('-3-of-4'))!;
    const bytes = readFileSync(join(folder, file));
    bytes[bytes.length - 5]! ^= 1;
    writeFileSync(join(folder, file), bytes);
    expect(() => readCheckpoint(folder, divisionOf(network))).toThrow(
      /-3-of-4.safetensors is damaged: .* Train from the beginning/,
    );
    rmSync(join(folder, file));
    expect(() => readCheckpoint(folder, divisionOf(network))).toThrow(
      /-3-of-4.safetensors is missing, a part of .*checkpoint.safetensors. Train from the begin/,
    );
  });
});
