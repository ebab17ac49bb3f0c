/** Which trainings are refused for want of memory. */

import { totalmem } from 'node:os';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../config/parse.js';
import { ConfigError } from '../../errors.js';
import { machineMemory, peakMemory, requireMemory } from './memory.js';

const large = { columns: 1_000_000, clicks: 100_000_000 };

describe('requireMemory', () => {
  it('lets a training begin that fits, and one that needs little', () => {
    const config = parseConfig('sparse-ease', { neighbours: 100 });
    expect(() => requireMemory(config, large, peakMemory(config, large)!)).not.toThrow();
    for (const model of ['popularity', 'item-knn', 'mult-vae'] as const) {
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
        `^${model} on 1000000 items and 100000000 clicks takes up to [\\d.]+ GB of memory, and this machine has 4\\.0 GB\\. Set ${size} to \\d+ or less`,
      ),
    );
    const largest = Number(/to (\d+) or less/.exec(message)![1]);
    expect(refused(parseConfig(model, { [size]: largest }))).not.toThrow();
    expect(refused(parseConfig(model, { [size]: largest + 1 }))).toThrow(ConfigError);
  });

  it('names another model where no value fits', () => {
    const small = () => requireMemory(parseConfig('ease'), { columns: 30_000, clicks: 1 }, 1e9);
    expect(small).toThrow(
      /^ease on 30000 items .* 7\.2 GB of memory.* 1\.0 GB\. Train popularity, sparse-ease/,
    );
    expect(() => requireMemory(parseConfig('elsa'), large, 1000)).toThrow(/Train popularity/);
  });

  it('knows the memory of this machine', () => {
    expect(machineMemory()).toBeGreaterThan(1e8);
    expect(machineMemory()).toBeLessThanOrEqual(totalmem());
  });
});
