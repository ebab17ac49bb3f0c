/** `multvae tune --store`: one search by several processes, some of which are killed. */

import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { importCommand } from '../../src/cli/commands/import.js';
import { tuneCommand } from '../../src/cli/commands/tune.js';
import { ArgumentError, MultvaeError } from '../../src/errors.js';
import type { TuningSearch } from '../../src/home/tuning/status.js';
import type { TrialResult } from '../../src/model/training/search.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';
import { postgresMissing, startPostgres, type TestPostgres } from '../fixtures/postgres.js';

const missing = postgresMissing();
if (missing !== null) process.stderr.write(`shared-tune.test.ts is skipped: ${missing}\n`);

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const fixture = fileURLToPath(new URL('../fixtures/tuning-worker.mjs', import.meta.url));
const users = 100;
/** A search of a second or two: 6 trials of 1, 3 and 9 epochs. */
const small =
  '--backend cpu --trials 6 --set epochs=9 --set hiddenDims=[8] --set latentDim=4 --set batchSize=20'.split(
    ' ',
  );
/** The same search, as a program asks for it. */
const asked = {
  base: { model: 'mult-vae', epochs: 9, hiddenDims: [8], latentDim: 4, batchSize: 20 },
  fixed: ['batchSize', 'epochs', 'hiddenDims', 'latentDim'],
  backend: 'cpu',
  trials: 6,
} as const;
/** Trainings that do not end before a signal. */
const endless = [
  ...small.map((word) => (word === 'epochs=9' ? 'epochs=90000' : word)),
  '--set',
  'patience=0',
];

interface Answer {
  readonly file: string;
  readonly best: TrialResult;
  readonly results: readonly TrialResult[];
}

/** A worker in a process of its own. */
interface Worker {
  readonly process: ChildProcessWithoutNullStreams;
  readonly ended: Promise<{ code: number | null; out: string; err: string }>;
  /** Resolves when stderr, or stdout, has said this. */
  said(text: RegExp): Promise<void>;
}

const nameOf = ({ trial, rung }: Pick<TrialResult, 'trial' | 'rung'>) => `${trial} ${rung}`;
/** What a result must be wherever it was computed, by its training. */
const essence = (results: readonly TrialResult[]) =>
  new Map(results.map(({ durationS: _, ...rest }) => [nameOf(rest), { ...rest }]));

/** What a worker that was stopped within a training printed in the end. */
const resultsIn = (out: string): readonly TrialResult[] =>
  JSON.parse(out.slice(out.indexOf('{'))).results;

