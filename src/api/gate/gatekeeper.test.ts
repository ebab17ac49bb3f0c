/** The guards together: scopes, browsers, rates, overload and metrics. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { importRatings } from '../../data/import.js';
import { homePlace } from '../../data/store/place.js';
import { SqliteStore } from '../../data/store/sqlite/sqlite-store.js';
import type { ServedModels } from '../../serving/served-models.js';
import { type AppDependencies, createApp, routes } from '../app.js';
import { startInGroups } from '../express-speed.js';
import { ServingMetrics } from '../metrics.js';
import { errorProblem } from '../problem.js';
import { createLogger, logRequests } from '../request-log.js';
import { mountRoutes, type Route } from '../route.js';
import { AccessKeys } from './access-keys.js';
import { Gatekeeper, type GateOptions, openGate } from './gatekeeper.js';
import { isLoopback } from './local-host.js';
import { Overload, type OverloadLimits } from './overload.js';
import { securityHeaders } from './security-headers.js';
import { shedding } from './shed.js';

const readKey = 'read-key-of-16-characters';
const writeKey = 'write-key-of-16-characters';
const keys = AccessKeys.parse(`shop:read:${readKey},import:write:${writeKey}`);

let home: string;
let dependencies: AppDependencies;
const opened: { close(): void }[] = [];

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'multvae-gate-'));
  const file = join(home, 'ratings.csv');
  writeFileSync(file, 'userId,movieId,rating,timestamp\nu,a,5,10\nu,b,2,30\nv,a,4,20\n');
  await importRatings(home, file);
  const store = new SqliteStore(homePlace(home));
  opened.push(store);
  const models = { active: () => null } as ServedModels;
  const unused = { runs: { list: () => [] } as never, evaluations: null as never };
  dependencies = {
    models,
    store,
    feedback: store.feedback,
    home,
    logger: createLogger('silent'),
    ...unused,
  };
});
afterAll(async () => {
  for (const thing of opened) thing.close();
  rmSync(home, { recursive: true });
});
afterEach(async () => {
  vi.useRealTimers();
});

function appWith(options: Partial<GateOptions>) {
  const metrics = new ServingMetrics();
  const gatekeeper = new Gatekeeper({ ...openGate, ...options }, metrics);
  return createApp({ ...dependencies, metrics, gatekeeper });
}

/** An address that a route answers to. */
const addressOf = (path: string) => path.replace(/:\w+/g, 'x');

describe('the scopes', () => {
  /** Routes that need no key; adding one is a decision that is made here. */
  const open = [
    'get /docs',
    'get /docs/try.js',
    'get /health/live',
    'get /health/ready',
    'get /openapi.json',
  ];

  it('are declared by every route, and every route that writes has the scope write', () => {
    const all = routes(dependencies);
    expect(all.length).toBeGreaterThan(15);
    for (const { method, path, scope } of all) {
      expect(['public', 'read', 'write'], `${method} ${path}`).toContain(scope);
      // POST /recommend stores nothing.
      const reads = method === 'get' || path === '/recommend';
      if (!reads) expect(scope, `${method} ${path}`).toBe('write');
    }
    const free = all.filter(({ scope }) => scope === 'public');
    expect(free.map(({ method, path }) => `${method} ${path}`).sort()).toEqual(open);
  });

  it('are enforced by every route', async () => {
    const app = appWith({ keys });
    for (const { method, path, scope } of routes(dependencies)) {
      const ask = () => request(app)[method](addressOf(path));
      const label = `${method} ${path}`;
      if (scope === 'public') {
        expect((await ask()).status, label).not.toBe(401);
        continue;
      }
      const without = await ask().expect('Content-Type', /^application\/problem\+json/);
      expect([without.status, without.body.code], label).toEqual([401, 'E_KEY']);
      expect(without.get('WWW-Authenticate'), label).toBe('Bearer realm="multvae"');
      const wrong = await ask().set('Authorization', 'Bearer nobody-has-this-key');
      expect(wrong.status, label).toBe(401);
      const reader = await ask().set('Authorization', `Bearer ${readKey}`);
      if (scope === 'write') expect([reader.status, reader.body.code]).toEqual([403, 'E_SCOPE']);
      else expect([401, 403], label).not.toContain(reader.status);
      const writer = await ask().set('Authorization', `Bearer ${writeKey}`);
      expect([401, 403], label).not.toContain(writer.status);
    }
  });

  it('do not matter on this machine without keys', async () => {
    const app = appWith({});
    await request(app).get('/users/u').expect(200);
    await request(app).delete('/feedback/none').expect(404);
  });
});

