/** Trainings, measurements and nights of a home by every protocol. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkerboard } from '../../../test/fixtures/checkerboard.js';
import { ArgumentError, RunError, SplitError } from '../../errors.js';
import { newcomersOf } from '../../eval/newcomers.js';
import { RunStore } from '../../runs/store.js';
import type { Home } from '../home.js';
import { openHome } from '../place/open-home.js';
import type { ProtocolOptions } from './protocol-options.js';

const day = 86_400;
const begin = Date.parse('2020-01-01') / 1000;
const network = { epochs: 2, batchSize: 20, hiddenDims: [8], latentDim: 2 };
const backend = 'cpu' as const;

let folder: string;
let home: Home;
let store: RunStore;

/**
 * Sixty users click eight items each, one a day. Users 41 to 60 begin on day 6; two items come on day 7.
 */
function writeRatings(): string {
  const clicks = checkerboard(60, 20, 8, 3);
  const lines = ['userId,itemId,timestamp'];
  for (let u = 0; u < 60; u++) {
    const first = u < 40 ? 0 : 6;
    clicks.row(u).forEach((item, k) => {
      lines.push(`${u + 1},${item},${begin + (first + k) * day + u}`);
    });
    if (u % 2 === 0) lines.push(`${u + 1},late${u % 4},${begin + 7 * day + 3600 + u}`);
  }
  const path = join(folder, 'ratings.csv');
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-protocols-'));
  home = await openHome(join(folder, 'home'), { create: true });
  store = new RunStore(home.folder);
  await home.import(writeRatings());
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

const activate = false;
const time = { protocol: 'time', trainBefore: '2020-01-06', testFrom: '2020-01-07T12:00' } as const;

describe('a home splits by', () => {
  it('time: nothing of the future is in the run, and newcomers are counted', async () => {
    const remarks: string[] = [];
    const onRemark = (text: string) => remarks.push(text);
    const { runId } = await home.train({ ...time, model: 'ease', activate, onRemark, backend });
    const { protocol, vocabulary, split, lineage } = store.load(runId);
    expect(protocol.heldOutClicks).toEqual({
      by: 'time',
      trainBefore: Date.parse('2020-01-06') / 1000,
      testFrom: Date.parse('2020-01-07T12:00Z') / 1000,
    });
    expect(vocabulary.items.some((item) => item.startsWith('late'))).toBe(false);
    expect(vocabulary.trainClicks.reduce((a, b) => a + b, 0)).toBe(40 * 5);
    expect(lineage.trainingUsers).toBe(40);
    // Of the users who came on day 6, twenty have their first click in the validation.
    expect(split.validation.newUsers).toHaveLength(20);
    expect(newcomersOf(split.test)).toMatchObject({ items: 2, clicks: 30 });
    expect(remarks.filter((text) => /^\d+ of \d+ .* users .* are new/.test(text))).toHaveLength(1);

    const report = await home.evaluate(runId, { ks: [5], backend });
    expect(report.protocol).toBe('time');
    expect(report.newcomers).toEqual(newcomersOf(split.test));
    const [own] = report.models;
    // Clicks on new items are missed, whatever the model.
    expect(own!.metrics['recall-all@5']!.mean).toBeLessThan(own!.metrics['hit@5']!.mean);
    const page = await home.report([runId], { backend });
    expect(page).toContain('protocol time: trained on what came before 2020-01-06T00:00:00Z');
    expect(page).toContain('every figure counts them as missed');
    await home.activate(runId);
    expect((await home.recommend('50', { n: 3 })).items).toHaveLength(3);
  });

  it.each([
    ['leave-last', { protocol: 'leave-last', last: 2 }],
    ['per-user', { protocol: 'per-user', share: 0.2 }],
  ] as const)('%s, and tunes on the same split', async (by, protocol) => {
    const { runId } = await home.train({ ...protocol, model: 'popularity', activate });
    const run = store.load(runId);
    expect(run.protocol.heldOutClicks).toMatchObject({ by });
    expect((await home.evaluate(runId, { ks: [5] })).protocol).toBe(by);
    const { best } = await home.tune({
      ...protocol,
      model: 'item-knn',
      parameters: { neighbours: 5, shrinkage: 1 },
      trials: 1,
      file: join(folder, `${by}.json`),
    });
    expect(best!.score).toBeGreaterThan(0);
  });

  it('the files of a published split, with and without ratings in the home', async () => {
    const train = join(folder, 'train.txt');
    const test = join(folder, 'test.txt');
    const rows = checkerboard(40, 20, 8, 4);
    const lines = (first: number, last: number) =>
      Array.from(
        { length: 40 },
        (_, u) => `${u} ${[...rows.row(u).slice(first, last)].join(' ')}`,
      ).join('\n');
    writeFileSync(train, lines(0, 6));
    writeFileSync(test, `${lines(6, 8)} unknown\nstranger 3\n`);
    const files = { protocol: 'files', trainFile: train, testFile: test } as const;
    const empty = await openHome(join(folder, 'empty'), { create: true });
    try {
      for (const each of [empty, home]) {
        const remarks: string[] = [];
        const { runId } = await each.train({
          ...files,
          model: 'popularity',
          activate,
          onRemark: (text) => remarks.push(text),
        });
        expect(remarks[0]).toContain('24 training clicks, a tenth of them, are held out');
        const report = await each.evaluate(runId, { ks: [5] });
        expect(report.newcomers).toEqual({
          users: 1,
          ofUsers: 41,
          items: 1,
          clicks: 1,
          ofClicks: 81,
        });
      }
      const [run] = (await empty.runs()).runs;
      expect(run!.dataName).toMatch(/multvae-protocols-\w+\/train\.txt$/);
      await empty.activate(run!.id);
      expect((await empty.recommendTo(['1', '3'], { n: 2 })).items).toHaveLength(2);
    } finally {
      await empty.close();
    }
  });

  it('recall-all and NDCG as published tables have them', async () => {
    // One user; the model ranks items by their clicks: a, b, c, d, e.
    const train = join(folder, 'ranked.txt');
    const test = join(folder, 'ranked-test.txt');
    writeFileSync(train, '1 a b c d e\n2 a b c d\n3 a b c\n4 a b\n5 a\n9 z\n8 z\n');
    writeFileSync(test, '9 b e y x\n');
    const validation = join(folder, 'ranked-validation.txt');
    writeFileSync(validation, '9 a\n');
    const { runId } = await home.train({
      protocol: 'files',
      trainFile: train,
      validationFile: validation,
      testFile: test,
      model: 'popularity',
      activate,
    });
    const { models } = await home.evaluate(runId, { ks: [2, 3] });
    const value = (key: string) => models[0]!.metrics[key as 'ndcg@2']!.mean;
    // Of four hidden items, two of which nobody trained on, the list a b c has one, at rank 2.
    expect(value('recall-all@3')).toBeCloseTo(1 / 4, 12);
    expect(value('recall@3')).toBeCloseTo(1 / 3, 12);
    expect(value('ndcg@2')).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)), 12);
  });
});

