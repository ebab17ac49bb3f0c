/** A home as a program uses it. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkerboard } from '../../test/fixtures/checkerboard.js';
import { ConfigError, HomeError, RunError, UnknownUserError } from '../errors.js';
import type { UserLine } from '../eval/report.js';
import type { Home } from './home.js';
import { openHome } from './place/open-home.js';

const parameters = {
  epochs: 6,
  batchSize: 20,
  learningRate: 0.02,
  hiddenDims: [16],
  latentDim: 4,
};
let folder: string;
let ratings: string;
let home: Home;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-home-'));
  ratings = join(folder, 'ratings.csv');
  const clicks = checkerboard(150, 30, 8, 1);
  const lines = ['userId,movieId,rating'];
  for (let u = 0; u < 150; u++) {
    for (const item of clicks.row(u)) lines.push(`${u + 1},${item},5`);
  }
  writeFileSync(ratings, `${lines.join('\n')}\n`);
  home = await openHome(join(folder, 'home'), { create: true });
  await home.import(ratings);
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

describe('a home', () => {
  it('is missing until it is created', async () => {
    await expect(openHome(join(folder, 'nowhere'))).rejects.toThrow(HomeError);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('refuses a wrong hyper-parameter before anything is trained', async () => {
    const wrong = home.train({ parameters: { epochs: 0 } });
    await expect(wrong).rejects.toThrow(ConfigError);
    expect((await home.runs()).runs).toEqual([]);
  });

  it('trains, evaluates and recommends, and follows which run is active', async () => {
    const epochs: number[] = [];
    const first = await home.train({ parameters, onEpoch: ({ epoch }) => epochs.push(epoch) });
    expect(epochs).toEqual([1, 2, 3, 4, 5, 6]);

    const lines: UserLine[] = [];
    const report = await home.evaluate(first, { ks: [5], onUser: (line) => lines.push(line) });
    expect(report.models.map(({ model }) => model)).toEqual(['mult-vae', 'popularity']);
    expect(lines).toHaveLength(2 * report.users);

    const before = await home.recommend('42', { n: 5 });
    expect(before.items).toHaveLength(5);
    expect(before.modelVersion).toBe(first.runId);
    const basket = await home.recommendTo(['1', '3', '5'], { n: 3, explain: true });
    expect(basket.items.every(({ itemId }) => Number(itemId) % 2 === 1)).toBe(true);
    expect(basket.items[0]!.because).not.toHaveLength(0);
    const { items } = await home.similar('1', { n: 3 });
    await expect(home.similar('1', { n: -1 })).rejects.toThrow('n is -1; give an integer from 0');
    await expect(home.recommend('42', { n: 1.5 })).rejects.toThrow('n is 1.5; give an integer');
    await expect(home.recommend('42', { offset: -2 })).rejects.toThrow('offset is -2; give');
    expect(items.every(({ itemId }) => Number(itemId) % 2 === 1)).toBe(true);

    // The models are open by now, and answer with the new run at once.
    const second = await home.train({ model: 'ease', activate: false });
    expect((await home.recommend('42')).modelVersion).toBe(first.runId);
    expect((await home.recommend('42', { run: second })).modelVersion).toBe(second.runId);
    await home.activate(second);
    expect((await home.recommend('42')).modelVersion).toBe(second.runId);
    expect(await home.rollback()).toBe(first.runId);
    expect((await home.recommend('42')).modelVersion).toBe(first.runId);

    const study = await home.compare([first, second], { ks: [5] });
    expect(study.models).toHaveLength(3);
    const page = await home.report([first], { ks: [5] });
    expect(page).toMatch(/^<!doctype html>/i);

    await home.remove(second);
    expect((await home.runs()).runs.map(({ id }) => id)).toEqual([first.runId]);
  });

  it('writes items, which open models follow at once', async () => {
    const best = await home.recommendTo(['1', '3', '5'], { n: 3 });
    const [first, second] = best.items.map(({ itemId }) => itemId);
    expect(await home.items.put(first!, { title: 'Sold out', available: false })).toBe('changed');
    expect(await home.items.patch(second!, { title: 'Kept', fields: { price: 3 } })).toBe(
      'changed',
    );
    const { items } = await home.recommendTo(['1', '3', '5'], { n: 3 });
    expect(items[0]).toMatchObject({ itemId: second, title: 'Kept' });
    expect(items.map(({ itemId }) => itemId)).not.toContain(first);
    expect(await home.items.patch('nowhere', { title: 'x' })).toBeNull();
    expect(await home.items.delete(second!)).toBe(true);
    expect(await home.items.delete(second!)).toBe(false);
    const back = new Map([first!, second!].map((id) => [id, {}]));
    expect(await home.items.write(back)).toEqual({ created: 1, changed: 1, unchanged: 0 });
    expect((await home.recommendTo(['1', '3', '5'], { n: 3 })).items).toMatchObject(
      best.items.map(({ itemId, rank, score }) => ({ itemId, rank, score })),
    );

    const wrong = { title: 7 as never };
    await expect(home.items.put('x', wrong)).rejects.toThrow('title is 7; give a string of 1');
    await expect(home.items.put('\n', {})).rejects.toThrow('itemId is "\\n"; give a string');
    const list = new Map([['x', { year: 2000.5 }]]);
    await expect(home.items.write(list)).rejects.toThrow(
      'item "x": year is 2000.5; give an integer',
    );
  });

  it('lists unusual users and draws synthetic ones', async () => {
    expect((await home.anomalies({ n: 3 })).users).toHaveLength(3);
    await expect(home.anomalies({ n: -1 })).rejects.toThrow('n is -1; give an integer from 0');
    const { users } = await home.sample({ count: 2, clicks: 4 });
    expect(users.map(({ items }) => items.length)).toEqual([4, 4]);
  });

  it('splits, and searches hyper-parameters', async () => {
    const out = join(folder, 'split');
    expect((await home.split({ out })).sets[0]!.users).toBe(120);
    expect(existsSync(join(out, 'train.csv'))).toBe(true);
    const file = join(folder, 'best.json');
    const found = await home.tune({ parameters, trials: 2, file });
    expect(found.stopped).toBeNull();
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(found.best!.config);
  });

  it('stops a training when its signal is aborted, and resumes it', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const stopped = home.train({
      parameters,
      signal: controller.signal,
      onEpoch: ({ epoch }) => epoch === 2 && controller.abort(reason),
    });
    await expect(stopped).rejects.toBe(reason);
    const [pending] = (await home.runs()).pending;
    const { runId } = await home.resume();
    expect(runId).toBe(pending!.id);
    await expect(home.resume()).rejects.toThrow(RunError);
  });

  it('answers nobody after it is closed', async () => {
    const other = await openHome(home.folder);
    const nobody = other.recommend('nobody', { fallback: 'none' });
    await expect(nobody).rejects.toThrow(UnknownUserError);
    await other.close();
    await expect(other.recommend('42')).rejects.toThrow(/is closed/);
    await expect(other.items.put('x', {})).rejects.toThrow(/is closed/);
  });
});