describe('browsers', () => {
  it('get answers only under names of this machine', async () => {
    const app = appWith({});
    const ask = (host: string) => request(app).get('/users/u').set('Host', host);
    for (const host of ['localhost', 'LOCALHOST:3000', '127.0.0.1:80', '[::1]:3000', '127.1.2.3']) {
      await ask(host).expect(200);
    }
    for (const host of ['evil.example', '127.0.0.1.evil.example:3000', '10.0.0.1', 'localhost.x']) {
      const { body } = await ask(host).expect(403);
      expect(body.code).toBe('E_HOST');
    }
    await request(app).get('/health/live').set('Host', 'evil.example').expect(200);
    const local = { keys, isLoopback: true };
    const bearer = `Bearer ${readKey}`;
    const named = request(appWith(local)).get('/users/u').set('Host', 'shop.example');
    await named.set('Authorization', bearer).expect(200);
    await request(appWith({ trustProxy: true }))
      .get('/users/u')
      .set('Host', 'shop.example')
      .expect(200);
  });

  it('cannot write from pages of other origins', async () => {
    const app = appWith({});
    const write = (headers: Record<string, string>) =>
      request(app)
        .delete('/feedback/none')
        .set({ Host: 'localhost:3000', ...headers });
    await write({ 'Sec-Fetch-Site': 'same-origin', Origin: 'http://localhost:3000' }).expect(404);
    await write({ 'Sec-Fetch-Site': 'none' }).expect(404);
    await write({ Origin: 'http://localhost:3000' }).expect(404);
    for (const headers of [
      { 'Sec-Fetch-Site': 'cross-site' },
      { 'Sec-Fetch-Site': 'same-site' },
      { Origin: 'http://localhost:4000' },
      { Origin: 'http://evil.example' },
      { Origin: 'null' },
    ]) {
      const { body } = await write(headers).expect(403);
      expect(body.code).toBe('E_ORIGIN');
    }
    await request(app).get('/users/u').set('Sec-Fetch-Site', 'cross-site').expect(200);
  });

  it('get security headers', async () => {
    const { headers } = await request(appWith({})).get('/health/live').expect(200);
    expect(headers['content-security-policy']).toMatch(
      /default-src 'self'.*frame-ancestors 'none'/,
    );
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'SAMEORIGIN',
      'referrer-policy': 'no-referrer',
    });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

describe('the rate limit', () => {
  it('counts by key, and by address without a key', async () => {
    const app = appWith({ keys, requestsPerMinute: 3 });
    const ask = (key: string) => request(app).get('/users/u').set('Authorization', `Bearer ${key}`);
    for (let k = 0; k < 3; k++) await ask(readKey).expect(200);
    const { body, headers } = await ask(readKey).expect(429);
    expect(body).toMatchObject({ status: 429, code: 'E_RATE' });
    expect(Number(headers['retry-after'])).toBeGreaterThan(0);
    await ask(writeKey).expect(200);
    for (let k = 0; k < 3; k++) await ask(`guess-${k}-of-16-characters`).expect(401);
    await ask('guess-4-of-16-characters').expect(429);
    await request(app).get('/health/live').expect(200);
  });

  it('believes X-Forwarded-For only with a trusted proxy', async () => {
    const from = (app: ReturnType<typeof appWith>, address: string) =>
      request(app).get('/users/u').set('X-Forwarded-For', address);
    const trusting = appWith({ trustProxy: true, requestsPerMinute: 1 });
    await from(trusting, '192.0.2.1').expect(200);
    await from(trusting, '192.0.2.2').expect(200);
    await from(trusting, '192.0.2.1').expect(429);
    const wary = appWith({ requestsPerMinute: 1 });
    await from(wary, '192.0.2.1').expect(200);
    await from(wary, '192.0.2.2').expect(429);
  });

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])(
    'warns once where a proxy sends requests with %s, and nothing says so',
    async (header) => {
      const lines: string[] = [];
      const logger = createLogger('warn', { write: (line) => lines.push(line) });
      const app = createApp({ ...dependencies, logger });
      for (let k = 0; k < 3; k++) await request(app).get('/users/u').expect(200);
      expect(lines).toEqual([]);
      for (let k = 0; k < 3; k++) {
        await request(app).get('/users/u').set(header, '192.0.2.1').expect(200);
      }
      expect(lines).toHaveLength(1);
      expect(lines[0]).toContain('--trust-proxy');
    },
  );

  it('counts a client once, whichever port it comes from, and clients behind two proxies apart', async () => {
    const ask = (app: ReturnType<typeof appWith>, forwarded: string) =>
      request(app).get('/users/u').set('X-Forwarded-For', forwarded);
    for (const [first, again] of [
      ['192.0.2.1:1000', '192.0.2.1:1001'],
      ['[2001:db8:1:2::1]:9', '2001:db8:1:2::2'],
    ] as const) {
      const app = appWith({ trustProxy: 1, requestsPerMinute: 1 });
      await ask(app, first).expect(200);
      await ask(app, again).expect(429);
    }
    const local = ['loopback', '10.0.0.0/8'];
    for (const trustProxy of [2, local]) {
      const app = appWith({ trustProxy, requestsPerMinute: 1 });
      await ask(app, '192.0.2.1, 10.0.0.1').expect(200);
      await ask(app, '192.0.2.2, 10.0.0.1').expect(200);
      await ask(app, '192.0.2.1, 10.0.0.1').expect(429);
    }
    // What a client writes into the header itself stands before what the proxies know.
    const app = appWith({ trustProxy: local, requestsPerMinute: 1 });
    await ask(app, '198.51.100.1, 192.0.2.1, 10.0.0.1').expect(200);
    await ask(app, '198.51.100.2, 192.0.2.1, 10.0.0.1').expect(429);
  });

  it('does not confuse a key with an address', async () => {
    const own = AccessKeys.parse(`unknown:read:${readKey}`);
    const app = appWith({ keys: own, trustProxy: 1, requestsPerMinute: 1 });
    const ask = () => request(app).get('/users/u').set('X-Forwarded-For', 'unknown');
    await ask().set('Authorization', `Bearer ${readKey}`).expect(200);
    await ask().expect(401);
  });
});

