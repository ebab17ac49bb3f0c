/** Unusual and synthetic users, through the commands. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/backend/select.js';
import { anomaliesCommand } from '../../src/cli/commands/anomalies.js';
import { sampleCommand } from '../../src/cli/commands/sample.js';
import { trainCommand } from '../../src/cli/commands/train.js';
import { importRatings } from '../../src/data/import.js';
import { strongGeneralization, wholeProfiles } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { ArgumentError, RunError } from '../../src/errors.js';
import { judgeProfiles } from '../../src/model/anomaly.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { isGenerative } from '../../src/model/recommender.js';
import { RunStore } from '../../src/runs/store.js';
import type { AnomalyList } from '../../src/serving/anomalies.js';
import type { SyntheticUsers } from '../../src/serving/synthetic-users.js';
import { checkerboard } from '../fixtures/checkerboard.js';
import { runCommand } from '../fixtures/command.js';
import { areaUnderCurve, randomProfiles, rankCorrelation } from '../fixtures/planted-profiles.js';
import { realDatasets } from '../fixtures/real-datasets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-latent-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The output of a command. */
async function run(command: () => Command, home: string, words: string[]) {
  const { out, err } = await runCommand(command(), ['--home', home, ...words]);
  return { out: out.trimEnd(), err };
}

const sets = (...assignments: string[]) => assignments.flatMap((text) => ['--set', text]);

describe('a home with two kinds of users and one odd user', () => {
  /** The only user who clicks items of both colours. */
  const odd = 'mixed';
  let home: string;

  beforeAll(async () => {
    const clicks = checkerboard(200, 40, 10, 1);
    const lines = ['userId,movieId,rating'];
    for (let u = 0; u < clicks.rows; u++) {
      for (const item of clicks.row(u)) lines.push(`${u + 1},m${item},5`);
    }
    for (let item = 0; item < 10; item++) lines.push(`${odd},m${item},5`);
    writeFileSync(join(folder, 'ratings.csv'), `${lines.join('\n')}\n`);
    const titles = Array.from({ length: 40 }, (_, i) => `m${i},"Title, ${i}",Drama`);
    writeFileSync(join(folder, 'movies.csv'), `movieId,title,genres\n${titles.join('\n')}\n`);
    home = join(folder, 'home');
    await importRatings(home, join(folder, 'ratings.csv'));
    const small = sets('hiddenDims=[16]', 'latentDim=4', 'epochs=30', 'batchSize=40');
    const words = ['--backend', 'wasm', ...small, ...sets('learningRate=0.01', 'betaCap=1')];
    await run(trainCommand, home, words);
  });

  it('ranks the odd user first, with a score and the least expected clicks', async () => {
    const { out } = await run(anomaliesCommand, home, ['-n', '3', '--backend', 'wasm', '--json']);
    const list: AnomalyList = JSON.parse(out);
    expect(list).toMatchObject({ judged: 201, items: 40, dataUnchanged: true });
    expect(list.users).toHaveLength(3);
    const [first, second] = list.users;
    expect(first).toMatchObject({ userId: odd, clicks: 10 });
    expect(first!.score).toBeGreaterThan(5);
    expect(second!.score).toBeLessThan(4);
    expect(first!.natsPerClick).toBeCloseTo(first!.usual + first!.score * first!.spread, 5);
    expect(first!.leastExpected).toHaveLength(3);
    for (const { itemId, title, rank } of first!.leastExpected) {
      expect(title).toBe(`Title, ${itemId.slice(1)}`);
      expect(rank).toBeGreaterThan(5);
    }
    const ranks = first!.leastExpected.map(({ rank }) => rank);
    expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
    const split = new RunStore(home).load(list.modelVersion).split;
    const heldOut = [...split.validation.users, ...split.test.users] as string[];
    for (const user of list.users) expect(user.trained).toBe(!heldOut.includes(user.userId));
    expect(
      (await run(anomaliesCommand, home, ['-n', '3', '--backend', 'wasm', '--json'])).out,
    ).toBe(out);
  });

  it('prints a readable table', async () => {
    const { out, err } = await run(anomaliesCommand, home, ['-n', '2', '--backend', 'wasm']);
    const [head, first] = out.split('\n');
    expect(head).toMatch(/^user +score +clicks +nats a click +usual +trained on +least expected/);
    expect(first).toMatch(/^mixed +\d+\.\d +10 +\d+\.\d\d .*Title, \d+ \(\d+\), Title/);
    expect(err).toMatch(/201 users judged by mult-vae-.*standard deviations/);
  });

  it('draws users who click one colour, as text, JSON and an importable file', async () => {
    const words = ['-n', '20', '--seed', '3', '--backend', 'wasm'];
    const { users }: SyntheticUsers = JSON.parse(
      (await run(sampleCommand, home, [...words, '--json'])).out,
    );
    expect(users.map(({ userId }) => userId)).toContain('synthetic-20');
    for (const { items } of users) expect(items).toHaveLength(10);
    const colours = users.map(
      ({ items }) => items.filter(({ itemId }) => Number(itemId.slice(1)) % 2 === 0).length,
    );
    // For random clicks the mean distance from five would be 1.1.
    const apart = colours.reduce((sum, even) => sum + Math.abs(even - 5), 0) / 20;
    expect(apart).toBeGreaterThan(2);

    const text = (await run(sampleCommand, home, [...words, '--clicks', '2'])).out;
    expect(text).toMatch(
      /^synthetic-1, 2 clicks\n {2}Title, \d+\n {2}Title, \d+\n\nsynthetic-2, 2/,
    );

    const csv = (await run(sampleCommand, home, [...words, '--csv'])).out;
    expect(csv).toMatch(/^userId,itemId,title\nsynthetic-1,m\d+,"Title, \d+"\n/);
    writeFileSync(join(folder, 'synthetic.csv'), `${csv}\n`);
    const imported = await importRatings(join(folder, 'synthetic'), join(folder, 'synthetic.csv'));
    expect(imported.dataset).toMatchObject({ users: 20, ratings: 200, scale: null });
  });

  it('refuses a model without a prior, and more clicks than items', async () => {
    const id = (await run(trainCommand, home, ['--model', 'popularity', '--no-activate'])).out;
    for (const command of [anomaliesCommand, sampleCommand]) {
      await expect(run(command, home, [id])).rejects.toThrow(RunError);
      await expect(run(command, home, [id])).rejects.toThrow(/popularity, which has no ELBO/);
    }
    const many = ['--clicks', '41', '--backend', 'wasm'];
    await expect(run(sampleCommand, home, many)).rejects.toThrow(ArgumentError);
    await expect(run(sampleCommand, home, ['--csv', '--json'])).rejects.toThrow(
      /cannot be used with/,
    );
    const gaussian = sets('likelihood=gaussian', 'epochs=1', 'hiddenDims=[4]', 'latentDim=2');
    await run(trainCommand, home, [...gaussian, '--backend', 'wasm']);
    await expect(run(sampleCommand, home, ['--backend', 'wasm'])).rejects.toThrow(/gaussian/);
    expect((await run(anomaliesCommand, home, ['--backend', 'wasm'])).out).toMatch(/^user/);
  });

  it('reports when trained users cannot be told from others', async () => {
    await importRatings(home, join(folder, 'synthetic.csv'), { append: true });
    const { out, err } = await run(anomaliesCommand, home, ['--json', '--backend', 'wasm']);
    expect(err).toMatch(/the data have changed since the training/);
    expect(JSON.parse(out)).toMatchObject({ judged: 221, dataUnchanged: false });
  });
});

