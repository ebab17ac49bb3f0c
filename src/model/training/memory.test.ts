/** Which trainings are refused for want of memory. */

import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse.js';
import { ConfigError } from '../../errors.js';
import { machineMemory, peakMemory, requireMemory } from './memory.js';
import { networkMemory } from './network-memory.js';

const large = { rows: 1_000_000, columns: 1_000_000, clicks: 100_000_000 };

describe('requireMemory', () => {
  it('lets a training begin that fits, and one that needs little', () => {
    const config = parseConfig('sparse-ease', { neighbours: 100 });
    expect(() => requireMemory(config, large, peakMemory(config, large)!)).not.toThrow();
    for (const model of ['popularity', 'item-knn'] as const) {
      expect(() => requireMemory(parseConfig(model), large, 1)).not.toThrow();
    }
  });

  it.each([
    ['sparse-ease', 'neighbours', {}],
    ['elsa', 'latentDim', {}],
  ] as const)('says which value of %s fits, and that value does', (model, size, values) => {
    const bytes = 4e9;
    const refused = (config: ReturnType<typeof parseConfig>) => () =>
      requireMemory(config, large, bytes);
    let message = '';
    try {
      refused(parseConfig(model, values))();
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigError);
      message = (error as Error).message;
    }
    expect(message).toMatch(
      new RegExp(
        `^${model} on 1000000 items and 100000000 clicks takes up to [\\d.]+ GB of memory, and this machine has 4\\.0 GB beside the data\\. Set ${size} to \\d+ or less`,
      ),
    );
    const largest = Number(/to (\d+) or less/.exec(message)![1]);
    expect(refused(parseConfig(model, { [size]: largest }))).not.toThrow();
    expect(refused(parseConfig(model, { [size]: largest + 1 }))).toThrow(ConfigError);
  });

  it.each([
    ['mult-vae', { sampledItems: 10_000 }, /Set hiddenDims to \[(\d+)\] or less/],
    ['mult-dae', { sampledItems: 0.01 }, /Set latentDim to (\d+) or less/],
    ['rec-vae', { sampledItems: 10_000 }, /Set hiddenDim to (\d+) or less/],
    ['mult-vae', {}, /Set sampledItems to (10000),/],
  ] as const)('says what of %s fits with %o', (model, values, remedy) => {
    const sizes = { columns: 400_000, clicks: 40_000_000, rows: 400_000 };
    const bytes = remedy.source.includes('sampled') ? 9e9 : 2.5e9;
    const config = parseConfig(model, values);
    const refuse = () => requireMemory(config, sizes, bytes);
    expect(refuse).toThrow(ConfigError);
    expect(refuse).toThrow(remedy);
    let message = '';
    try {
      refuse();
    } catch (error) {
      message = (error as Error).message;
    }
    const value = Number(remedy.exec(message)![1]);
    const changed = message.includes('hiddenDims')
      ? { hiddenDims: [value] }
      : { [/Set (\w+)/.exec(message)![1]!]: value };
    const remedied = parseConfig(model, { ...values, ...changed });
    expect(() => requireMemory(remedied, sizes, bytes)).not.toThrow();
  });

  it('counts weights, moments and what a step holds', () => {
    const sizes = { columns: 100_000, clicks: 1e7, rows: 1e5 };
    const config = parseConfig('mult-vae', { hiddenDims: [600], latentDim: 200, batchSize: 500 });
    const full = networkMemory(config, sizes);
    const parameters = 100_000 * 1201 + 600 + 600 * 400 + 400 + 200 * 600 + 600;
    expect(full.weights).toBe(4 * parameters);
    expect(full.best).toBe(4 * parameters);
    expect(full.moments).toBe(2 * 4 * parameters);
    expect(full.buffers).toBe(4 * parameters + 2 * 4 * 500 * 100_000);
    expect(peakMemory(config, sizes)).toBe(full.weights + full.best + full.moments + full.buffers);
    const sampled = networkMemory({ ...config, sampledItems: 1000, batchSize: 100 }, sizes);
    expect(sampled.moments).toBe(full.moments);
    // 100 users of 100 clicks: 10,000 items at most, and 1,000 more.
    expect(sampled.buffers).toBeCloseTo(
      4 * (2.25 * (10_000 * 600 + 11_000 * 601) + 2 * 100 * 11_000),
    );
    expect(peakMemory(parseConfig('mult-vae'), { columns: 3500, clicks: 5e5, rows: 5000 })).toBe(
      null,
    );
  });

  it('counts the members of an ensemble one after the other, with the weights of those before', () => {
    const sizes = { columns: 100_000, clicks: 1e7, rows: 1e5 };
    const elsa = parseConfig('elsa', { latentDim: 200 });
    const network = parseConfig('mult-vae', { sampledItems: 10_000, batchSize: 100 });
    const members = [elsa, network].map((config) => ({ weight: 1, config }));
    const ensemble = parseConfig('ensemble', { members });
    const peak = 4 * 100_000 * 200 + peakMemory(network, sizes)!;
    expect(peakMemory(ensemble, sizes)).toBe(peak);
    expect(() => requireMemory(ensemble, sizes, peak)).not.toThrow();
    expect(() => requireMemory(ensemble, sizes, peak - 1)).toThrow(
      /^mult-vae on .* Set hiddenDims/,
    );
    expect(() => requireMemory(ensemble, sizes, 1e9)).toThrow(/^elsa on .* Set latentDim/);
    const few = [{ weight: 1, config: parseConfig('popularity') }];
    expect(peakMemory(parseConfig('ensemble', { members: few }), sizes)).toBe(null);
  });

  it('names another model where no value fits', () => {
    const small = () =>
      requireMemory(parseConfig('ease'), { rows: 1, columns: 30_000, clicks: 1 }, 1e9);
    expect(small).toThrow(
      /^ease on 30000 items .* 3\.8 GB of memory.* 1\.0 GB beside the data\. Train sparse-ease or elsa instead/,
    );
    expect(() => requireMemory(parseConfig('elsa'), large, 1000)).toThrow(/Train popularity/);
    const users = { columns: 10_000, clicks: 1e7, rows: 100_000 };
    expect(() => requireMemory(parseConfig('kernel-ae'), users, 1e10)).toThrow(
      /^kernel-ae on 100000 training users and 10000 items takes up to 44\.8 GB of memory, and this machine has 10\.0 GB beside the data\. Train sparse-ease, elsa or mult-vae instead, or take a machine with more memory\.$/,
    );
    expect(() => requireMemory(parseConfig('sparse-ease'), users, 1e10)).not.toThrow();
  });

  it('knows the memory of this machine', () => {
    expect(machineMemory()).toBeGreaterThan(1e8);
    expect(machineMemory()).toBeLessThanOrEqual(totalmem());
  });
});