describe('runs of different protocols', () => {
  it('are not compared, and the sentence names both', async () => {
    const one = await home.train({ ...time, model: 'popularity', activate });
    const two = await home.train({ protocol: 'leave-last', model: 'popularity', activate });
    const other = await home.train({
      protocol: 'leave-last',
      last: 2,
      model: 'popularity',
      activate,
    });
    const users = await home.train({ model: 'popularity', activate });
    await expect(home.compare([one, two])).rejects.toThrow(
      'one is split by the protocol time and the other by leave-last',
    );
    await expect(home.compare([two, other])).rejects.toThrow(
      'the protocol leave-last has other values in one than in the other',
    );
    await expect(home.compare([users, one])).rejects.toThrow(RunError);
    const knn = await home.train({ ...time, model: 'item-knn', activate });
    const study = await home.compare([one, knn], { ks: [5] });
    expect(study.models.map(({ model }) => model)).toEqual(['popularity', 'item-knn']);
    expect(study.newcomers?.items).toBe(2);
  });

  it('begin with the weights of a run of the same split alone', async () => {
    const options = { parameters: network, activate, backend };
    const base = await home.train({ ...time, ...options });
    const { runId } = await home.train({ from: base, activate, backend });
    expect(store.load(runId).protocol).toEqual(store.load(base.runId).protocol);
    const leaks = { from: base, protocol: 'leave-last', activate, backend } as const;
    await expect(home.train(leaks)).rejects.toThrow(
      `run ${base.runId} may have been trained on clicks that are held out now`,
    );
    const users = await home.train(options);
    await expect(home.train({ ...time, from: users, activate, backend })).rejects.toThrow(
      'one is split by the protocol users and the other by time',
    );
    await expect(home.train({ from: base, heldoutUsers: 5, activate, backend })).rejects.toThrow(
      RunError,
    );
  });

  it('go on after a stop with the same split, and refuse a file that has changed', async () => {
    const train = join(folder, 'resumed.txt');
    const test = join(folder, 'resumed-test.txt');
    const rows = checkerboard(40, 20, 8, 5);
    const lines = Array.from({ length: 40 }, (_, u) => `${u} ${[...rows.row(u)].join(' ')}`);
    writeFileSync(train, lines.join('\n'));
    writeFileSync(test, '1 19\n2 18\n');
    const files = { protocol: 'files', trainFile: train, testFile: test } as const;
    const stopped = async (protocol: ProtocolOptions) => {
      const stop = new AbortController();
      const training = home.train({
        ...protocol,
        parameters: { ...network, epochs: 3 },
        activate,
        backend,
        signal: stop.signal,
        onEpoch: () => stop.abort(new Error('enough')),
      });
      await expect(training).rejects.toThrow('enough');
      const { pending } = await home.runs();
      return pending[0]!.id;
    };
    for (const protocol of [time, files]) {
      const run = await stopped(protocol);
      const { runId } = await home.resume({ run, activate });
      expect(store.load(runId).protocol.heldOutClicks).toMatchObject({ by: protocol.protocol });
    }
    const run = await stopped(files);
    writeFileSync(test, '1 19\n');
    await expect(home.resume({ run, activate })).rejects.toThrow(
      `${test} has changed since the earlier training read it`,
    );
    await home.remove(run);
  });

  it('go live by if-better against popularity alone, and a night holds out users', async () => {
    const active = await home.train({ ...time, model: 'ease', activate: true, backend });
    const judged = await home.train({
      protocol: 'per-user',
      model: 'ease',
      activate: 'if-better',
      backend,
    });
    expect(judged.activation.comparison?.base).toBeNull();
    expect(judged.activation.comparison?.popularity).not.toBeNull();
    await home.activate(active);
    const night = await home.refresh([], { backend });
    expect(night.reason).toContain(
      `${active.runId} was measured with --protocol time, which holds out clicks`,
    );
    expect(store.load(night.run!).protocol.heldOutClicks).toBeUndefined();
  });
});

