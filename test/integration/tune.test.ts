/** `multvae tune`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainCommand } from '../../src/cli/commands/train.js';
import { tuneCommand } from '../../src/cli/commands/tune.js';
import { importRatings } from '../../src/data/import.js';
import { strongGeneralization } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { ArgumentError, ConfigError, DivergenceError, HomeError } from '../../src/errors.js';
import type { TrialResult } from '../../src/model/training/search.js';
import { HomeLocks } from '../../src/runs/locks.js';
import { RunStore } from '../../src/runs/store.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const atText = fileURLToPath(new URL('../fixtures/at-text.mjs', import.meta.url));
const users = 100;
/** A search of a second or two: 8 trials of 1, 3 and 9 epochs. */
const small =
  '--backend cpu --trials 8 --set epochs=9 --set hiddenDims=[8] --set latentDim=4 --set batchSize=20'.split(
    ' ',
  );
let folder: string;

/** Writes a ratings file: the clicks of a checkerboard, with those of some users replaced by `change`. */
function writeRatings(name: string, change: (user: string) => readonly number[] | null): string {
  const clicks = checkerboard(users, 30, 8, 1);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < users; u++) {
    const user = String(u + 1);
    for (const item of change(user) ?? clicks.row(u)) lines.push(`${user},m${item},5`);
  }
  const path = join(folder, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

async function homeOf(name: string, ratings: string): Promise<string> {
  const home = join(folder, name);
  await importRatings(home, ratings, { name: 'checkerboard' });
  return home;
}

/** What a command prints. */
async function run(command: () => Command, home: string, words: string[]): Promise<string> {
  return (await runCommand(command(), ['--home', home, ...words])).out;
}

interface Answer {
  readonly file: string;
  readonly best: TrialResult;
  readonly results: readonly TrialResult[];
}
const tune = async (home: string, ...words: string[]): Promise<Answer> =>
  JSON.parse(await run(tuneCommand, home, [...small, '--json', ...words]));

/** A result without its times, which are all that an interruption may change. */
const essence = ({ results, best }: Answer) =>
  [...results, best].map(({ durationS: _, ...rest }) => rest);

/** Starts `multvae tune` as a process of its own, which gets a signal when stderr says so. */
async function stopped(home: string, signal: NodeJS.Signals, at: RegExp, words = small) {
  const child = spawn(
    process.execPath,
    ['--import', atText, main, 'tune', '--home', home, ...words],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, AT_TEXT: at.source, AT_DO: signal },
    },
  );
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const [code, by] = await once(child, 'close');
  return { code, by, out, err };
}