const datasets = realDatasets(['ml-1m']);

describe.skipIf(datasets === null)('MovieLens 1M', () => {
  it('ranks planted random profiles above real ones of any length, with an AUC of at least .95', async () => {
    const home = join(folder, 'ml-1m');
    await importRatings(home, join(datasets!, 'ml-1m'));
    // A few epochs are enough; docs/latent-space.md has the figures of a full training.
    const small = sets('hiddenDims=[200]', 'latentDim=50', 'epochs=5', 'batchSize=250');
    const id = (await run(trainCommand, home, ['--heldout-users', '600', ...small])).out;
    const stored = new RunStore(home).load(id);
    const model = await loadRecommender(stored, () => openEngine());
    if (!isGenerative(model)) throw new Error('not generative');
    const database = RatingsDatabase.open(home);
    const split = strongGeneralization(database.labelledClicks(3.5, 5), stored.protocol);
    database.close();
    const test = wholeProfiles(split.test);
    const usual = wholeProfiles(split.validation);
    const scores = async (profiles: typeof test) =>
      (await judgeProfiles(model, profiles, usual)).map(({ score }) => score);
    const alike = new Float32Array(test.columns).fill(1);
    const real = await scores(test);
    const planted = await scores(randomProfiles(test, alike, 1));
    expect(areaUnderCurve(planted, real)).toBeGreaterThan(0.95);
    const lengths = Array.from({ length: test.rows }, (_, u) => test.row(u).length);
    expect(Math.abs(rankCorrelation(real, lengths))).toBeLessThan(0.2);
    model.dispose();
  });
});
