/** `multvae train`: training, stopping and resuming. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/backend/select.js';
import { doctorCommand } from '../../src/cli/commands/doctor.js';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import type { ItemId, UserId } from '../../src/data/ids.js';
import { importRatings } from '../../src/data/import.js';
import { nothingHidden } from '../../src/data/split/users.js';
import { SqliteFeedbackWriter } from '../../src/data/store/sqlite/feedback/feedback-writer.js';
import { ArgumentError, ConfigError, HomeError, RunError } from '../../src/errors.js';
import { findResumable } from '../../src/home/runs.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { readCheckpoint } from '../../src/model/training/checkpoint.js';
import { RunStore } from '../../src/runs/store.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const small = ['hiddenDims=[8]', 'latentDim=4', 'epochs=4', 'batchSize=20'];
let folder: string;
let home: string;

function writeRatings(path: string, users: number): void {
  const clicks = checkerboard(users, 30, 8, 1);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < users; u++) {
    for (const item of clicks.row(u)) lines.push(`${u + 1},m${item},5`);
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

/** Runs `multvae train` in this process; the last line of stdout is the run's id. */
async function train(...words: string[]): Promise<string> {
  const { out } = await runCommand(trainCommand(), ['--home', home, ...words]);
  return out.trimEnd().split('\n').at(-1)!;
}

const sets = (...assignments: string[]) => assignments.flatMap((text) => ['--set', text]);

