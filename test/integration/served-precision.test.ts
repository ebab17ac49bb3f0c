/** The precision that `serve` is told is the one that answers are computed in. */

import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { serveHome } from '../../src/api/serve.js';
import { serveWithWorkers } from '../../src/api/workers.js';
import type { LayerPrecision } from '../../src/backend/packed-layer.js';
import { serveCommand } from '../../src/cli/commands/serve.js';
import { startCommand } from '../../src/cli/commands/start.js';
import { openServing } from '../../src/home/serving.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';
import { whySkipped } from '../native/support.js';

// The commands hand their flags over and serve nothing.
vi.mock('../../src/api/workers.js', () => ({ serveWithWorkers: vi.fn(async () => 0) }));
vi.mock('../../src/home/preparation.js', () => ({ prepareHome: vi.fn(async () => undefined) }));

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

/** Scores of a user by item, from a server of its own. */
async function scores(precision?: LayerPrecision): Promise<Map<string, number>> {
  const controller = new AbortController();
  let address = '';
  const serving = serveHome({
    home: served.home,
    host: '127.0.0.1',
    port: 0,
    backend: 'native',
    threads: 1,
    logLevel: 'silent',
    ...(precision && { precision }),
    onReady: (lines) => {
      address = / on (\S+)$/.exec(lines[0]!)![1]!;
    },
    onRemark: () => undefined,
    signal: controller.signal,
  });
  await expect.poll(() => address).not.toBe('');
  const response = await fetch(`${address}/recommend/1?n=1000`);
  const { items } = (await response.json()) as { items: { itemId: string; score: number }[] };
  controller.abort();
  await serving;
  return new Map(items.map(({ itemId, score }) => [itemId, score]));
}

/** The scores of the model itself, in this thread. */
async function scoresInThisThread(precision: LayerPrecision): Promise<Map<string, number>> {
  const serving = await openServing(served.home, { backend: 'native', threads: 1, precision });
  try {
    return await serving.models.withModel(undefined, async (model) => {
      const { items } = await serving.recommendationsOf(model).recommend('1', { n: 1000 });
      return new Map(items.map(({ itemId, score }) => [itemId, score]));
    });
  } finally {
    await serving.close();
  }
}

describe.skipIf(whySkipped !== '')(`a server with a precision ${whySkipped}`, () => {
  it('answers in int8 when it is told to, and in f32 otherwise', async () => {
    const exact = await scoresInThisThread('f32');
    const rounded = await scoresInThisThread('int8');
    expect(rounded.size).toBe(exact.size);
    const differences = [...exact].map(([item, score]) => Math.abs(score - rounded.get(item)!));
    const size = Math.max(...[...exact.values()].map(Math.abs));
    expect(differences.filter((difference) => difference > 0).length).toBeGreaterThan(30);
    expect(Math.max(...differences)).toBeLessThan(0.02 * size);
    expect(await scores('int8')).toEqual(rounded);
    expect(await scores()).toEqual(exact);
  });
});

describe('the flag --precision', () => {
  it.each([
    ['serve', serveCommand],
    ['start', startCommand],
  ] as const)('of %s reaches the server', async (_name, command) => {
    for (const [words, precision] of [
      [['--precision', 'int8'], 'int8'],
      [[], 'f32'],
    ] as const) {
      vi.mocked(serveWithWorkers).mockClear();
      await runCommand(command(), ['--home', served.home, ...words]);
      expect(serveWithWorkers).toHaveBeenCalledWith(expect.objectContaining({ precision }));
    }
  });
});
