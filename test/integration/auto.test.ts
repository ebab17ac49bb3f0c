/** `multvae train` without a model: several are tried, and one run has them all. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { tuneCommand } from '../../src/cli/commands/tune.js';
import { ArgumentError, ConfigError } from '../../src/errors.js';
import type { Home } from '../../src/home/home.js';
import { openHome } from '../../src/home/place/open-home.js';
import { trainAuto } from '../../src/home/training/auto.js';
import { RunStore } from '../../src/runs/store.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';

const users = 60;
let folder: string;
let home: Home;
/** What bare `multvae train` printed, and its run. */
let bare: { out: string; err: string };
let runId: string;

/** Every fourth user has three clicks, too few to take part. */
function writeRatings(path: string): void {
  const clicks = checkerboard(users, 24, 8, 1);
  const lines = ['user,item'];
  for (let u = 0; u < users; u++) {
    for (const item of clicks.row(u).slice(0, u % 4 === 0 ? 3 : 8)) lines.push(`u${u},i${item}`);
  }
  writeFileSync(path, `${lines.join('\n')}\n`);
}

const train = (...words: string[]) => runCommand(trainCommand(), ['--home', home.folder, ...words]);

/** A clock that moves by so many milliseconds whenever it is asked. */
function ticking(ms: number): () => number {
  let time = 0;
  return () => {
    time += ms;
    return time;
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-auto-'));
  writeRatings(join(folder, 'clicks.csv'));
  home = await openHome(join(folder, 'home'), { create: true });
  await home.import(join(folder, 'clicks.csv'));
  bare = await train();
  runId = bare.out.trim();
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

describe('multvae train', () => {
  it('publishes and activates one run, and prints its id alone on stdout', () => {
    expect(bare.out).toMatch(/^auto-\d{8}-\d{6}-[0-9a-f]{5}\n$/);
    const store = new RunStore(home.folder);
    expect(store.active()).toBe(runId);
    expect(store.list().map(({ id }) => id)).toEqual([runId]);
    expect(store.pending()).toEqual([]);
  });

  it('prints the table that it chose by, with one chosen row', () => {
    const { err } = bare;
    expect(err).toContain('trying several models on clicks for at most 10 min 0 s (--time)');
    expect(err).toContain(
      'networks train with batchSize 2 and patience 11, which follow the 37 training users',
    );
    expect(err).toContain('15 of 60 users have fewer than 5 clicks and take no part');
    expect(err).toMatch(/model +setting +whole +short +objective +seconds/);
    for (const model of [
      'popularity',
      'item-knn',
      'ease',
      'kernel-ae',
      'mult-vae',
      'mult-dae',
      'ensemble',
    ]) {
      expect(err).toMatch(new RegExp(`^\\*? *${model} .* 0\\.\\d{4} ± 0\\.\\d{4} +\\d`, 'm'));
    }
    expect(err.match(/^\* /gm)).toHaveLength(1);
    expect(err).not.toContain('time limit');
  });

  it('chooses the highest mean of whole and short', async () => {
    const rows = [...bare.err.matchAll(/^(\*?) .* (0\.\d+) +(0\.\d+) +(0\.\d+) ± .*$/gm)];
    const objective = (row: RegExpMatchArray) => Number(row[4]);
    expect(rows.length).toBeGreaterThan(5);
    for (const row of rows) {
      expect(objective(row)).toBeCloseTo((Number(row[2]) + Number(row[3])) / 2, 3);
    }
    const chosen = rows.find(([, mark]) => mark === '*')!;
    expect(objective(chosen)).toBe(Math.max(...rows.map(objective)));
  });

  it('keeps concrete numbers in the run, and always a Mult-VAE', () => {
    const run = new RunStore(home.folder).load(runId);
    const { config } = run;
    const members = config.model === 'ensemble' ? config.members : [{ weight: 1, config }];
    const vae = members.find((member) => member.config.model === 'mult-vae')!;
    expect(vae.config).toMatchObject({ batchSize: 2, seed: 1 });
    expect(run.lineage).toMatchObject({ usersBelow: 15, trainingUsers: 37 });
    expect(run.metrics['ndcg@100']).toBeGreaterThan(0.5);
  });

  it('gives the same run again, byte for byte, as a program too', async () => {
    const again = await home.train({ model: 'auto', activate: false });
    const bytes = (id: string) =>
      readFileSync(join(home.folder, 'runs', id, 'weights.safetensors'));
    expect(bytes(again.runId).equals(bytes(runId))).toBe(true);
    const store = new RunStore(home.folder);
    expect(store.load(again.runId).config).toEqual(store.load(runId).config);
    expect(again.search!.isCut).toBe(false);
    expect(again.search!.trials.filter(({ isChosen }) => isChosen)).toHaveLength(1);
    expect(again.search!.config).toEqual(store.load(runId).config);
    await home.remove(again);
  });

  it('refuses flags that do not go together, and says what to leave out', async () => {
    const refused = [
      [['--model', 'autos'], /--model is "autos"; it must be one of auto, mult-vae, /],
      [['--model', 'auto', '--set', 'epochs=3'], /chooses every setting itself; leave --set out/],
      [['--model', 'auto', '--config', 'x.json'], /leave --config out, or name one model/],
      [['--model', 'auto', '--resume'], /leave --resume out/],
      [['--model', 'ease', '--time', '5m'], /--time is for --model auto; .*leave out --model/],
      [['--set', 'epochs=3', '--time', '5m'], /--time is for --model auto; .*leave out --set/],
      [['--time', 'soon'], /--time is "soon"; give a time/],
    ] as const;
    for (const [words, message] of refused) {
      await expect(train(...words)).rejects.toThrow(ArgumentError);
      await expect(train(...words)).rejects.toThrow(message);
    }
    const tune = runCommand(tuneCommand(), ['--home', home.folder, '--model', 'auto']);
    await expect(tune).rejects.toThrow(/--model auto is for multvae train/);
    const named = { model: 'auto', parameters: { epochs: 3 } } as unknown as { model: 'auto' };
    await expect(async () => home.train(named)).rejects.toThrow(ConfigError);
    await expect(async () => home.train({ model: 'auto', maxDurationS: 0 })).rejects.toThrow(
      /maxDurationS is 0/,
    );
  });

  it('trains a Mult-VAE where that is named', async () => {
    const { out } = await train('--model', 'mult-vae', '--set', 'epochs=1', '--no-activate');
    expect(new RunStore(home.folder).load(out.trim()).config.model).toBe('mult-vae');
    await home.remove(out.trim());
  });
});

describe('the run of auto', () => {
  it('recommends, explores, explains and diversifies', async () => {
    const plain = await home.recommend('u1', { n: 5 });
    expect(plain.source).toBe('model');
    expect(plain.modelVersion).toBe(runId);
    const explored = await home.recommend('u1', { n: 5, explore: 1, seed: 3 });
    expect(explored.items).toHaveLength(5);
    const explained = await home.recommendTo(['i1', 'i3'], { n: 3, explain: true });
    expect(explained.items[0]!.because).not.toHaveLength(0);
    expect((await home.recommend('u1', { n: 5, diversity: 0.5 })).items).toHaveLength(5);
  });

  it('finds similar items, unusual users and synthetic ones', async () => {
    expect((await home.similar('i1', { n: 3 })).items).toHaveLength(3);
    expect((await home.anomalies({ n: 3 })).users).toHaveLength(3);
    const { users: drawn } = await home.sample({ count: 2, clicks: 4 });
    expect(drawn.map(({ items }) => items.length)).toEqual([4, 4]);
  });

  it('is measured beside popularity, with the number of those left out', async () => {
    const { out, err } = await runCommand(evaluateCommand(), ['--home', home.folder]);
    expect(out).toMatch(/ensemble|mult-vae/);
    expect(err).toContain('15 users with fewer than 5 clicks took no part');
  });
});

describe('the time of auto', () => {
  it('ends a training after its best epoch so far, keeps a Mult-VAE, and says so', async () => {
    const work = { home: home.folder, seed: 2, maxDurationS: 10, now: ticking(250) };
    const cut = await trainAuto(work);
    expect(cut.search!.isCut).toBe(true);
    const vae = cut.search!.trials.find(({ model }) => model === 'mult-vae')!;
    expect(vae).toMatchObject({ isCut: true, failure: null });
    const { config, metrics } = new RunStore(home.folder).load(cut.runId);
    expect(JSON.stringify(config)).toContain('"model":"mult-vae"');
    expect(JSON.stringify(config)).toContain('"seed":2');
    expect(metrics).toEqual(cut.metrics);
    await home.remove(cut);
  });

  it('is too short for anything but a Mult-VAE of one epoch, which the run then is', async () => {
    const work = { home: home.folder, maxDurationS: 1, now: ticking(1000) };
    const { search, best, runId: id } = await trainAuto(work);
    expect(search!.trials.map(({ model }) => model)).toEqual(['mult-vae']);
    expect(search).toMatchObject({ isCut: true, config: { model: 'mult-vae' } });
    expect(best!.epoch).toBe(1);
    await home.remove(id);
  });

  it('ends at Ctrl-C, and says that nothing is kept and how to go on', async () => {
    const interrupt = (event: string | symbol) => {
      if (event !== 'SIGINT') return;
      process.off('newListener', interrupt);
      setImmediate(() => process.emit('SIGINT', 'SIGINT'));
    };
    process.on('newListener', interrupt);
    await expect(train()).rejects.toThrow(
      /stopped by SIGINT; nothing of this search is kept\. The same command begins again; `--time 2m`/,
    );
    expect((await home.runs()).pending).toEqual([]);
  });

  it('ends at the signal of a program, and keeps nothing', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const models: string[] = [];
    const stopped = home.train({
      model: 'auto',
      signal: controller.signal,
      onTrial: (model) => models.push(model),
      onStep: ({ updates }) => updates === 5 && controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    expect(models.at(-1)).toBe('mult-vae');
    expect((await home.runs()).pending).toEqual([]);
    expect((await home.runs()).runs.map(({ id }) => id)).toEqual([runId]);
  });
});
