/** Serving a home in this process, from opening it to draining its last request. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type ServedHome, servedHome } from '../../test/fixtures/served-home.js';
import type { UserId } from '../data/ids.js';
import { importRatings } from '../data/import.js';
import { SqliteStore } from '../data/store/sqlite/sqlite-store.js';
import { AddressError, HomeError } from '../errors.js';
import { openGate } from './gate/gatekeeper.js';
import * as explorer from './pages/explorer-page.js';
import { type ServingOptions, serveHome } from './serve.js';

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());
beforeEach(() => {
  // Whether the page was built is no matter here.
  vi.spyOn(explorer, 'missingExplorer').mockReturnValue(null);
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Serves the home until `stop`. */
class Serving {
  readonly remarks: string[] = [];
  lines: readonly string[] = [];
  readonly ended: Promise<void>;
  readonly ready: Promise<void>;
  readonly #controller = new AbortController();

  constructor(options: Partial<ServingOptions> = {}) {
    let tell: () => void = () => undefined;
    this.ready = new Promise((resolve) => {
      tell = resolve;
    });
    this.ended = serveHome({
      home: served.home,
      host: '127.0.0.1',
      port: 0,
      backend: 'cpu',
      logLevel: 'silent',
      onReady: (lines) => {
        this.lines = lines;
        tell();
      },
      onRemark: (text) => this.remarks.push(text),
      signal: this.#controller.signal,
      ...options,
    });
  }

  get url(): string {
    return / on (\S+)$/.exec(this.lines[0]!)![1]!;
  }

  /** What stands behind the name of a metric, in each of its lines. */
  async metric(name: string): Promise<string[]> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(name));
    return lines.map((line) => line.slice(name.length));
  }

  async stop(): Promise<void> {
    this.#controller.abort();
    await this.ended;
  }
}

async function serve(options: Partial<ServingOptions> = {}): Promise<Serving> {
  const serving = new Serving(options);
  await Promise.race([serving.ready, serving.ended]);
  return serving;
}

