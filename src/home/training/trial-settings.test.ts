import { describe, expect, it } from 'vitest';
import type { SingleConfig } from '../../config/models.js';
import {
  type DataShape,
  firstSettings,
  furtherSetting,
  maxEaseItems,
  maxKernelUsers,
  skippedModels,
  type TriedSetting,
} from './trial-settings.js';

const shop: DataShape = { trainingUsers: 1600, items: 768, clicks: 19_000, seed: 7 };

/** All further settings, scored by a function, as a search without end would try them. */
function all(shape: DataShape, score: (config: SingleConfig) => number | null): SingleConfig[] {
  const tried: TriedSetting[] = firstSettings(shape).map((config) => ({
    config,
    score: score(config),
  }));
  const further: SingleConfig[] = [];
  for (let turn = 0; turn < 100; turn++) {
    const config = furtherSetting(shape, tried, turn);
    if (config === null) return further;
    further.push(config);
    tried.push({ config, score: score(config) });
  }
  throw new Error('the settings have no end');
}

const lambdas = (configs: readonly SingleConfig[]) =>
  configs.flatMap((config) => (config.model === 'ease' ? [config.lambda] : []));

describe('the settings that auto tries', () => {
  it('begin with one of every model, with the seed, and batches that fit the users', () => {
    const first = firstSettings(shop);
    expect(first.map(({ model }) => model)).toEqual([
      'popularity',
      'item-knn',
      'ease',
      'kernel-ae',
      'mult-vae',
      'mult-dae',
    ]);
    expect(first[2]).toMatchObject({ denoise: 0.5, userWeight: 0.5 });
    for (const config of first.slice(4)) {
      expect(config).toMatchObject({ seed: 7, batchSize: 100, patience: 13 });
    }
  });

  it('have wider networks for large data', () => {
    const width = (shape: DataShape) =>
      firstSettings(shape).find(({ model }) => model === 'mult-vae');
    expect(width(shop)).toMatchObject({ hiddenDims: [200], latentDim: 64 });
    const large = { ...shop, trainingUsers: 100_000, items: 20_000, clicks: 5_000_000 };
    expect(width(large)).toMatchObject({ hiddenDims: [600], latentDim: 200, batchSize: 500 });
  });

  it('have a RecVAE last for large data alone', () => {
    const large = { ...shop, trainingUsers: 3000, items: 2000 };
    expect(firstSettings(large).at(-1)).toMatchObject({
      model: 'rec-vae',
      hiddenDim: 600,
      seed: 7,
    });
    for (const small of [
      { ...large, items: 1999 },
      { ...large, trainingUsers: 2999 },
    ]) {
      expect(all(small, () => 0).map(({ model }) => model)).not.toContain('rec-vae');
    }
  });

  it('leave EASE out where there are too many items for it', () => {
    const models = (items: number) =>
      firstSettings({ ...shop, items }).map(({ model }) => model as string);
    expect(models(maxEaseItems)).toContain('ease');
    expect(models(maxEaseItems + 1)).not.toContain('ease');
    const none = all({ ...shop, items: maxEaseItems + 1 }, () => 1);
    expect(none.map(({ model }) => model)).not.toContain('ease');
    expect(models(maxEaseItems + 1)).toContain('sparse-ease');
    expect(models(maxEaseItems)).not.toContain('sparse-ease');
    expect(skippedModels({ ...shop, items: maxEaseItems })).toEqual([]);
    expect(skippedModels({ ...shop, items: 20_108 })).toEqual([
      expect.stringMatching(/^ease is left out: it keeps 20108 x 20108 .*up to 10000 items/),
    ]);
  });

  it('leave the kernel autoencoder out where there are too many users for it', () => {
    const models = (trainingUsers: number) =>
      firstSettings({ ...shop, trainingUsers }).map(({ model }) => model);
    expect(models(maxKernelUsers)).toContain('kernel-ae');
    expect(models(maxKernelUsers + 1)).not.toContain('kernel-ae');
    expect(skippedModels({ ...shop, trainingUsers: 20_000 })).toEqual([
      expect.stringMatching(/^kernel-ae is left out: .*20000 training users.*up to 10000/),
    ]);
  });

  it('begin with a λ of about twice the clicks of an item', () => {
    const first = (clicks: number, items: number) =>
      lambdas(firstSettings({ ...shop, clicks, items }));
    expect(first(19_000, 768)).toEqual([30]);
    expect(first(575_000, 3500)).toEqual([300]);
    expect(first(1, 1000)).toEqual([1]);
    expect(first(2e9, 1000)).toEqual([30_000]);
  });

  it('climb from the best λ until both neighbours are worse', () => {
    const peak = (best: number) => (config: SingleConfig) =>
      config.model === 'ease' ? -Math.abs(Math.log(config.lambda / best)) : 0;
    expect(lambdas(all(shop, peak(1000)))).toEqual([100, 300, 1000, 3000]);
    expect(lambdas(all(shop, peak(10)))).toEqual([100, 10, 3]);
    expect(lambdas(all(shop, peak(1e9)))).toEqual([100, 300, 1000, 3000, 10_000, 30_000]);
  });

  it('go to a larger λ after one that failed', () => {
    const failing = (config: SingleConfig) =>
      config.model === 'ease' && config.lambda < 1000 ? null : 0;
    expect(lambdas(all(shop, failing))).toEqual([100, 300, 1000, 3000]);
    expect(lambdas(all(shop, () => null))).toEqual([100, 300, 1000, 3000, 10_000, 30_000]);
  });

  it('take turns between the models, and try no setting twice', () => {
    const further = all(shop, () => 0);
    expect(further.slice(0, 5).map(({ model }) => model)).toEqual([
      'ease',
      'mult-vae',
      'mult-dae',
      'kernel-ae',
      'item-knn',
    ]);
    const texts = [...firstSettings(shop), ...further].map((config) => JSON.stringify(config));
    expect(new Set(texts).size).toBe(texts.length);
  });
});