let ratings: string;
let whole: Answer;
let wholeHome: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-tune-'));
  ratings = writeRatings('ratings.csv', () => null);
  wholeHome = await homeOf('whole', ratings);
  whole = await tune(wholeHome);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('multvae tune', () => {
  it('writes the best configuration, which trains to the same figure', async () => {
    const scores = whole.results.map(({ score }) => score!);
    expect(whole.best.score).toBe(Math.max(...scores));
    expect(whole.results.filter(({ rung }) => rung === 0)).toHaveLength(8);
    expect(whole.results.some(({ rung }) => rung === 2)).toBe(true);
    expect(JSON.parse(readFileSync(whole.file, 'utf8'))).toEqual(whole.best.config);
    // Nothing else is left behind.
    expect(new RunStore(wholeHome).list()).toEqual([]);
    expect(new RunStore(wholeHome).pending()).toEqual([]);
    expect(existsSync(join(wholeHome, 'tuning', '1'))).toBe(false);
    const words = ['--config', whole.file, '--backend', 'cpu'];
    const id = (await run(trainCommand, wholeHome, words)).trim();
    const { metrics, config } = new RunStore(wholeHome).load(id);
    expect(config).toEqual(whole.best.config);
    expect(metrics['ndcg@100']).toBe(whole.best.score);
  });

  it('searches a network that samples its items, in a search of its own', async () => {
    // So few users a step leave items that none of them clicked.
    const set = ['sampledItems=0.3', 'batchSize=4', 'epochs=3'].flatMap((value) => [
      '--set',
      value,
    ]);
    const { file, best, results } = await tune(wholeHome, '--trials', '2', ...set);
    for (const { config } of results) expect(config).toMatchObject({ sampledItems: 0.3 });
    const scoreOf = async (...words: string[]) => {
      const id = await run(trainCommand, wholeHome, [
        '--config',
        file,
        ...words,
        '--backend',
        'cpu',
      ]);
      return new RunStore(wholeHome).load(id.trim()).metrics['ndcg@100'];
    };
    expect(await scoreOf()).toBe(best.score);
    expect(await scoreOf('--set', 'sampledItems=0')).not.toBe(best.score);
  });

  it('maximises the objective that is asked for, in a search of its own', async () => {
    const scoresOf = async (objective: string) => {
      const few = ['--trials', '2', '--objective', objective];
      const answer = await tune(wholeHome, ...few);
      expect(answer).toMatchObject({ objective });
      return new Map(answer.results.map(({ trial, rung, score }) => [`${trial} ${rung}`, score!]));
    };
    const onWhole = new Map(
      whole.results.map(({ trial, rung, score }) => [`${trial} ${rung}`, score!]),
    );
    const onShort = await scoresOf('short');
    const onBoth = await scoresOf('both');
    for (const trial of ['0 0', '0 2', '1 0']) {
      expect(onShort.get(trial)).not.toBe(onWhole.get(trial));
      expect(onBoth.get(trial)).toBeCloseTo((onWhole.get(trial)! + onShort.get(trial)!) / 2, 12);
    }
    await expect(tune(wholeHome, '--objective', 'half')).rejects.toThrow(
      /'half' is invalid.*whole, short, both/,
    );
  });

  it.each([/trial 4 of 8/, /epochs 9: /])(
    'gives the same results after a SIGKILL at %s',
    async (at) => {
      const home = await homeOf(`killed ${at.source.replace(/\W/g, '')}`, ratings);
      const { by, out } = await stopped(home, 'SIGKILL', at);
      expect(by).toBe('SIGKILL');
      expect(out).toBe('');
      expect(essence(await tune(home))).toEqual(essence(whole));
    },
  );

  it('does not run a search that somebody else runs', async () => {
    const home = await homeOf('twice', ratings);
    const locks = new HomeLocks(home);
    const claim = locks.alone(() => locks.claim('tuning.1'))!;
    await expect(tune(home)).rejects.toThrow(HomeError);
    await expect(tune(home)).rejects.toThrow(/this process, since .* runs the same search/);
    claim.release();
    expect((await tune(home, '--trials', '1')).results).not.toEqual([]);
    expect(readdirSync(join(home, 'locks'))).toEqual(['runs']);
  });

  it('resumes within a training after Ctrl-C, and says how', async () => {
    const home = await homeOf('interrupted', ratings);
    const out = join(folder, 'interrupted.json');
    const long = [...small, '--set', 'epochs=90000', '--set', 'patience=0', '--out', out];
    // The first training has 10,000 epochs, so nothing is measured before the signal.
    const first = await stopped(home, 'SIGINT', /searching/, long);
    expect(first.code).toBe(130);
    expect(first.err).toMatch(/stopped by SIGINT; 0 results are kept\. The same command goes on\./);
    expect(existsSync(out)).toBe(false);
    expect(existsSync(join(home, 'tuning', '1', 'checkpoint.safetensors'))).toBe(true);
  });

  it('prints and writes the best so far when it is stopped', async () => {
    const home = await homeOf('terminated', ratings);
    const { code, out, err } = await stopped(home, 'SIGTERM', /trial 3 of 8/);
    expect(code).toBe(143);
    expect(out).toMatch(/^trial +NDCG@100 .*dropout/);
    expect(err).toMatch(/stopped by SIGTERM; \d+ results are kept/);
    expect(existsSync(join(home, 'tuned.mult-vae.json'))).toBe(true);
    expect(essence(await tune(home))).toEqual(essence(whole));
  });

  it('stops when the time is up, without an error', async () => {
    const home = await homeOf('timed', ratings);
    const words = ['--set', 'epochs=90000', '--set', 'patience=0', '--time', '1s'];
    const out = await run(tuneCommand, home, [...small, ...words]);
    expect(out).toBe('');
    expect(existsSync(join(home, 'tuning', '1', 'checkpoint.safetensors'))).toBe(true);
  });

  it('repeats a finished search at once, and continues it with more trials', async () => {
    const again = await tune(wholeHome);
    expect(again.results).toEqual(whole.results);
    const more = await tune(wholeHome, '--trials', '10');
    expect(more.results.slice(0, whole.results.length)).toEqual(whole.results);
    expect(more.results.filter(({ rung }) => rung === 0)).toHaveLength(10);
    const other = await tune(wholeHome, '--seed', '2');
    expect(other.results.slice(0, 2)).toMatchObject([{ trial: 0 }, { trial: 0 }]);
    expect(other.results[0]!.config).toEqual(whole.results[0]!.config);
    expect(other.results[2]!.config).not.toEqual(whole.results[2]!.config);
  });

  it('shows the searches of a home, also while one runs', async () => {
    const home = await homeOf('status', ratings);
    const status = (...words: string[]) =>
      runCommand(tuneCommand(), ['--home', home, '--status', ...words]);
    const none = await status();
    expect(none.out).toBe('');
    expect(none.err).toMatch(/status has no search yet/);
    const answer = await tune(home);
    await tune(home, '--seed', '2', '--trials', '2');
    const searches = async () => JSON.parse((await status('--json')).out).searches;
    const [newest, older] = await searches();
    expect(newest).toMatchObject({ search: 2, seed: 2, model: 'mult-vae', workers: [] });
    expect(
      older.results.map(({ instructionSet: _, ...rest }: { instructionSet: null }) => rest),
    ).toEqual(answer.results);
    expect(older.best).toEqual({ ...answer.best, instructionSet: null });
    expect((await status()).out).toMatch(
      /^search +model .*\n2 +mult-vae +whole +cpu .*\n1 +mult-vae +whole +cpu /,
    );
    const lock = new HomeLocks(home).alone(() => new HomeLocks(home).claim('tuning.1'))!;
    // What runs comes first.
    const [running] = await searches();
    expect(running.search).toBe(1);
    expect(running.workers).toMatchObject([{ pid: process.pid, state: 'working' }]);
    lock.release();
    expect((await searches())[1].workers).toEqual([]);
    expect((await status('--model', 'ease')).err).toMatch(/no search of ease yet/);
  });

  it('says so when every trial diverges, and writes no configuration', async () => {
    const home = await homeOf('diverging', ratings);
    // One such step moves log σ² of 512 units beyond what its exponential can be.
    const words = ['--set', 'learningRate=1', '--set', 'hiddenDims=[512]', '--trials', '2'];
    const out = join(folder, 'none.json');
    const tuning = tune(home, ...words, '--out', out);
    await expect(tuning).rejects.toThrow(DivergenceError);
    await expect(tuning).rejects.toThrow(/every trial diverged, the first so: .*learningRate/);
    expect(existsSync(out)).toBe(false);
    await expect(tune(home, ...words, '--out', out)).rejects.toThrow(/every trial diverged/);
  });

  it('never uses the clicks of test users', async () => {
    const database = RatingsDatabase.open(wholeHome);
    const clicks = database.labelledClicks(3.5, 5);
    database.close();
    const split = strongGeneralization(clicks, {
      ratingThreshold: 3.5,
      minClicks: 5,
      splitSeed: 98765,
      heldoutUsers: users / 10,
    });
    const others = [0, 1, 2, 3, 4, 5, 6, 7];
    const changed = async (name: 'test' | 'validation') => {
      const path = writeRatings(`${name}.csv`, (user) =>
        split[name].users.some((id) => id === user) ? others : null,
      );
      return essence(await tune(await homeOf(`other ${name} users`, path)));
    };
    expect(await changed('test')).toEqual(essence(whole));
    // Other validation users do change the results, so the comparison can fail.
    expect(await changed('validation')).not.toEqual(essence(whole));
  });

  it('searches a model without epochs and without a backend', async () => {
    const home = await homeOf('neighbours', ratings);
    const words = ['--model', 'item-knn', '--trials', '4', '--json'];
    const { results, best }: Answer = JSON.parse(await run(tuneCommand, home, words));
    expect(results.map(({ trial, rung }) => [trial, rung])).toEqual(
      [0, 1, 2, 3].map((k) => [k, 0]),
    );
    expect(Object.keys(best.config).sort()).toEqual(['model', 'neighbours', 'shrinkage']);
  });

  it('names what it cannot do', async () => {
    const refused = (...words: string[]) => run(tuneCommand, wholeHome, words);
    await expect(refused('--model', 'popularity')).rejects.toThrow(/no hyper-parameter to search/);
    await expect(refused('--time', '2 hours')).rejects.toThrow(/--time is "2 hours"; give a time/);
    await expect(refused('--time', '0s')).rejects.toThrow(ArgumentError);
    await expect(refused('--trials', '0')).rejects.toThrow(/--trials is "0"/);
    await expect(refused('--set', 'depth=2')).rejects.toThrow(ConfigError);
    await expect(refused(...small, '--out', join(folder, 'no', 'x'))).rejects.toThrow(
      /--out: .*no/,
    );
    await expect(run(tuneCommand, join(folder, 'nowhere'), [])).rejects.toThrow(HomeError);
  });
});