describe('serveHome', () => {
  it('says where it serves, measures what it does, and stops at the signal', async () => {
    const serving = await serve();
    const { url } = serving;
    const run = served.runs['mult-vae'];
    expect(serving.lines).toEqual([
      `serving ${run} on ${url}`,
      `explore it at ${url}/`,
      `curl '${url}/recommend/1?n=10'`,
    ]);
    expect((await fetch(`${url}/recommend/1?n=10`)).status).toBe(200);
    expect(await serving.metric('multvae_model_info')).toEqual([`{run="${run}"} 1`]);
    expect(await serving.metric('multvae_model_age_seconds')).toHaveLength(1);
    expect(await serving.metric('multvae_requests_under_way')).toEqual([' 1']);
    expect(await serving.metric('multvae_batch_rows_count')).toEqual([' 1']);
    const shown = await serving.metric('multvae_lists_shown_total');
    expect(shown).toEqual([expect.stringMatching(/\} 1$/)]);
    expect(await serving.metric('multvae_lists_unstored')).toEqual([' 1']);
    expect(await serving.metric('multvae_deletions_in_log')).toEqual([' 0']);
    expect(await serving.metric('multvae_lagging_processes')).toEqual([' 0']);
    expect(await serving.metric('multvae_last_good_night_timestamp_seconds')).toEqual([' 0']);
    expect(await serving.metric('multvae_cache')).toEqual([]);
    const port = Number(new URL(url).port);
    await expect(new Serving({ port }).ended).rejects.toThrow(AddressError);
    expect(serving.remarks).toEqual([]);
    await serving.stop();
    expect(serving.remarks).toEqual(['stopping: no new requests, those under way are finished']);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('keeps answers, and shows a request that a shell can send', async () => {
    vi.mocked(explorer.missingExplorer).mockReturnValue('no page');
    const asked = vi.spyOn(SqliteStore.prototype, 'userIds');
    asked.mockResolvedValue(["d'Arc & co" as UserId]);
    const serving = await serve({ cacheMb: 1 });
    expect(serving.lines.slice(1)).toEqual([
      `curl '${serving.url}/recommend/d%27Arc%20%26%20co?n=10'`,
    ]);
    expect(asked.mock.calls).toEqual([[1]]);
    expect(serving.remarks).toEqual(['no page']);
    for (let k = 0; k < 3; k++) await fetch(`${serving.url}/recommend/2`);
    const cache = await serving.metric('multvae_cache_requests_total');
    expect(cache.toSorted()).toEqual(['{result="hit"} 2', '{result="miss"} 1']);
    await serving.stop();
  });

  it('counts the requests of a client, and says at once where Redis does not', async () => {
    vi.spyOn(SqliteStore.prototype, 'userIds').mockResolvedValue([]);
    const gate = { ...openGate, requestsPerMinute: 2, redis: 'redis://127.0.0.1:1' };
    const serving = await serve({ gate });
    expect(serving.lines.at(-1)).toBe(`curl '${serving.url}/health/ready'`);
    expect(serving.remarks).toEqual([expect.stringMatching(/127.0.0.1:1 does not count/)]);
    const statuses: number[] = [];
    for (let k = 0; k < 3; k++) statuses.push((await fetch(`${serving.url}/users/1`)).status);
    expect(statuses).toEqual([200, 200, 429]);
    await serving.stop();
  });

  it('no longer listens where it fails after it began to', async () => {
    let url = '';
    const onReady = (lines: readonly string[]) => {
      url = /'(.*)'/.exec(lines.at(-1)!)![1]!;
      throw new Error('nobody to tell');
    };
    await expect(new Serving({ onReady }).ended).rejects.toThrow('nobody to tell');
    await expect(fetch(url)).rejects.toThrow();
  });

  it('serves nothing where the signal came before', async () => {
    const signal = AbortSignal.abort(new Error('stopped'));
    const serving = new Serving({ signal });
    await expect(serving.ended).rejects.toThrow('stopped');
    expect(serving.lines).toEqual([]);
  });

  it('stops where the signal comes while it says that it serves', async () => {
    const controller = new AbortController();
    const serving = new Serving({ signal: controller.signal, onReady: () => controller.abort() });
    await serving.ended;
    expect(serving.remarks).toHaveLength(1);
  });

  it('says what is missing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-serve-'));
    const nowhere = new Serving({ home: join(folder, 'nowhere') });
    await expect(nowhere.ended).rejects.toThrow(HomeError);
    const home = join(folder, 'home');
    writeFileSync(join(folder, 'ratings.csv'), 'userId,movieId,rating\n1,2,5\n');
    await importRatings(home, join(folder, 'ratings.csv'));
    await expect(new Serving({ home }).ended).rejects.toThrow(/no run is active/);
    rmSync(folder, { recursive: true });
  });
});

describe('one of several processes', () => {
  /** What the supervisor is told, and the way back. */
  function supervised() {
    const { send, connected } = process;
    const before = process.listeners('message');
    const told: object[] = [];
    Object.assign(process, { send: (message: object) => told.push(message), connected: true });
    return {
      told,
      /** Sends a message of the supervisor. */
      hear: (message: object) => {
        for (const listener of process.listeners('message')) {
          if (!before.includes(listener)) listener(message, undefined as never);
        }
      },
      restore: () => {
        Object.assign(process, { send, connected });
        for (const listener of process.listeners('message')) {
          if (!before.includes(listener)) process.off('message', listener);
        }
      },
    };
  }

  it('shares its metrics until it has ended', async () => {
    const supervisor = supervised();
    try {
      const serving = await serve({ isOneOfSeveral: true });
      const wanted = fetch(`${serving.url}/metrics`);
      await expect.poll(() => supervisor.told).toContainEqual({ metricsWanted: 1 });
      supervisor.hear({ metricsOf: 1, text: 'sums' });
      expect(await (await wanted).text()).toBe('sums');
      supervisor.told.length = 0;
      await serving.stop();
      expect(supervisor.told.at(-1)).toHaveProperty('counted');
    } finally {
      supervisor.restore();
    }
  });

  it('shares them no longer where it cannot serve', async () => {
    const supervisor = supervised();
    try {
      const serving = new Serving({ isOneOfSeveral: true, home: '/nowhere' });
      await expect(serving.ended).rejects.toThrow(HomeError);
      // At the beginning, and at the end.
      expect(supervisor.told).toEqual([
        { counted: expect.any(Array) },
        { counted: expect.any(Array) },
      ]);
    } finally {
      supervisor.restore();
    }
  });
});
