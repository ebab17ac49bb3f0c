/** Trainings that begin with the weights of an earlier run. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkerboard } from '../../../test/fixtures/checkerboard.js';
import { smallRun } from '../../../test/fixtures/small-run.js';
import type { UserId } from '../../data/ids.js';
import { openStore } from '../../data/store/open.js';
import { homePlace } from '../../data/store/place.js';
import { ArgumentError, ConfigError, RunError, UnknownRunError } from '../../errors.js';
import { RunStore } from '../../runs/store.js';
import type { Home } from '../home.js';
import { openHome } from '../place/open-home.js';

const parameters = {
  epochs: 7,
  batchSize: 20,
  learningRate: 0.02,
  hiddenDims: [16],
  latentDim: 4,
  betaCap: 0.4,
  annealFraction: 1,
};
const activate = false;
let folder: string;
let home: Home;
let store: RunStore;
let base: string;

/** Ratings of the users from `first` on, over items from `shift` on. */
function writeRatings(first: number, users: number, shift = 0): string {
  const clicks = checkerboard(users, 30, 8, 1 + first);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < users; u++) {
    for (const item of clicks.row(u)) lines.push(`${first + u},${item + shift},5`);
  }
  const path = join(folder, `ratings-${first}.csv`);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-warm-'));
  home = await openHome(join(folder, 'home'), { create: true });
  store = new RunStore(home.folder);
  await home.import(writeRatings(1000, 150));
  base = (await home.train({ parameters, activate })).runId;
  await home.import(writeRatings(2000, 50, 10), { append: true });
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

const heldOutOf = (run: string) => {
  const { validation, test } = store.load(run).split;
  return [...validation.users, ...test.users];
};

describe('a training that goes on from a run', () => {
  it('takes its settings with a third of the epochs, and β as it was', async () => {
    const { runId } = await home.train({ from: base, activate });
    const { config, lineage, log } = store.load(runId);
    const kept = store
      .load(base)
      .log.reduce((best, epoch) => (epoch.ndcg100 > best.ndcg100 ? epoch : best));
    expect(kept.beta).toBeGreaterThan(0);
    expect(config).toEqual({
      ...store.load(base).config,
      epochs: 3,
      betaCap: kept.beta,
      annealFraction: 0,
    });
    expect(log.map(({ beta }) => beta)).toEqual([kept.beta, kept.beta, kept.beta]);
    expect(lineage.from).toBe(base);
    // The second one has as many epochs as the first.
    const second = await home.train({ from: { runId }, activate });
    expect(store.load(second.runId).config).toMatchObject({ epochs: 3 });
  });

  it('begins where the run ended', async () => {
    const still = { learningRate: 1e-7, epochs: 1 };
    const { runId } = await home.train({ from: base, parameters: still, activate });
    const before = store.load(base);
    const after = store.load(runId);
    expect(after.vocabulary.items.length).toBeGreaterThan(before.vocabulary.items.length);
    const bias = (run: typeof before, item: string) =>
      run.weights['decoder/logits/bias']!.data[run.vocabulary.items.indexOf(item as never)]!;
    for (const item of before.vocabulary.items) {
      expect(bias(after, item)).toBeCloseTo(bias(before, item), 4);
    }
    const posterior = 'encoder/posterior/kernel';
    const changes = after.weights[posterior]!.data.map(
      (value, k) => value - before.weights[posterior]!.data[k]!,
    );
    expect(Math.max(...changes.map(Math.abs))).toBeLessThan(1e-4);
  });

  it('holds out whom the run held out, and counts its users as seen', async () => {
    const users = Array.from({ length: 150 }, (_, u) => String(1000 + u) as UserId);
    const seen = store.users(base).trained!;
    // A user who is deleted takes no part any more, but the weights still know them.
    const gone = users.find((user) => seen.has(user))!;
    const database = await openStore(homePlace(home.folder));
    await database.feedback.deleteUser(gone);
    await database.close();
    const { runId } = await home.train({ from: base, activate });
    expect(heldOutOf(runId)).toEqual(expect.arrayContaining(heldOutOf(base)));
    const trained = store.users(runId).trained!;
    const known = users.filter((user) => seen.has(user));
    expect(known.length).toBeGreaterThan(100);
    expect(known.every((user) => trained.has(user))).toBe(true);
    expect(heldOutOf(runId).some((user) => trained.has(user))).toBe(false);
  });

  it('goes on from its checkpoint with the same weights and lineage', async () => {
    const whole = await home.train({ from: base, activate });
    const stop = new AbortController();
    const onStep = ({ updates }: { updates: number }) => updates === 9 && stop.abort('stopped');
    const stopped = home.train({ from: base, activate, onStep, signal: stop.signal });
    await expect(stopped).rejects.toBe('stopped');
    const { runId } = await home.resume({ activate });
    const resumed = store.load(runId);
    expect(resumed.lineage.from).toBe(base);
    expect(resumed.weights).toEqual(store.load(whole.runId).weights);
    const known = store.users(base).trained!.count;
    expect(store.users(runId).trained!.count).toBeGreaterThanOrEqual(known);
  });

  it('is refused where the run has seen who is held out', async () => {
    const other = home.train({ from: base, splitSeed: 4, activate });
    await expect(other).rejects.toThrow(
      new RegExp(`^run ${base} was trained on user "\\d+", who is held out now.*--heldout-from`),
    );
    expect((await home.runs()).pending).toEqual([]);
  });

  it('is refused where the run does not say whom it has seen', async () => {
    const old = 'mult-vae-20260101-000000-aaaa';
    const { id: _, ...contents } = store.load(base);
    store.publish(old, contents);
    await expect(home.train({ from: old, activate })).rejects.toThrow(
      'does not record on whom it was trained',
    );
  });

  it('is refused for other models, other widths and wrong values', async () => {
    const train = (options: object) => home.train({ from: base, activate, ...options });
    await expect(train({ model: 'ease' })).rejects.toThrow(ArgumentError);
    await expect(train({ model: 'auto' })).rejects.toThrow('auto tries several');
    await expect(train({ parameters: { latentDim: 5 } })).rejects.toThrow(
      `latentDim is 5, and the weights of run ${base} are of 4`,
    );
    await expect(train({ parameters: { epochs: 0 } })).rejects.toThrow(ConfigError);
    await expect(train({ from: 'ease-9' })).rejects.toThrow(UnknownRunError);
    store.publish('popularity-1', smallRun());
    await expect(train({ from: 'popularity-1' })).rejects.toThrow(RunError);
    await expect(train({ from: 'popularity-1' })).rejects.toThrow('is of popularity, and only');
  });
});
