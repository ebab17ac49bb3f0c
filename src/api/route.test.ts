/** How a route's reply becomes an answer, and what its query may be. */
import express from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ArgumentError } from '../errors.js';
import { errorProblem } from './problem.js';
import { createLogger, logRequests } from './request-log.js';
import { mountRoutes, type Reply, type Route, type RouteRequest, route } from './route.js';

const base = { scope: 'read', summary: 'x', responses: {} } as const;

function appOf(...routes: Route[]) {
  const lines: Record<string, unknown>[] = [];
  const app = express();
  const logger = createLogger('trace', { write: (line) => lines.push(JSON.parse(line)) });
  app.use(logRequests(logger));
  mountRoutes(app, routes);
  app.use(errorProblem('/home'));
  return { app, lines };
}

const answering = (reply: Reply) =>
  appOf(route({ ...base, method: 'get', path: '/', handle: () => reply }));

describe('a reply', () => {
  it.each<[Reply, number, string | undefined, string]>([
    [{ body: { a: 1 } }, 200, 'application/json; charset=utf-8', '{"a":1}'],
    [{ body: null, status: 201 }, 201, 'application/json; charset=utf-8', 'null'],
    [{ body: '{"b":2}' }, 200, 'application/json; charset=utf-8', '{"b":2}'],
    [{ body: Buffer.from('[3]') }, 200, 'application/json; charset=utf-8', '[3]'],
    [{ body: 'é', type: 'text/plain' }, 200, 'text/plain; charset=utf-8', 'é'],
    [{ body: Buffer.from('é'), type: 'text/csv' }, 200, 'text/csv', 'é'],
    [{ body: [1], type: 'application/x+json' }, 200, 'application/x+json; charset=utf-8', '[1]'],
    [{}, 200, undefined, ''],
    [{ status: 202 }, 202, undefined, ''],
  ])('%j', async (reply, status, type, text) => {
    const response = await request(answering(reply).app).get('/').responseType('blob');
    expect(response.status).toBe(status);
    expect(response.get('Content-Type')).toBe(type);
    expect(String(response.body)).toBe(text);
    expect(Number(response.get('Content-Length') ?? 0)).toBe(Buffer.byteLength(text));
  });

  it('has headers, and fields of the log', async () => {
    const { app, lines } = answering({ headers: { 'X-A': 'b' }, logged: { source: 'model' } });
    expect((await request(app).get('/')).get('X-A')).toBe('b');
    await expect.poll(() => lines).toMatchObject([{ source: 'model', msg: 'answered' }]);
  });
});

describe('a request', () => {
  /** Answers with what the handler gets. */
  const echo = ({ params, query, body, bodyLines, id }: RouteRequest) => ({
    body: { params, query, body, bodyLines, id },
  });

  it('is given as the schemas read it', async () => {
    const { app } = appOf(
      route({
        ...base,
        method: 'post',
        path: '/:id',
        params: z.object({ id: z.string().transform((id) => `<${id}>`) }),
        query: z.strictObject({ n: z.coerce.number().default(3) }),
        body: z.object({ a: z.int() }),
        handle: echo,
      }),
    );
    const ask = (address: string) =>
      request(app).post(address).set('X-Request-Id', 'mine').send({ a: 1, b: 2 });
    const given = { params: { id: '<x>' }, query: { n: 3 }, body: { a: 1 }, bodyLines: null };
    expect((await ask('/x').expect(200)).body).toEqual({ ...given, id: 'mine' });
    // The second one is remembered.
    for (const _ of [1, 2]) expect((await ask('/x?n=7')).body.query).toEqual({ n: 7 });
    await ask('/x?m=7').expect(400);
    await request(app).post('/x').send({ a: 'b' }).expect(400);
  });

  it.each([
    ['get', '/?a=1', 200],
    ['post', '/?a=1', 400],
    ['post', '/', 200],
    ['delete', '/?a=1', 400],
  ] as const)('%s %s without schemas is answered with %i', async (method, path, status) => {
    const { app } = appOf(route({ ...base, method, path: '/', handle: echo }));
    const { body } = await request(app)[method](path).expect(status);
    if (status === 200) expect(body).toMatchObject({ params: {}, query: {} });
  });

  it('of another method is told which there are', async () => {
    const { app } = appOf(
      route({ ...base, method: 'get', path: '/', handle: echo }),
      route({ ...base, method: 'put', path: '/', handle: echo }),
    );
    const { headers, body } = await request(app).delete('/').expect(405);
    expect(headers.allow).toBe('GET, HEAD, PUT');
    expect(headers['cache-control']).toBe('no-store');
    expect(body.detail).toBe('DELETE is not possible here; GET, HEAD, PUT is');
    const options = await request(app).options('/').expect(204);
    expect(options.headers.allow).toBe('GET, HEAD, PUT');
    await request(app).head('/').expect(200);
  });

  it('that fails is a problem', async () => {
    const handle = async () => {
      throw new ArgumentError('no');
    };
    const { app } = appOf(route({ ...base, method: 'get', path: '/', handle }));
    expect((await request(app).get('/').expect(400)).body.detail).toBe('no');
  });

  it('that fails after it was answered is only logged', async () => {
    let fail: (error: Error) => void = () => undefined;
    const app = express();
    const lines: Record<string, unknown>[] = [];
    app.use(logRequests(createLogger('trace', { write: (line) => lines.push(JSON.parse(line)) })));
    const signals: AbortSignal[] = [];
    const handle = ({ untilAnswered, log }: RouteRequest) => {
      signals.push(untilAnswered());
      log.info('begun');
      return new Promise<Reply>((_, reject) => {
        fail = reject;
      });
    };
    mountRoutes(app, [route({ ...base, method: 'get', path: '/a', handle })], () => [
      (_request, response, next) => {
        next();
        response.status(503).end('late');
      },
    ]);
    app.use(errorProblem('/home'));
    expect((await request(app).get('/a').expect(503)).text).toBe('late');
    await expect.poll(() => signals[0]!.aborted).toBe(true);
    fail(new Error('too late'));
    await expect.poll(() => lines.map(({ msg }) => msg)).toContain('failed after it was given up');
    const { req, level, err } = lines.find(({ msg }) => msg === 'failed after it was given up')!;
    expect({ req, level, err }).toMatchObject({
      level: 40,
      req: { method: 'GET', url: '/a' },
      err: { message: 'too late' },
    });
    expect(lines[0]).toMatchObject({ msg: 'begun', req });
  });
});
