import { describe, expect, it } from 'vitest';
import type { SingleConfig } from '../../config/models.js';
import {
  type FailedTrial,
  searchModels,
  type TrainedTrial,
  type TrialLimit,
} from './model-search.js';
import type { DataShape } from './trial-settings.js';

const shape: DataShape = { trainingUsers: 1600, items: 768, clicks: 19_000, seed: 1 };
const first = ['popularity', 'item-knn', 'ease', 'kernel-ae', 'mult-vae', 'mult-dae'];

interface Stub {
  /** The objective of the n-th trial, from 0 on; null for one that fails. */
  readonly score: (n: number, config: SingleConfig) => number | null;
  readonly se?: number;
  /** Milliseconds of a trial. */
  readonly trialMs?: number;
  readonly deadline?: number;
}

/** A search whose trials are made up, with a clock that only they move. */
async function search({ score, se = 0.01, trialMs = 1, deadline = 1e9 }: Stub) {
  let time = 0;
  const limits: (TrialLimit & { model: string; start: number })[] = [];
  const found = await searchModels({
    shape,
    deadline,
    now: () => time,
    attempt: async (config, limit): Promise<TrainedTrial | FailedTrial> => {
      const mean = score(limits.length, config);
      limits.push({ ...limit, model: config.model, start: time });
      time += trialMs;
      if (mean === null) return { config, failure: 'it failed', durationS: 1, isCut: false };
      const both = { mean, se };
      const scores = { whole: both, short: both, both, perUser: new Float64Array() };
      return { config, scores, weights: {}, log: [], best: null, durationS: 1, isCut: false };
    },
  });
  return { ...found, limits, models: limits.map(({ model }) => model) };
}

describe('the search of auto', () => {
  it('tries every model, then ends after three trials that gain less than a standard error', async () => {
    const flat = await search({ score: () => 0.2 });
    expect(flat.models).toEqual([...first, 'ease', 'mult-vae', 'mult-dae']);
    expect(flat.isCut).toBe(false);
    // Three trials together gain .009, then none does.
    const slow = await search({ score: (n) => 0.2 + 0.003 * Math.max(0, n - 5) });
    expect(slow.models).toHaveLength(9);
  });

  it('goes on while three trials together gain a standard error', async () => {
    const rising = await search({ score: (n) => 0.2 + 0.004 * Math.max(0, n - 5) });
    expect(rising.models.length).toBeGreaterThan(11);
    // The last gain is that of the ninth trial, so trials 10 to 12 gain nothing.
    const once = await search({ score: (n) => (n >= 8 ? 0.3 : 0.2) });
    expect(once.models).toHaveLength(12);
  });

  it('ends when no setting is left, also where each trial gains', async () => {
    const { models, isCut } = await search({ score: (n) => n, se: 0 });
    expect(models.length).toBeLessThan(30);
    expect(models.filter((model) => model === 'mult-vae')).toHaveLength(3);
    expect(isCut).toBe(false);
  });

  it('ends where one user is measured, whose standard error is 0', async () => {
    expect((await search({ score: () => 0.2, se: 0 })).models).toHaveLength(9);
  });

  it('tries nothing past the deadline but the Mult-VAE, and says so', async () => {
    const late = await search({ score: () => 0.2, trialMs: 100, deadline: 150 });
    expect(late.models).toEqual(['popularity', 'item-knn', 'mult-vae']);
    expect(late.isCut).toBe(true);
    expect(late.limits.at(-1)).toMatchObject({ isNeeded: true, until: 200 });
    const later = await search({ score: () => 0.2, trialMs: 100, deadline: 650 });
    expect(later.models).toEqual([...first, 'ease']);
    expect(later.isCut).toBe(true);
  });

  it('gives a training half of the time that is left', async () => {
    const { limits } = await search({ score: () => 0.2, trialMs: 100, deadline: 1000 });
    for (const { start, until } of limits) expect(until).toBe(start + (1000 - start) / 2);
    expect(limits.map(({ isNeeded }) => isNeeded).slice(0, 6)).toEqual([
      false,
      false,
      false,
      false,
      true,
      false,
    ]);
  });

  it('keeps the best trial of each model, without those that failed', async () => {
    const { best, trials } = await search({
      score: (n, { model }) => (model === 'item-knn' ? null : n === 7 ? 0.5 : 0.2),
    });
    expect(best.map(({ config }) => config.model)).toEqual([
      'popularity',
      'ease',
      'kernel-ae',
      'mult-vae',
      'mult-dae',
    ]);
    const kept = (name: string) => best.find(({ config }) => config.model === name)!;
    expect(kept('mult-vae').config).toBe(trials[7]!.config);
    expect(kept('ease').config).toBe(trials[2]!.config);
    // The models themselves are large, so only the best are kept.
    expect(kept('ease')).toHaveProperty('weights');
    for (const trial of trials) expect(trial).not.toHaveProperty('weights');
  });

  it('needs another Mult-VAE after one that failed', async () => {
    const { limits, best } = await search({
      score: (n, { model }) => (model === 'mult-vae' && n < 6 ? null : 0.2),
    });
    expect(limits.filter(({ model }) => model === 'mult-vae')).toMatchObject([
      { isNeeded: true },
      { isNeeded: true },
    ]);
    expect(best.map(({ config }) => config.model)).toContain('mult-vae');
  });
});