/** A server with one route, which waits for `answer`. */
async function slowServer(limits?: OverloadLimits, route: Partial<Route> = {}) {
  const metrics = new ServingMetrics();
  const gatekeeper = new Gatekeeper(openGate, metrics);
  const overload = new Overload(limits);
  let begun = 0;
  let answer: () => void = () => undefined;
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const slow: Route = {
    method: 'get',
    path: '/slow',
    scope: 'read',
    summary: 'slow',
    responses: {},
    handle: async () => {
      begun++;
      await answered;
      return { body: 'done' };
    },
    ...route,
  };
  const live: Route = { ...slow, path: '/health/live', scope: 'public', handle: () => ({}) };
  const app = express();
  app.use(securityHeaders);
  app.use(logRequests(createLogger('silent')));
  mountRoutes(app, [slow, live], (route) => gatekeeper.of(route));
  app.use(errorProblem('/home'));
  const server = createServer(startInGroups(app, { overload, shed: shedding(metrics) })).listen(
    0,
    '127.0.0.1',
  );
  await new Promise((listening) => server.once('listening', listening));
  opened.push(overload, { close: () => server.closeAllConnections() }, server);
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/slow`;
  return { url, answer, begun: () => begun, metrics, overload };
}

const fewRequests = { maxRequests: 4, maxDelayMs: 60_000, minRequests: 0 };

describe('overload', () => {
  it('is refused at once above a number of requests, and ends with them', async () => {
    const { url, answer, metrics, overload } = await slowServer(fewRequests);
    const waiting = Array.from({ length: 4 }, () => fetch(url));
    await expect.poll(() => overload.underWay).toBe(4);
    const refused = await fetch(url, { headers: { 'X-Request-Id': 'mine' } });
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(refused.headers.get('x-request-id')).toBe('mine');
    expect((await fetch(url)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await refused.json()).toEqual({
      type: 'about:blank',
      title: 'Service Unavailable',
      status: 503,
      code: 'E_OVERLOAD',
      detail: 'the server is too busy; try again in a second',
    });
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([503, '']);
    answer();
    for (const response of await Promise.all(waiting)) {
      expect(response.status).toBe(200);
      // A refusal has the headers of every other answer.
      for (const [name, value] of response.headers) {
        if (!/^(content-|date|etag|x-request-id)/.test(name)) {
          expect(refused.headers.get(name), name).toBe(value);
        }
      }
      expect(refused.headers.get('content-security-policy')).toContain("default-src 'self'");
    }
    await expect.poll(() => overload.underWay).toBe(0);
    expect((await fetch(url)).status).toBe(200);
    const counted = await metrics.registry.metrics();
    expect(counted).toMatch(/multvae_shed_requests_total\{reason="requests"\} 3/);
    expect(counted).toMatch(
      /multvae_http_request_duration_seconds_count\{method="GET",route="none",status="503"\} 2/,
    );
  });

  it('lets health checks through, and ends when the waiting clients are gone', async () => {
    const { url, answer, overload } = await slowServer(fewRequests);
    const impatient = new AbortController();
    const waiting = Array.from({ length: 4 }, () => fetch(url, { signal: impatient.signal }));
    await expect.poll(() => overload.underWay).toBe(4);
    expect((await fetch(new URL('/health/live', url))).status).toBe(200);
    impatient.abort();
    await Promise.allSettled(waiting);
    await expect.poll(() => overload.underWay).toBe(0);
    answer();
    expect((await fetch(url)).status).toBe(200);
  });

  it('is refused while the event loop is late, and ends after that', async () => {
    // The delay stays as it is until the next sample.
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const { url, answer, overload } = await slowServer({
      maxRequests: 100,
      maxDelayMs: 50,
      minRequests: 0,
    });
    answer();
    while (overload.delayMs <= 50) {
      // Each turn of the event loop is late by a tenth of a second. Between two timers, it might not turn at all.
      for (let turn = 0; turn < 4; turn++) {
        const until = performance.now() + 100;
        while (performance.now() < until);
        await new Promise(setImmediate);
      }
      vi.advanceTimersByTime(250);
    }
    expect((await fetch(url)).status).toBe(503);
    await expect
      .poll(async () => {
        vi.advanceTimersByTime(250);
        return (await fetch(url)).status;
      })
      .toBe(200);
  });

  it.each([
    { kind: 'an answer', isLong: false, timeoutMs: 5000 },
    { kind: 'the exchange of a model', isLong: true, timeoutMs: 300_000 },
  ])('gives up on $kind after its time', async ({ isLong, timeoutMs }) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { url, answer, begun } = await slowServer(undefined, { isLong });
    let isAnswered = false;
    const response = fetch(url).finally(() => {
      isAnswered = true;
    });
    while (begun() === 0) await new Promise(setImmediate);
    vi.advanceTimersByTime(timeoutMs - 1000);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isAnswered).toBe(false);
    vi.advanceTimersByTime(1500);
    const given = await response;
    expect([given.status, given.headers.get('retry-after')]).toEqual([503, '1']);
    const { code, detail } = (await given.json()) as { code: string; detail: string };
    expect(code).toBe('E_TIMEOUT');
    expect(detail).toContain(`within ${timeoutMs / 1000} s`);
    answer();
    await new Promise(setImmediate);
  });
});

describe('an answer after the time', () => {
  it('is not sent, whether the handler answers or fails, and the connection stays of use', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    for (const fails of [false, true]) {
      let settle: () => void = () => undefined;
      let begun = 0;
      const { url, overload } = await slowServer(undefined, {
        handle: () => {
          if (++begun > 1) return { body: 'second request' };
          return new Promise((resolve, reject) => {
            settle = () => (fails ? reject(new Error('too late')) : resolve({ body: 'too late' }));
          });
        },
      });
      const givenUp = vi.spyOn(overload, 'giveUp');
      const socket = connect(Number(new URL(url).port), '127.0.0.1');
      let answers = '';
      socket.on('data', (chunk) => {
        answers += chunk;
      });
      const ask = () => socket.write('GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
      const seen = async (text: string) => {
        while (!answers.includes(text)) await new Promise(setImmediate);
      };
      ask();
      while (begun === 0) await new Promise(setImmediate);
      vi.advanceTimersByTime(5500);
      await seen('E_TIMEOUT');
      // Its work goes on, and is counted.
      await expect.poll(() => givenUp).toHaveBeenCalledTimes(1);
      settle();
      await new Promise(setImmediate);
      ask();
      await seen('second request');
      expect(answers).not.toContain('too late');
      expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 503', 'HTTP/1.1 200']);
      socket.destroy();
    }
  });

  it('is 408 where it is the body that did not arrive', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
    const { url, metrics } = await slowServer(undefined, {
      method: 'post',
      body: z.object({}),
    });
    const timers = vi.getTimerCount();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    const headers = 'Content-Type: application/json\r\nContent-Length: 1000';
    socket.write(`POST /slow HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n\r\n{`);
    while (vi.getTimerCount() === timers) await new Promise(setImmediate);
    vi.advanceTimersByTime(5500);
    let answers = '';
    for await (const chunk of socket) answers += chunk;
    expect(answers.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 408']);
    expect(answers).toContain('application/problem+json');
    expect(answers).toContain('Connection: close');
    expect(await metrics.registry.metrics()).toMatch(/route="\/slow",status="408"\} 1/);
  });
});

describe('GET /metrics', () => {
  it('counts requests by route, and feedback by outcome', async () => {
    const app = appWith({});
    await request(app).get('/users/u').expect(200);
    await request(app).get('/users/nobody').expect(404);
    const event = { key: 'metrics', userId: 'm', itemId: 'a' };
    await request(app).post('/feedback').send(event).expect(201);
    await request(app).post('/feedback').send(event).expect(201);
    await request(app).delete('/feedback/metrics').expect(204);
    const { text } = await request(app)
      .get('/metrics')
      .expect(200)
      .expect('Content-Type', /^text\/plain; version=0\.0\.4/);
    for (const line of [
      'multvae_http_request_duration_seconds_count{method="GET",route="/users/:userId",status="200"} 1',
      'multvae_http_request_duration_seconds_count{method="GET",route="/users/:userId",status="404"} 1',
      'multvae_feedback_events_total{status="stored"} 1',
      'multvae_feedback_events_total{status="repeated"} 1',
      'multvae_feedback_events_total{status="deleted"} 1',
    ]) {
      expect(text).toContain(line);
    }
    expect(text).toMatch(/^process_resident_memory_bytes \d/m);
    // The label is the route, not the address: otherwise clients could create any number of labels.
    expect(text).not.toContain('nobody');
  });
});

describe('isLoopback', () => {
  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is %s', (host) => {
    expect(isLoopback(host)).toBe(true);
  });
  it.each(['0.0.0.0', '::', '10.0.0.1', '127.evil.example', 'localhost.evil', ''])(
    'is not %j',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