/** Starts `multvae train` as its own process, and stops it with a signal when it has shown progress. */
async function stoppedTraining(
  signal: 'SIGINT' | 'SIGTERM',
  ...flags: readonly string[]
): Promise<{ code: number; err: string }> {
  const sizes = sets(...small, 'epochs=100000', 'patience=0');
  const words = ['train', '--home', home, '--backend', 'wasm', ...sizes, ...flags];
  const child = spawn(process.execPath, [main, ...words], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let err = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const first = !err.includes('epoch');
    err += text;
    if (first && err.includes('epoch')) child.kill(signal);
  });
  const [code] = await once(child, 'exit');
  return { code, err };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-training-'));
  home = join(folder, 'home');
  writeRatings(join(folder, 'ratings.csv'), 100);
  await importRatings(home, join(folder, 'ratings.csv'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('multvae train', () => {
  it('publishes a Mult-VAE that scores, with its log and lineage, and activates it', async () => {
    const id = await train('--backend', 'wasm', '--seed', '7', ...sets(...small));
    const store = new RunStore(home);
    expect(store.active()).toBe(id);
    const run = store.load(id);
    expect(run.config).toMatchObject({ model: 'mult-vae', hiddenDims: [8], seed: 7, epochs: 4 });
    expect(run.protocol).toMatchObject({ heldoutUsers: 10, splitSeed: 98765 });
    expect(run.log).toHaveLength(4);
    expect(run.lineage.backend).toMatch(/^wasm /);
    expect(run.lineage.seed).toBe(7);
    const best = Math.max(...run.log.map(({ ndcg100 }) => ndcg100));
    expect(run.metrics['ndcg@100']).toBeCloseTo(best, 6);
    expect(readdirSync(join(home, 'runs', id))).not.toContain('checkpoint.safetensors');
    const model = await loadRecommender(run, () => openEngine('wasm'));
    const scores = await model.score(run.split.test.foldIn);
    expect(scores.every(Number.isFinite)).toBe(true);
    model.dispose();
  });

  it('takes --threads, and refuses a value that is no number', async () => {
    const id = await train('--threads', '1', ...sets(...small, 'epochs=1'));
    const { backend } = new RunStore(home).load(id).lineage;
    if (backend.startsWith('native')) expect(backend).toMatch(/, 1 thread[,)]/);
    await expect(train('--threads', '0')).rejects.toThrow(
      /--threads is "0"; give an integer from 1/,
    );
  });

  it('publishes popularity without a backend, and leaves it inactive when asked to', async () => {
    const before = new RunStore(home).active();
    const id = await train('--model', 'popularity', '--no-activate');
    const store = new RunStore(home);
    expect(store.active()).toBe(before);
    const run = store.load(id);
    expect(run.lineage).toMatchObject({ backend: 'none', seed: null });
    const model = await loadRecommender(run, () => Promise.reject(new Error('not needed')));
    const { foldIn } = run.split.test;
    const scores = await model.score(foldIn.slice(0, 1));
    expect(scores).toEqual(Float32Array.from(run.vocabulary.trainClicks));
  });

  it('adds feedback of training users when asked to, records it, and holds out the same users', async () => {
    const store = new RunStore(home);
    const flags = ['--model', 'popularity', '--no-activate'];
    const plain = store.load(await train(...flags));
    const writer = new SqliteFeedbackWriter(home);
    const everybody = Array.from({ length: 100 }, (_, u) => ({
      key: `k${u}`,
      userId: `${u + 1}` as UserId,
      itemId: 'fresh' as ItemId,
      rating: null,
      timestamp: null,
    }));
    await writer.store(everybody);
    writer.close();
    const ignoring = store.load(await train(...flags));
    expect(ignoring.vocabulary).toEqual(plain.vocabulary);
    expect(ignoring.lineage.feedback).toBeUndefined();
    const using = store.load(await train(...flags, '--with-feedback'));
    expect(using.vocabulary.items).toEqual([...plain.vocabulary.items, 'fresh']);
    expect(using.vocabulary.trainClicks.at(-1)).toBe(80);
    expect(using.lineage.dataHash).toBe(plain.lineage.dataHash);
    expect(using.lineage.feedback).toMatchObject({ events: 80, newUsers: 0, newItems: 1 });
    for (const name of ['validation', 'test'] as const) {
      expect(using.split[name].users).toEqual(plain.split[name].users);
      expect(using.split[name].heldOut.items).toEqual(plain.split[name].heldOut.items);
      expect(using.split[name].foldIn.items).toEqual(plain.split[name].foldIn.items);
    }
  });

  it('reads hyper-parameters from a file; --set and --seed override them', async () => {
    const path = join(folder, 'config.json');
    const values = { model: 'mult-vae', hiddenDims: [8], latentDim: 4, epochs: 3, seed: 5 };
    writeFileSync(path, JSON.stringify(values));
    const words = ['--config', path, '--backend', 'cpu', '--set', 'epochs=2', '--seed', '9'];
    const run = new RunStore(home).load(await train(...words));
    expect(run.config).toMatchObject({ latentDim: 4, epochs: 2, seed: 9 });
  });

  it('names a value that is out of range, unknown or missing', async () => {
    await expect(train('--set', 'dropout=1.5')).rejects.toThrow(ConfigError);
    await expect(train('--set', 'dropout=1.5')).rejects.toThrow(/dropout.*0 to 0\.99/);
    await expect(train('--set', 'depth=2')).rejects.toThrow(/depth/);
    await expect(train('--set', 'toString=2')).rejects.toThrow(
      /"toString" is not a hyper-parameter/,
    );
    await expect(train('--set', '__proto__={}')).rejects.toThrow(/"__proto__" is not a hyper-para/);
    await expect(train('--set', 'epochs=x')).rejects.toThrow(/epochs is "x", not an integer/);
    await expect(train('--seed', '-1')).rejects.toThrow(/--seed.*0 to 4294967295/);
    await expect(train('--backend', 'abacus')).rejects.toThrow(ArgumentError);
    await expect(train('--model', 'oracle')).rejects.toThrow(ArgumentError);
    await expect(train('--config', join(folder, 'none.json'))).rejects.toThrow(ConfigError);
    await expect(train('--home', join(folder, 'nowhere'))).rejects.toThrow(HomeError);
    await expect(train('--resume')).rejects.toThrow(/no training that was stopped/);
    expect(new RunStore(home).pending()).toEqual([]);
  });
});

describe('what a configuration leaves to the data', () => {
  it('is printed, kept in the run, and yields to --set', async () => {
    const few = sets('hiddenDims=[8]', 'latentDim=4', 'epochs=1');
    const { out, err } = await runCommand(trainCommand(), ['--home', home, ...few]);
    const store = new RunStore(home);
    const { config, lineage } = store.load(out.trim());
    expect(lineage.trainingUsers).toBe(80);
    expect(config).toMatchObject({ batchSize: 5, patience: 13, epochs: 1 });
    expect(err).toContain(
      'at most 1 epochs, batchSize 5, patience 13 (batchSize and patience follow the 80 training users; --set batchSize=N, --set patience=N)',
    );
    const named = [...few, ...sets('batchSize=40', 'patience=3')];
    const told = await runCommand(trainCommand(), ['--home', home, ...named]);
    expect(told.err).toMatch(/batchSize 40, patience 3$/m);
  });

  it('is printed for each member of an ensemble', async () => {
    const path = join(folder, 'blend.json');
    const config = { model: 'mult-dae', latentDim: 4, epochs: 1 };
    writeFileSync(path, JSON.stringify({ model: 'ensemble', members: [{ weight: 1, config }] }));
    const { err, out } = await runCommand(trainCommand(), ['--home', home, '--config', path]);
    expect(err).toMatch(/^member 1: mult-dae, seed 1, 1 epochs, batchSize 5, patience 13$/m);
    expect(new RunStore(home).load(out.trim()).config).toMatchObject({
      members: [{ config: { batchSize: 5, patience: 13 } }],
    });
  });
});

describe('whom the protocol leaves out', () => {
  it('is said with the numbers and the flag, by train and by evaluate', async () => {
    const other = join(folder, 'sparse');
    const lines = ['userId,movieId,rating'];
    const clicks = checkerboard(60, 30, 8, 1);
    for (let u = 0; u < 60; u++) {
      // Every third user has three clicks, too few for --min-clicks 5.
      const row = clicks.row(u).slice(0, u % 3 === 0 ? 3 : 8);
      for (const item of row) lines.push(`${u + 1},m${item},5`);
    }
    writeFileSync(join(folder, 'sparse.csv'), lines.join('\n'));
    await importRatings(other, join(folder, 'sparse.csv'));
    const words = ['--home', other, '--model', 'popularity', '--heldout-users', '12'];
    const { err, out } = await runCommand(trainCommand(), words);
    expect(err).toContain(
      '20 of 60 users have fewer than 5 clicks and take no part (--min-clicks 5)',
    );
    expect(err).not.toContain('nothing hidden');
    const run = new RunStore(other).load(out.trim());
    expect(run.lineage.usersBelow).toBe(20);
    const measured = await runCommand(evaluateCommand(), ['--home', other]);
    expect(measured.err).toMatch(/20 users with fewer than 5 clicks took no part.*--min-clicks/);

    const all = await runCommand(trainCommand(), [...words, '--min-clicks', '3']);
    expect(all.err).not.toContain('take no part');
    const { split } = new RunStore(other).load(all.out.trim());
    const validation = nothingHidden(split.validation);
    const test = nothingHidden(split.test);
    expect(validation + test).toBeGreaterThan(0);
    expect(all.err).toContain(
      `${validation} validation users and ${test} test users have nothing hidden`,
    );
    expect(all.err).toContain('(a higher --min-clicks leaves them out)');
    const table = await runCommand(evaluateCommand(), ['--home', other]);
    expect(table.err).not.toContain('took no part');
    expect(table.out).toContain(`${test} left out: they have no hidden clicks (--min-clicks)`);
  });
});

describe('a training that is stopped', () => {
  it('refuses to resume with other feedback', async () => {
    const { code } = await stoppedTraining('SIGTERM', '--with-feedback');
    expect(code).toBe(143);
    const [id] = new RunStore(home).pending();
    const writer = new SqliteFeedbackWriter(home);
    const click = { userId: '1' as UserId, itemId: 'fresher' as ItemId, rating: null };
    await writer.store([{ ...click, key: 'afterwards', timestamp: null }]);
    await expect(train('--resume', id!)).rejects.toThrow(/begun with other feedback/);
    await writer.delete('afterwards');
    writer.close();
    expect(new RunStore(home).pending()).toEqual([id]);
    new RunStore(home).remove(id!);
  });

  it('leaves a checkpoint, says how to resume, and resumes only with the same settings', async () => {
    const { code, err } = await stoppedTraining('SIGINT');
    expect(code).toBe(130);
    const [id] = new RunStore(home).pending();
    expect(err).toContain(`--resume ${id}`);
    await expect(train('--resume', '--seed', '2')).rejects.toThrow(/seed 1, not 2/);
    await expect(train('--resume', '--min-clicks', '6')).rejects.toThrow(/minClicks 5, not 6/);
    await expect(train('--resume', '--model', 'popularity')).rejects.toThrow(
      /begun with model "mult-vae", not "popularity"/,
    );
    await expect(train('--resume', '--backend', 'cpu')).rejects.toThrow(/backend "wasm"/);
    await expect(train('--resume', 'mult-vae-1-2')).rejects.toThrow(RunError);
    await expect(train('--resume', '--with-feedback')).rejects.toThrow(
      /begun with withFeedback false, not true/,
    );

    const other = join(folder, 'more.csv');
    writeRatings(other, 101);
    await importRatings(home, other, { replace: true });
    await expect(train('--resume')).rejects.toThrow(/begun on other data/);
    const remarks: string[] = [];
    const { dataHash } = readCheckpoint(new RunStore(home).pendingDir(id!)).origin;
    expect(await findResumable(home, 'other', (text) => remarks.push(text))).toBeNull();
    expect(remarks).toEqual([expect.stringMatching(/cannot go on: the data have changed/)]);
    expect((await findResumable(home, dataHash, () => undefined))?.runId).toBe(id);
    await importRatings(home, join(folder, 'ratings.csv'), { replace: true });

    const checkpoint = join(new RunStore(home).pendingDir(id!), 'checkpoint.safetensors');
    rmSync(checkpoint);
    mkdirSync(checkpoint);
    await expect(train('--resume')).rejects.toThrow(/cannot be read: .*Train from the beginning/);
    expect(await findResumable(home, dataHash, (text) => remarks.push(text))).toBeNull();
    expect(remarks.at(-1)).toMatch(/cannot go on: .*cannot be read/);

    new RunStore(home).remove(id!);
    expect((await stoppedTraining('SIGTERM')).code).toBe(143);
  });
});

describe('multvae doctor', () => {
  it('says for each backend whether it is chosen, or why not; also as JSON', async () => {
    const { out } = await runCommand(doctorCommand(), ['--json', '--home', home]);
    const { backends, findings } = JSON.parse(out);
    expect(backends.map(({ name }: { name: string }) => name)).toContain('cpu');
    // A machine without a C++ compiler has no addon, and works.
    const others = findings.filter(({ name }: { name: string }) => name !== 'native addon');
    expect(others.filter(({ ok }: { ok: boolean }) => !ok)).toEqual([]);
    expect(existsSync(join(home, 'multvae.db'))).toBe(true);
  });
});
