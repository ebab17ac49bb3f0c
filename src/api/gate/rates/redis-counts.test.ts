/** Rate limits that replicas share in a real Redis, and a Redis that is gone, silent or back. */

import express from 'express';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { redisMissing, startRedis, type TestRedis } from '../../../../test/fixtures/redis.js';
import { ArgumentError } from '../../../errors.js';
import { ServingMetrics } from '../../metrics.js';
import { errorProblem } from '../../problem.js';
import { createLogger, logRequests } from '../../request-log.js';
import { openGate } from '../gatekeeper.js';
import { limitRate } from '../limit-rate.js';
import { openCounts } from './open-counts.js';
import { parseRedisUrl, shownRedis } from './redis-url.js';
import type { SharedCounts } from './shared-counts.js';

describe('the address of a Redis', () => {
  it('is taken with and without user, password, TLS and database', () => {
    for (const url of [
      'redis://localhost',
      'redis://10.0.0.5:6379/',
      'rediss://me:p%40ss@redis.example:6380/3',
      'redis://[::1]:6379',
    ]) {
      expect(parseRedisUrl('--redis', url)).toBe(url);
    }
    expect(parseRedisUrl('--redis', '')).toBeNull();
    expect(shownRedis('rediss://me:p%40ss@redis.example:6380/3')).toBe(
      'rediss://redis.example:6380/3',
    );
  });

  it.each([
    'topsecret',
    'http://:topsecret@h',
    'redis://:topsecret@',
    'redis://:topsecret@h/x',
    'redis://:topsecret@h?a=b',
    'redis://:topsecret%zz@h',
    'redis://:topsecret@h:99999',
  ])('is refused without its password in the message: %s', (url) => {
    expect(() => parseRedisUrl('--redis', url)).toThrow(ArgumentError);
    expect(() => parseRedisUrl('--redis', url)).toThrow(/^--redis .*give redis:\/\/HOST:PORT/);
    expect(() => parseRedisUrl('--redis', url)).not.toThrow(/topsecret/);
  });
});

const missing = redisMissing();
if (missing !== null) console.warn(`the tests with a real Redis are skipped: ${missing}`);

interface Replica {
  readonly ask: (client?: string) => request.Test;
  readonly counts: SharedCounts;
  readonly remarks: string[];
  readonly metrics: ServingMetrics;
}

describe.skipIf(missing !== null)('rate limits in Redis', () => {
  let redis: TestRedis;
  const open: Replica[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterEach(() => {
    for (const { counts } of open.splice(0)) counts.shutdown();
  });
  afterAll(() => redis.stop());

  /** A server with one route and a limit of five requests a minute. */
  function replica(url = redis.url, countPatienceMs = 250): Replica {
    const remarks: string[] = [];
    const metrics = new ServingMetrics();
    const counts = openCounts(
      { ...openGate, requestsPerMinute: 5, redis: url, countPatienceMs },
      { isOneOfSeveral: false, metrics, onRemark: (text) => remarks.push(text) },
    )!;
    const app = express();
    app.set('trust proxy', 1);
    app.use(logRequests(createLogger('silent')));
    app.use(limitRate(5, counts)({ path: '/', scope: 'read' })!);
    app.get('/', (_request, response) => void response.send('answered'));
    app.use(errorProblem('/home'));
    const own = {
      counts,
      remarks,
      metrics,
      ask: (client = '192.0.2.1') => request(app).get('/').set('X-Forwarded-For', client),
    };
    open.push(own);
    return own;
  }

  const statuses = async ({ ask }: Replica, times: number, client: string) => {
    const all: number[] = [];
    for (let k = 0; k < times; k++) all.push((await ask(client)).status);
    return all;
  };

  it('hold across replicas, by client', async () => {
    // On a busy machine, Redis may take its time.
    const a = replica(redis.url, 30_000);
    const b = replica(redis.url, 30_000);
    await Promise.all([a.counts.check(), b.counts.check()]);
    expect(await statuses(a, 3, '192.0.2.9')).toEqual([200, 200, 200]);
    expect(await statuses(b, 3, '192.0.2.9')).toEqual([200, 200, 429]);
    const late = await a.ask('192.0.2.9').expect(429);
    expect(late.body.code).toBe('E_RATE');
    expect(Number(late.headers['retry-after'])).toBeGreaterThan(0);
    expect((await b.ask('192.0.2.10')).status).toBe(200);
    expect([...a.remarks, ...b.remarks]).toEqual([]);
    expect(await a.metrics.gather()).toMatch(/^multvae_rate_limit_shared 1$/m);
  });

  it('go on in each replica while Redis is gone, and together once it is back', async () => {
    const a = replica();
    const b = replica();
    const client = '192.0.2.11';
    expect(await statuses(a, 2, client)).toEqual([200, 200]);
    await redis.stop();
    // Each has its own count now; that of `a` has gone on.
    expect(await statuses(a, 4, client)).toEqual([200, 200, 200, 429]);
    expect(await statuses(b, 6, client)).toEqual([200, 200, 200, 200, 200, 429]);
    expect(a.remarks).toHaveLength(1);
    expect(a.remarks[0]).toMatch(
      new RegExp(
        `^Redis at redis://127.0.0.1:${redis.port} does not count requests \\(.+\\); each`,
      ),
    );
    expect(a.remarks[0]).not.toContain('pw-of');
    const metrics = await a.metrics.gather();
    expect(metrics).toMatch(/^multvae_rate_limit_shared 0$/m);
    expect(metrics).toMatch(/^multvae_rate_limit_own_counts_total 4$/m);

    redis = await startRedis(redis.port);
    await vi.waitFor(
      async () => {
        await a.ask('192.0.2.99');
        await b.ask('192.0.2.99');
        expect([a.counts.isShared, b.counts.isShared]).toEqual([true, true]);
      },
      { timeout: 30_000, interval: 200 },
    );
    expect(a.remarks.at(-1)).toMatch(/counts requests again, for all processes$/);
    expect(await statuses(a, 3, '192.0.2.12')).toEqual([200, 200, 200]);
    expect(await statuses(b, 3, '192.0.2.12')).toEqual([200, 200, 429]);
  });

  it('do not hold up a request while Redis is silent', async () => {
    const a = replica();
    expect((await a.ask('192.0.2.13')).status).toBe(200);
    redis.process.kill('SIGSTOP');
    try {
      // A request that hangs would exceed the time of the test.
      expect(await statuses(a, 6, '192.0.2.13')).toEqual([200, 200, 200, 200, 429, 429]);
      expect(a.remarks[0]).toContain('no answer within 0.25 s');
    } finally {
      redis.process.kill('SIGCONT');
    }
    await vi.waitFor(
      async () => {
        await a.ask('192.0.2.99');
        expect(a.counts.isShared).toBe(true);
      },
      { timeout: 30_000, interval: 200 },
    );
  });

  it('begin without a Redis and with a wrong password, and say so without it', async () => {
    const wrong = replica(`redis://:not-the-password@127.0.0.1:${redis.port}`);
    await wrong.counts.check();
    expect(wrong.remarks).toEqual([expect.stringMatching(/WRONGPASS/)]);
    expect(wrong.remarks[0]).not.toContain('not-the-password');
    expect(await statuses(wrong, 6, '192.0.2.14')).toEqual([200, 200, 200, 200, 200, 429]);
    const gone = replica('redis://:topsecret@127.0.0.1:1');
    await gone.counts.check();
    expect(gone.remarks).toEqual([expect.stringContaining('redis://127.0.0.1:1 does not count')]);
    expect((await gone.ask('192.0.2.14')).status).toBe(200);
  });
});
