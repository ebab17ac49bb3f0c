/** Hyper-parameters that follow the data where a configuration does not name them. */

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigError } from '../errors.js';
import { describeParameters, leftToData } from './describe.js';
import { completeConfig, type GivenConfig, parseConfig } from './parse.js';

const configs = new URL('../../configs/', import.meta.url);

describe('batch size and patience', () => {
  it.each([
    { trainingUsers: 1, batchSize: 1, patience: 200 },
    { trainingUsers: 19, batchSize: 1, patience: 11 },
    { trainingUsers: 20, batchSize: 2, patience: 20 },
    { trainingUsers: 499, batchSize: 20, patience: 10 },
    { trainingUsers: 800, batchSize: 50, patience: 13 },
    { trainingUsers: 1_600, batchSize: 100, patience: 13 },
    { trainingUsers: 4_999, batchSize: 200, patience: 10 },
    { trainingUsers: 5_000, batchSize: 500, patience: 20 },
    { trainingUsers: 1_000_000, batchSize: 500, patience: 10 },
  ])('follow $trainingUsers training users', ({ trainingUsers, ...expected }) => {
    for (const model of ['mult-vae', 'mult-dae', 'rec-vae', 'elsa'] as const) {
      expect(completeConfig({ model }, { trainingUsers })).toMatchObject(expected);
    }
  });

  it('is at most a tenth of the training users, of whatever number', () => {
    for (let trainingUsers = 10; trainingUsers < 20_000; trainingUsers += 7) {
      const config = completeConfig({ model: 'mult-vae' }, { trainingUsers });
      const { batchSize, patience } = config as { batchSize: number; patience: number };
      expect(batchSize).toBeGreaterThanOrEqual(1);
      expect(batchSize).toBeLessThanOrEqual(trainingUsers / 10);
      expect(patience).toBeGreaterThanOrEqual(10);
    }
  });

  it('keep the values that are named, and the patience follows a named batch size', () => {
    const data = { trainingUsers: 1_600 };
    expect(completeConfig({ model: 'mult-vae', batchSize: 500, patience: 0 }, data)).toMatchObject({
      batchSize: 500,
      patience: 0,
    });
    const coarse: GivenConfig = { model: 'mult-vae', batchSize: 500 };
    expect(completeConfig(coarse, data)).toMatchObject({ batchSize: 500, patience: 50 });
    expect(leftToData(coarse)).toEqual(['patience']);
    expect(leftToData({ model: 'ease' })).toEqual([]);
  });

  it('follow the data in the members of an ensemble too', () => {
    const config = completeConfig(
      {
        model: 'ensemble',
        members: [
          { weight: 1, config: { model: 'mult-dae' } },
          { weight: 1, config: { model: 'mult-vae', batchSize: 7 } },
        ],
      },
      { trainingUsers: 1_600 },
    );
    expect(config).toMatchObject({
      members: [
        { config: { batchSize: 100, patience: 13 } },
        { config: { batchSize: 7, patience: 10 } },
      ],
    });
  });

  it('are the paper’s where the data are not known', () => {
    expect(parseConfig('mult-vae')).toMatchObject({ batchSize: 500, patience: 0 });
  });

  it('are named by every documented configuration, so that its figures do not follow the data', () => {
    const files = readdirSync(configs);
    expect(files.length).toBeGreaterThan(15);
    for (const file of files) {
      const given: GivenConfig = JSON.parse(readFileSync(new URL(file, configs), 'utf8'));
      const complete = parseConfig(given.model, { ...given });
      expect(completeConfig(given, { trainingUsers: 30 }), file).toEqual(complete);
      expect(completeConfig(given, { trainingUsers: 9_000 }), file).toEqual(complete);
    }
  });

  it('are described by their rule in --help', () => {
    const lines = describeParameters('mult-vae').join('\n');
    expect(lines).toContain('batchSize = a tenth of the training users');
    expect(lines).toContain('patience = the epochs of 200 steps, at least 10');
    expect(lines).toContain('epochs = 200:');
  });
});

describe('a name of no model', () => {
  it('is refused with the names that there are', () => {
    const named = (model: string) => () =>
      completeConfig({ model: model as 'ease' }, { trainingUsers: 9 });
    expect(named('oracle')).toThrow(ConfigError);
    expect(named('auto')).toThrow(/model is "auto"; it must be one of mult-vae, mult-dae/);
    expect(named('constructor')).toThrow(/model is "constructor"/);
  });
});