describe.skipIf(missing !== null)('multvae tune --store', () => {
  let folder: string;
  let server: TestPostgres;
  let ratings: string;
  let homes = 0;

  beforeAll(async () => {
    server = await startPostgres();
    folder = mkdtempSync(join(tmpdir(), 'multvae-shared-tune-'));
    const clicks = checkerboard(users, 30, 8, 1);
    const lines = ['userId,movieId,rating'];
    for (let u = 0; u < users; u++) {
      for (const item of clicks.row(u)) lines.push(`${u + 1},m${item},5`);
    }
    ratings = join(folder, 'ratings.csv');
    writeFileSync(ratings, `${lines.join('\n')}\n`);
  });
  afterAll(async () => {
    await server?.stop();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** A store with the data. */
  async function filled(): Promise<string> {
    const store = server.newSchema();
    await runCommand(importCommand(), [ratings, '--home', newHome(), '--store', store]);
    return store;
  }
  const newHome = () => join(folder, `home-${++homes}`);

  const workers: ChildProcessWithoutNullStreams[] = [];
  afterAll(() => {
    for (const worker of workers) worker.kill('SIGKILL');
  });

  const start = (store: string, home: string, words: readonly string[]): Worker =>
    watched(
      spawn(process.execPath, [main, 'tune', '--home', home, '--json', ...words], {
        env: { ...process.env, MULTVAE_STORE: store },
      }),
    );

  /** A worker that stops within its first training; its `stdin` lets it go on. */
  async function within(store: string, changes: object = {}): Promise<Worker> {
    const options = JSON.stringify({ ...asked, folder: newHome(), ...changes });
    const worker = watched(
      spawn(process.execPath, [fixture, options], {
        env: { ...process.env, STORE: store },
      }),
    );
    await worker.said(/training/);
    return worker;
  }

  function watched(child: ChildProcessWithoutNullStreams): Worker {
    workers.push(child);
    let out = '';
    let err = '';
    const waiting: { text: RegExp; resolve: () => void }[] = [];
    const look = () => {
      for (const { text, resolve } of waiting) if (text.test(out + err)) resolve();
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      look();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      look();
    });
    const ended = once(child, 'close').then(([code]) => ({
      code: code as number | null,
      out,
      err,
    }));
    return {
      process: child,
      ended,
      said: async (text) => {
        const said = new Promise<void>((resolve) => waiting.push({ text, resolve }));
        look();
        const over = ended.then(() => {
          if (!text.test(out + err))
            throw new Error(`the worker ended and never said ${text}:\n${err}`);
        });
        await Promise.race([said, over]);
      },
    };
  }

  async function status(store: string): Promise<TuningSearch[]> {
    const { out } = await runCommand(tuneCommand(), ['--status', '--json', '--store', store]);
    return JSON.parse(out).searches;
  }

  /** What each configuration of a search gives to one process alone, with SQLite. */
  async function alone(words: readonly string[]): Promise<Map<string, object>> {
    const home = newHome();
    await runCommand(importCommand(), [ratings, '--home', home]);
    const { out } = await runCommand(tuneCommand(), ['--home', home, '--json', ...words]);
    return essence((JSON.parse(out) as Answer).results);
  }

  it('gives as many results as asked for, and each as alone, although workers are killed', async () => {
    const store = await filled();
    // Long enough for a busy machine: a worker that is silent for a lease does not count as one.
    const first = await within(store, { leaseS: 3 });
    const second = await within(store, { leaseS: 3 });
    const home = newHome();
    // Both hold a training, so this one is not alone.
    const third = start(store, home, [...small, '--lease', '1s']);
    await third.said(/joins search 1 of the store, with 2 other workers/);
    for (const { process, ended } of [first, second]) {
      process.kill('SIGKILL');
      await ended;
    }
    const fourth = start(store, newHome(), [...small, '--lease', '1s']);
    const [{ code, out, err }, other] = await Promise.all([third.ended, fourth.ended]);
    expect([code, other.code], err + other.err).toEqual([0, 0]);
    for (const trial of [1, 2]) {
      expect(err + other.err).toContain(`takes trial ${trial} over from a worker that was lost`);
    }
    const answer: Answer = JSON.parse(out);
    expect(essence(JSON.parse(other.out).results)).toEqual(essence(answer.results));
    const names = answer.results.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    const trials = answer.results.filter(({ rung }) => rung === 0).map(({ trial }) => trial);
    expect(trials.toSorted()).toEqual([0, 1, 2, 3, 4, 5]);
    expect(answer.results.some(({ trial, rung }) => rung === 2 && trial > 0)).toBe(true);
    // Each worker writes the best, and leaves nothing else behind.
    for (const { out: text } of [{ out }, other]) {
      const { file, best } = JSON.parse(text) as Answer;
      expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(best.config);
      expect(best.score).toBe(Math.max(...answer.results.map(({ score }) => score!)));
    }
    const left = existsSync(join(home, 'tuning')) ? readdirSync(join(home, 'tuning')) : [];
    expect(left).toEqual([]);
    const expected = await alone(small);
    let compared = 0;
    for (const [name, result] of essence(answer.results)) {
      const { instructionSet, ...rest } = result as TrialResult & { instructionSet: string };
      expect(instructionSet).toBe(process.arch);
      if (!expected.has(name)) continue;
      compared++;
      expect(rest).toEqual(expected.get(name));
    }
    // Which trials are promoted depends on who is how fast, but all begin.
    expect(compared).toBeGreaterThanOrEqual(7);
    expect(err + other.err).not.toContain(server.password);
  }, 300_000);

  it('gives the trial back on Ctrl-C, and another worker takes it at once', async () => {
    const store = await filled();
    const home = newHome();
    const first = start(store, home, endless);
    await first.said(/begins search 1/);
    // The first training has 10,000 epochs, so no result comes before the signal.
    await expect
      .poll(async () => (await status(store))[0]?.running.map(({ worker }) => worker))
      .toEqual([0]);
    first.process.kill('SIGINT');
    const { code, err } = await first.ended;
    expect(code).toBe(130);
    expect(err).toMatch(/stopped by SIGINT; 0 results are kept/);
    const [search] = await status(store);
    expect(search!.workers.map(({ state }) => state)).toEqual(['left']);
    expect(search!.running).toMatchObject([{ trial: 0, rung: 0, worker: null, lost: 0 }]);
    // The checkpoint waits for this home; the lease would have ended in 30 seconds.
    expect(readdirSync(join(home, 'tuning'))).toEqual([expect.stringMatching(/^shared-/)]);
    const second = start(store, newHome(), [...endless, '--time', '1s']);
    const ended = await second.ended;
    expect(ended.code, ended.err).toBe(0);
    expect(ended.err).toMatch(/joins search 1 of the store, with no other worker/);
    expect(ended.err).not.toMatch(/takes trial/);
    expect((await status(store))[0]!.running).toMatchObject([{ trial: 0, worker: null }]);
  });

  it('says so when a worker was stopped for longer than its lease, and keeps one result', async () => {
    const store = await filled();
    const stopped = await within(store, { trials: 1, leaseS: 1 });
    stopped.process.kill('SIGSTOP');
    const other = start(store, newHome(), [...small, '--trials', '1', '--lease', '1s']);
    await other.said(/takes trial 1 over from a worker that was lost/);
    const finished = await other.ended;
    expect(finished.code, finished.err).toBe(0);
    const { results } = JSON.parse(finished.out) as Answer;
    const [search] = await status(store);
    expect(search!.workers.map(({ state }) => state)).toEqual(['silent', 'left']);
    stopped.process.kill('SIGCONT');
    stopped.process.stdin.write('\n');
    const { code, out, err } = await stopped.ended;
    expect(code, err).toBe(0);
    expect(err).toMatch(/another worker has recorded the result of trial 1 first/);
    expect(resultsIn(out)).toEqual(results);
    expect((await status(store))[0]!.results).toEqual(search!.results);
  });

  it('keeps a training that ends while the server is down', async () => {
    const store = await filled();
    const worker = await within(store, { trials: 2 });
    server.kill();
    worker.process.stdin.write('\n');
    await worker.said(/this worker goes on, and waits/);
    await server.up();
    const { code, out, err } = await worker.ended;
    expect(code, err).toBe(0);
    expect(err).toMatch(/the store answers again/);
    const expected = await alone([...small, '--trials', '2']);
    expect(essence(resultsIn(out)).size).toBe(expected.size);
    // Who comes after the end gets the same, also in a home that is new.
    const late = ['--store', store, '--home', newHome(), '--json', ...small, '--trials', '2'];
    const again: Answer = JSON.parse((await runCommand(tuneCommand(), late)).out);
    expect(again.results).toEqual(resultsIn(out));
    expect(JSON.parse(readFileSync(again.file, 'utf8'))).toEqual(again.best.config);
    expect(err).not.toContain(server.password);
  });

  it('shows a search while it runs and afterwards, and says what else goes on', async () => {
    const store = await filled();
    const shown = async (...words: string[]) =>
      await runCommand(tuneCommand(), ['--status', '--store', store, ...words]);
    expect((await shown()).err).toMatch(/has no search yet/);
    expect((await shown()).err).not.toContain(server.password);
    const worker = start(store, newHome(), endless);
    await worker.said(/begins search/);
    await expect.poll(async () => (await shown()).out).toMatch(/trial 1 +first +1 on /);
    const { out } = await shown();
    expect(out).toMatch(/^search +model +objective .*\n1 +mult-vae +whole +cpu /);
    expect(out).toMatch(new RegExp(`1 .* ${worker.process.pid} +${process.arch} .*working`));
    // A search that differs says so.
    const other = ['--store', store, '--home', newHome(), ...small, '--trials', '1', '--seed', '2'];
    const { err } = await runCommand(tuneCommand(), other);
    expect(err).toMatch(/search 1 of this store is going on too, with .*another seed/);
    worker.process.kill('SIGKILL');
    await worker.ended;
    const [newest, older] = await status(store);
    expect([newest!.search, older!.search]).toEqual([2, 1]);
    expect(newest!.best!.score).toBeGreaterThan(0);
    expect((await shown()).out).toMatch(/trial +NDCG@100 +length/);
    expect((await shown('--model', 'ease')).err).toMatch(/has no search of ease yet/);
  });

  it('names what it cannot do', async () => {
    const refused = (...words: string[]) => runCommand(tuneCommand(), words);
    const home = newHome();
    await expect(refused('--home', home, '--lease', '10s')).rejects.toThrow(ArgumentError);
    await expect(refused('--home', home, '--status', '--trials', '3')).rejects.toThrow(/--trials/);
    await expect(refused('--home', home, '--status', '--set', 'epochs=3')).rejects.toThrow(
      /--set and --status/,
    );
    const empty = refused('--home', home, '--store', server.newSchema());
    await expect(empty).rejects.toThrow(/no data set/);
    await expect(empty).rejects.not.toThrow(server.password);
    await expect(refused('--home', home, '--status')).rejects.toThrow(MultvaeError);
  });
});