describe('options that do not go together', () => {
  it.each<[ProtocolOptions, string]>([
    [{ protocol: 'random' as 'time' }, '--protocol is "random"; it must be one of users, time'],
    [{ last: 2 }, '--last is for --protocol leave-last, and the protocol is users'],
    [{ protocol: 'time', heldoutUsers: 5 }, '--heldout-users is for --protocol users'],
    [{ protocol: 'files', testFile: 'x' }, '--protocol files needs --train-file'],
    [{ protocol: 'time', trainBefore: 'soon' }, '--train-before is "soon"; give a date'],
    [{ protocol: 'time', trainBefore: '2020-02-30' }, 'give a date'],
    [{ protocol: 'time', testFrom: '120%' }, '--test-from is "120%"; give a date'],
    [{ protocol: 'leave-last', last: 0 }, '--last is 0; give a number of clicks from 1 on'],
    [{ protocol: 'per-user', share: 0.5 }, '--share is 0.5; give a part'],
  ])('%j', async (options, message) => {
    const training = home.train({ ...options, model: 'popularity', activate });
    await expect(training).rejects.toThrow(message);
    await expect(training).rejects.toBeInstanceOf(ArgumentError);
  });

  it('are refused with feedback, whose clicks may be those that are held out', async () => {
    await expect(
      home.train({ ...time, model: 'popularity', activate, withFeedback: true }),
    ).rejects.toThrow(
      '--with-feedback adds clicks of users whose clicks --protocol time holds out',
    );
  });

  it('say what dates and counts the data have', async () => {
    const early = home.train({ protocol: 'time', trainBefore: '2019', model: 'popularity' });
    await expect(early).rejects.toThrow(SplitError);
    await expect(early).rejects.toThrow(
      'no click came before 2019-01-01T00:00:00Z (--train-before), so there is nothing to train on: the times of the clicks are from 2020-01-01T00:00:00Z to',
    );
    const last = home.train({ protocol: 'leave-last', last: 9, model: 'popularity' });
    await expect(last).rejects.toThrow('Hold out fewer: --last 4');
  });
});
