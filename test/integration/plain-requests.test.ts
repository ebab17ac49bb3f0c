/** Requests of unusual form: nothing of them is dropped or taken for something else, and no cache keeps an answer. */

import { connect } from 'node:net';
import express from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { expressRouter } from '../../src/api/express-router.js';
import { createLogger } from '../../src/api/request-log.js';
import { listen, type RunningServer } from '../../src/api/server.js';
import { openServing } from '../../src/home/serving.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let server: RunningServer;
let serving: Awaited<ReturnType<typeof openServing>>;
let shop: express.Express;

beforeAll(async () => {
  served = await servedHome();
  server = await listen(served.app, { host: '127.0.0.1', port: 0 });
  const home = {
    folder: served.home,
    serving: async (options: Parameters<typeof openServing>[1]) => {
      serving = await openServing(served.home, options);
      return serving;
    },
  };
  shop = express();
  const options = { inThread: false, backend: 'cpu', logLevel: 'silent', writes: true } as const;
  shop.use('/recs', await expressRouter(home, options));
});
afterAll(async () => {
  await server.drain(0);
  await serving.close();
  await served.close();
});

/** Sends bytes as they are, which `fetch` would not. */
async function send(head: string, body = ''): Promise<{ status: number; text: string }> {
  const socket = connect(server.port, '127.0.0.1');
  socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`, 'latin1');
  let text = '';
  for await (const chunk of socket) text += chunk;
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]), text };
}

const get = (target: string, headers = 'Host: localhost') =>
  send(`GET ${target} HTTP/1.1\r\n${headers}`);

describe('a path', () => {
  const others = [
    '/METRICS',
    '/metrics/',
    '/Users/7',
    '/users/7/',
    '//users/7',
    '/users//7',
    '/users/7/../8',
    '/./users/7',
    '/users%2f7',
    '/%75sers/7',
    '/health/../users/7',
    '/Health/Live',
    '/health/live/',
    '/DOCS',
    '/openapi.json/',
  ];

  it.each(others)('%s is 404, because a rule for paths would not know it', async (path) => {
    expect((await get(path)).status).toBe(404);
    const mounted = await request(shop).get(`/recs${path}`);
    expect(mounted.status).toBe(404);
  });

  it.each(['/users/7#x', '/users\\7#', '/users\\7', '/metrics#', '/users/7?n#=1'])(
    '%s is 400',
    async (target) => {
      const { status, text } = await get(target);
      expect(status).toBe(400);
      expect(text).toMatch(/application\/problem\+json[\s\S]*backslash/);
    },
  );

  it('of the page and its files has one form too', async () => {
    expect((await get('/Assets/x.js')).status).toBe(404);
    expect((await get('//')).status).toBe(404);
  });

  it('may hold an id of any characters', async () => {
    const id = '1/../é';
    await request(served.app)
      .post('/feedback')
      .send({ key: 'plain-1', userId: id, itemId: '110' })
      .expect(201);
    const { body } = await request(served.app).get('/users/1%2F%2e%2e%2f%c3%a9').expect(200);
    expect(body.userId).toBe(id);
  });
});

describe('a query', () => {
  it('of more than a thousand parameters is read to its end', async () => {
    const { body: all } = await request(served.app).get('/recommend/7?n=1').expect(200);
    const best = all.items[0].itemId;
    const many = 'exclude=x&'.repeat(1200);
    for (const [base, app] of [
      ['', served.app],
      ['/recs', shop],
    ] as const) {
      const { body } = await request(app).get(`${base}/recommend/7?${many}exclude=${best}`);
      expect(body.items.map(({ itemId }: { itemId: string }) => itemId)).not.toContain(best);
      const wrong = await request(app).get(`${base}/recommend/7?${many}misspelt=1`).expect(400);
      expect(wrong.body.detail).toMatch(/"misspelt" is not a parameter/);
    }
  });

  it('is refused by every route that writes and has none', async () => {
    const event = { key: 'plain-2', userId: '40', itemId: '110' };
    const { app, runs } = served;
    const asks = [
      request(app).delete('/users/40?dryRun=true'),
      request(app).delete('/feedback/plain-1?dryRun=true'),
      request(app).post('/feedback?dryRun=true').send(event),
      request(app)
        .post('/recommend?n=3')
        .send({ items: ['110'] }),
      request(app).post(`/models/${runs.popularity}/activate?dryRun=true`),
      request(app).post('/models/rollback?dryRun=true'),
    ];
    for (const ask of asks) {
      const { body } = await ask.expect(400);
      expect(body.detail).toMatch(/is not a parameter here; give none/);
    }
    await request(app).get('/users/40').expect(200);
    await request(app).get('/health/live?probe=1').expect(200);
  });

  it('means the same wherever the router is mounted, however the application parses queries', async () => {
    const extended = express();
    extended.set('query parser', 'extended');
    extended.use(shop);
    const many = Array.from({ length: 30 }, (_, k) => `genre=g${k}`).join('&');
    const { body: wrong } = await request(extended).get(`/recs/recommend/7?${many}`).expect(400);
    expect(wrong.detail).toMatch(/"g0"/);
    const exclude = Array.from({ length: 30 }, (_, k) => `exclude=g${k}`).join('&');
    await request(extended).get(`/recs/recommend/7?${exclude}`).expect(200);
    await request(extended).get('/recs/recommend/7?genre[]=War').expect(400);
    const none = express();
    none.set('query parser', false);
    none.use(shop);
    const { body } = await request(none).get('/recs/recommend/7?n=2').expect(200);
    expect(body.items).toHaveLength(2);
  });

  it.each(['query=%ff', 'query=100%', '%E0%A4=1'])('%s is refused', async (query) => {
    const { body } = await request(served.app).get(`/items?${query}`).expect(400);
    expect(body.detail).toMatch(/UTF-8, percent-encoded/);
  });
});

describe('a body', () => {
  const post = (app: express.Express, body: Buffer | string, type = 'application/json') =>
    request(app)
      .post('/recommend')
      .set('Content-Type', type)
      .serialize((bytes) => bytes)
      .send(body);

  it('with a field twice is refused', async () => {
    const { body } = await post(served.app, '{"items":["110"],"n":1,"n":2}').expect(400);
    expect(body.detail).toMatch(/"n" stands twice/);
    await post(served.app, '{"items":["110"],"n":1}').expect(200);
  });

  it('that is not UTF-8 is refused', async () => {
    const broken = Buffer.concat([Buffer.from('{"items":["'), Buffer.of(0xff), Buffer.from('"]}')]);
    const { body } = await post(served.app, broken).expect(415);
    expect(body.detail).toMatch(/UTF-8/);
    const wide = Buffer.from('{"items":["110"]}', 'utf16le');
    await post(served.app, wide, 'application/json; charset=utf-16le').expect(415);
  });

  it('with __proto__ or a malformed end is refused', async () => {
    for (const json of ['{"items":["110"],"__proto__":{"n":3}}', '{"items":["110"],', '{"a']) {
      await post(served.app, json).expect(400);
    }
  });
});

describe('a body of a route that takes none', () => {
  const asks = (body: string, type: string) => {
    const send = (ask: request.Test) =>
      ask
        .set('Content-Type', type)
        .serialize((text) => text)
        .send(body);
    return [
      send(request(served.app).delete('/feedback/none')),
      send(request(served.app).delete('/users/nobody')),
      send(request(served.app).post('/models/none/activate')),
      send(request(shop).delete('/recs/users/nobody')),
    ];
  };

  it.each([
    ['{"dryRun":true}', 'application/json'],
    ['dryRun=true', 'application/x-www-form-urlencoded'],
    ['[]', 'text/plain'],
  ])('%s is refused, because it may hold a wish', async (body, type) => {
    for (const ask of asks(body, type)) {
      const answer = await ask.expect(400);
      expect(answer.body).toMatchObject({
        code: 'E_ARGUMENT',
        detail: 'this takes no body; send none',
      });
    }
  });

  it.each(['{}', ' { } ', 'null', ''])(
    '%j says nothing, and some clients send it',
    async (body) => {
      for (const ask of asks(body, 'application/json')) {
        expect((await ask).body.detail).toMatch(/none|nobody/);
      }
    },
  );

  it('is seen where the application has parsed it', async () => {
    const parsing = express();
    parsing.use(express.json(), shop);
    const remove = (body: object) => request(parsing).delete('/recs/users/nobody').send(body);
    await remove({ dryRun: true }).expect(400);
    await remove({}).expect(404);
  });
});

describe('a header', () => {
  it('Host has to be there, and its absence has an answer like any other', async () => {
    const { status, text } = await get('/users/7', 'X-A: 1');
    expect(status).toBe(400);
    expect(text).toMatch(/application\/problem\+json[\s\S]*Host is missing/);
  });

  it.each([
    'Host: localhost\r\nHost: localhost',
    'Host: localhost\r\nAuthorization: a\r\nauthorization: b',
  ])('that decides and comes twice is 400: %j', async (headers) => {
    const { status, text } = await get('/users/7', headers);
    expect(status).toBe(400);
    expect(text).toMatch(/given more than once|^HTTP\/1\.1 400/);
  });
});

describe('a cache', () => {
  it('keeps no answer, whatever its status', async () => {
    const paths: Record<number, string> = {
      200: '/users/7',
      400: '/users/7?x=1',
      404: '/nothing',
      405: '/feedback',
    };
    for (const [status, path] of Object.entries(paths)) {
      const answer = await request(served.app).get(path);
      expect([answer.status, answer.get('cache-control')]).toEqual([Number(status), 'no-store']);
      if (path === '/nothing') continue;
      const mounted = await request(shop).get(`/recs${path}`);
      expect([mounted.status, mounted.get('cache-control')]).toEqual([Number(status), 'no-store']);
    }
    const malformed = await request(shop).get('/recs/users/%ff').expect(400);
    expect(malformed.get('cache-control')).toBe('no-store');
    const options = await request(shop).options('/recs/users/7').expect(204);
    expect(options.get('cache-control')).toBe('no-store');
    const others = ['/health/ready', '/metrics', '/docs', '/openapi.json'];
    for (const path of [...others, '/assets', '/assets/', '/assets/none.js']) {
      expect((await request(served.app).get(path)).get('cache-control'), path).toBe('no-store');
    }
  });
});

describe('the log', () => {
  it('shows no value of a query, in no kind of line', async () => {
    const secret = 'k3y-of-16-characters';
    const lines: string[] = [];
    const logger = createLogger('trace', { write: (line) => lines.push(line) });
    const failing = { ...served.models, withModel: () => Promise.reject(new Error('broken')) };
    const working = createApp({ ...served.dependencies, logger });
    const broken = createApp({ ...served.dependencies, models: failing as never, logger });
    for (const query of [`api_key=${secret}`, `key=${secret}`, secret, `n=1#${secret}`]) {
      for (const app of [working, broken]) {
        for (const path of [
          '/recommend/7',
          '/users/7',
          '/health/ready',
          '/nothing',
          '/users/%ff',
        ]) {
          await request(app).get(`${path}?${query}`);
        }
      }
    }
    expect(lines.length).toBeGreaterThan(40);
    expect(lines.join('')).toContain('/recommend/7?key');
    expect(lines.filter((line) => line.includes(secret))).toEqual([]);
  });
});
