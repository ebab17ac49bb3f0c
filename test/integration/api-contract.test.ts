/** Every answer fits the OpenAPI document. */

import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/app.js';
import { examples } from '../../src/api/pages/examples.js';
import { type OpenApi, openApi } from '../../src/api/pages/openapi.js';
import type { Route } from '../../src/api/route.js';
import { keepNight, type Night } from '../../src/home/nights/night.js';
import { withStore } from '../../src/home/place/opened.js';
import { EvaluationStore } from '../../src/runs/evaluations.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

/** Requests a route; `npm run soak` sends more. */
const fuzzRuns = Number(process.env.MULTVAE_FUZZ_RUNS || 60);
if (!Number.isInteger(fuzzRuns) || fuzzRuns < 1) {
  throw new Error(
    `MULTVAE_FUZZ_RUNS is ${process.env.MULTVAE_FUZZ_RUNS}; give an integer from 1 on`,
  );
}

let served: ServedHome;
let server: Server;
let base: string;
let all: Route[];
let document: OpenApi;
let ajv: Ajv2020;

beforeAll(async () => {
  served = await servedHome();
  all = routes(served.dependencies);
  document = openApi(all);
  server = createServer({ keepAliveTimeout: 600_000 }, served.app);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  ajv = new Ajv2020({ strict: false });
  addFormats.default(ajv);
  ajv.addSchema({ $id: 'openapi', ...document });
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await served.close();
});

/** Lone surrogates cannot be sent. */
const wellFormed = (text: string) => Buffer.from(text).toString();
const documented = (path: string) => path.replace(/:(\w+)/g, '{$1}');
const pointer = (...parts: (string | number)[]) =>
  parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** How an answer differs from the document; empty if it does not. */
async function faultsOf(route: Route, response: Response): Promise<string[]> {
  const operation = document.paths[documented(route.path)]![route.method]!;
  const { status } = response;
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const known = String(status) in operation.responses ? status : 'default';
  if (known === 'default' && status < 400) return [`${status} is not documented`];
  const { content } = operation.responses[known]! as { content?: Record<string, unknown> };
  const text = await response.text();
  if (content === undefined) return text === '' ? [] : ['a body is not documented'];
  if (!(type in content)) return [`${type} is not documented`];
  if (!type.endsWith('json')) return [];
  const place = pointer(
    'paths',
    documented(route.path),
    route.method,
    'responses',
    known,
    'content',
    type,
    'schema',
  );
  const validate = ajv.getSchema(`openapi#${encodeURI(place)}`)!;
  return validate(JSON.parse(text)) ? [] : [ajv.errorsText(validate.errors)];
}

/** The record of a night with a file that could not be read. */
function night(file: string): Night {
  const metric = { metric: 'ndcg@100', first: 0.2, second: 0.1, difference: 0.1, low: 0, high: 1 };
  const paired = { ...metric, ahead: 3, behind: 2, p: 0.5 };
  const result = { users: 8, hits: paired, ranking: paired };
  return {
    startedAt: '2026-11-28T03:00:00.000Z',
    endedAt: '2026-11-28T03:10:00.000Z',
    rows: 7,
    users: 3,
    items: 2,
    catalogue: null,
    run: 'ease-20261128-030500-0a0b',
    base: null,
    outcome: 'failed',
    reason: `${file} cannot be read`,
    comparison: { base: { run: 'ease-20261127-030500-0a0b', result }, popularity: null },
    dataHash: null,
    setting: null,
    pruned: 0,
  };
}

describe('the OpenAPI document', () => {
  it('is valid', async () => {
    const { valid, errors } = await new Validator().validate(structuredClone(document) as never);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
  });

  it('has every route, and nothing else', () => {
    const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method} ${path}`),
    );
    const mounted = all.map(({ method, path }) => `${method} ${documented(path)}`);
    expect(operations.toSorted()).toEqual(mounted.toSorted());
    const names = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(all.length);
  });

  it('names the values that parameters take', () => {
    const { parameters, security } = document.paths['/recommend/{userId}']!.get!;
    const n = parameters.find(({ name }) => name === 'n')!;
    expect(n).toMatchObject({ in: 'query', required: false });
    expect(n.schema).toEqual({ type: 'integer', minimum: 1, maximum: 1000, default: 10 });
    expect(parameters.find(({ name }) => name === 'userId')).toMatchObject({ required: true });
    expect(parameters.find(({ name }) => name === 'genre')!.schema).toMatchObject({
      type: 'array',
    });
    expect(security).toEqual([{ key: [] }]);
    expect(document.paths['/health/live']!.get!.security).toEqual([]);
  });

  it('is served as JSON, and as a page that loads one script of its own', async () => {
    expect(await (await fetch(`${base}/openapi.json`)).json()).toEqual(document);
    const page = await (await fetch(`${base}/docs`)).text();
    for (const { path } of all) expect(page).toContain(`<code>${documented(path)}</code>`);
    expect(page).not.toMatch(/(src|href)="(?!#|openapi\.json|docs\/try\.js")/);
    expect(page.match(/<script.*/g)).toEqual(['<script src="docs/try.js" defer></script>']);
  });
});

describe('the examples', () => {
  const shown = { shown: () => {}, read: async () => [] } as never;

  it('are there for every route, and fit its schemas', () => {
    const documentedRoutes = routes({ ...served.dependencies, shown });
    const names = documentedRoutes.map(({ method, path }) => `${method} ${path}`);
    expect(Object.keys(examples).toSorted()).toEqual(names.toSorted());
    for (const route of documentedRoutes) {
      const name = `${route.method} ${route.path}`;
      const { params, query, body, status = 200, answer } = examples[name]!;
      const sent = { params, query, body };
      for (const part of ['params', 'query', 'body'] as const) {
        const schema = route[part];
        const value = sent[part] ?? (part === 'body' ? undefined : {});
        if (schema === undefined) expect(sent[part], `${name}: ${part}`).toBeUndefined();
        else expect(schema.safeParse(value).error?.issues ?? [], `${name}: ${part}`).toEqual([]);
      }
      const response = route.responses[status]!;
      expect(response, `${name}: ${status}`).toBeDefined();
      if (response.body !== undefined) {
        expect(response.body.safeParse(answer).error?.issues ?? [], name).toEqual([]);
      } else expect(typeof answer, name).toBe(response.type === undefined ? 'undefined' : 'string');
    }
  });

  it('stand in the document', () => {
    const { parameters, responses } = document.paths['/recommend/{userId}']!.get!;
    const { params, answer } = examples['get /recommend/:userId']!;
    expect(parameters.find(({ name }) => name === 'userId')!.example).toBe(params!.userId);
    expect(responses[200]).toMatchObject({ content: { 'application/json': { example: answer } } });
    expect(document.paths['/rules']!.post!.requestBody).toMatchObject({
      content: { 'application/json': { example: examples['post /rules']!.body } },
    });
  });
});

describe('every route', () => {
  /** Requests that are answered with 2xx, by method and path; at least one for each route. */
  const requests = (): Record<string, [path: string, body?: unknown][]> => ({
    'get /recommend/:userId': [
      ['/recommend/1'],
      ['/recommend/17?explain=true&diversity=0.5&explore=0.5&novelty=0.5'],
      ['/recommend/nobody?n=3'],
    ],
    'post /recommend': [
      ['/recommend', { items: ['110', 'x'], explain: true }],
      ['/recommend', { userId: '1', items: ['110', 'x'], only: ['112', 'y'] }],
    ],
    'get /items': [['/items?query=film'], ['/items?sort=newest&offset=3&unavailable=true']],
    'get /items/:itemId': [['/items/110']],
    'put /items/:itemId': [
      ['/items/new', { title: 'Lamp', category: 'Light', price: 9.5, tags: ['a', 'b'] }],
      ['/items/new', { title: 'Lamp', fields: { price: 9 } }],
    ],
    'patch /items/:itemId': [['/items/new', { price: null, available: false }]],
    'delete /items/:itemId': [['/items/new']],
    'post /items': [['/items?merge=true', [{ itemId: 'new' }, { itemId: 'other', year: 2000 }]]],
    'get /items/:itemId/users': [['/items/110/users']],
    'get /similar/:itemId': [['/similar/110?minYear=1960']],
    'get /genres': [['/genres']],
    'get /home': [['/home']],
    'get /nights': [['/nights']],
    'post /rules': [
      ['/rules', { kind: 'pin', items: ['111'], place: 2, name: 'n', endsAt: '2999-01-01' }],
      ['/rules', { kind: 'limit', each: 'genre', atMost: 3 }],
    ],
    'get /rules': [['/rules']],
    'get /rules/:id': [['/rules/1']],
    'put /rules/:id': [['/rules/1', { kind: 'boost', items: ['110'], by: 0.5 }]],
    'patch /rules/:id': [['/rules/1', { by: 0.1 }]],
    'delete /rules/:id': [['/rules/1']],
    'get /users': [['/users?query=1']],
    'get /users/:userId': [['/users/1'], [`/users/1?run=${served.runs.popularity}`]],
    'get /users/:userId/anomaly': [['/users/1/anomaly']],
    'get /models': [['/models']],
    'get /models/:run': [[`/models/${served.runs['mult-vae']}`]],
    'patch /models/:run': [
      [`/models/${served.runs.popularity}`, { name: 'The baseline', note: 'for comparison' }],
      [`/models/${served.runs.popularity}`, { note: null }],
    ],
    'get /models/:run/map': [
      [`/models/${served.runs['mult-vae']}/map?items=9`],
      [`/models/${served.runs['mult-vae']}/map?items=9&fields=*`],
    ],
    'get /verdicts': [['/verdicts']],
    'get /verdicts/:first/:second': [
      [`/verdicts/${served.runs['mult-vae']}/${served.runs.popularity}`],
      [`/verdicts/${served.runs.popularity}/${served.runs['mult-vae']}`],
    ],
    'get /models/:run/report': [[`/models/${served.runs['mult-vae']}/report`]],
    'get /models/:run/report/state': [[`/models/${served.runs['mult-vae']}/report/state`]],
    'post /models/:run/report': [[`/models/${served.runs['mult-vae']}/report`]],
    'post /models/:run/activate': [[`/models/${served.runs['mult-vae']}/activate`]],
    'post /models/rollback': [['/models/rollback']],
    'post /feedback': [
      ['/feedback', { events: [{ key: 'k1', userId: 'new', itemId: '110', rating: 5 }] }],
      ['/feedback', { key: 'k1', userId: 'new', itemId: '110', rating: 5 }],
    ],
    'delete /feedback/:key': [['/feedback/k1']],
    'delete /users/:userId': [['/users/40']],
    'get /metrics': [['/metrics']],
    'get /health/live': [['/health/live']],
    'get /health/ready': [['/health/ready']],
    'get /openapi.json': [['/openapi.json']],
    'get /docs': [['/docs']],
    'get /docs/try.js': [['/docs/try.js']],
  });

  function pairedMetric(metric: string) {
    const means = { first: 0.5, second: 0.25, difference: 0.25 };
    return { metric, ...means, low: 0, high: 0.5, ahead: 2, behind: 0, p: 0.5 };
  }

  async function ask(route: Route, path: string, body?: unknown): Promise<Response> {
    const json = { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const method = route.method.toUpperCase();
    return fetch(base + path, { method, ...(body !== undefined && json) });
  }

  it('answers as it is documented', async () => {
    const run = served.runs['mult-vae'];
    const evaluations = new EvaluationStore(served.home);
    evaluations.keepPage(run, '<title>page</title>');
    const metrics = { 'ndcg@100': { mean: 0.4, se: Number.NaN } };
    const models = [{ model: 'mult-vae', run, metrics }];
    const paired = { users: 8, hits: pairedMetric('hit@20'), ranking: pairedMetric('ndcg@100') };
    evaluations.keep(run, 'test', { split: 'test', users: 8, leftOut: 0, models, paired });
    const pair = { first: run, second: served.runs.popularity, split: 'test', result: paired };
    const id = [pair.first, pair.second].toSorted().join('+');
    await withStore(served.home, ({ documents }) => documents.write('comparisons', id, pair));
    await keepNight(served.home, night(join(served.home, 'orders.csv')));
    const known = requests();
    expect(Object.keys(known).toSorted()).toEqual(
      all.map(({ method, path }) => `${method} ${path}`).toSorted(),
    );
    for (const route of all) {
      for (const [path, body] of known[`${route.method} ${route.path}`]!) {
        const response = await ask(route, path, body);
        expect(response.ok, `${path}: ${response.status}`).toBe(true);
        expect(await faultsOf(route, response), path).toEqual([]);
      }
    }
    const said = await (await fetch(`${base}/verdicts`)).json();
    expect(said).toMatchObject({
      verdicts: [{ run, against: 'popularity', users: 8, outcome: 'undecided' }],
    });
    await served.models.activate(run);
  });

  it('tells of nights without naming the place of the home', async () => {
    const answer: unknown = await (await fetch(`${base}/nights`)).json();
    expect(answer).toEqual({ nights: [night('orders.csv')] });
  });

  it('would notice an answer that is not as documented', async () => {
    const route = all.find(({ path }) => path === '/genres')!;
    const wrong = new Response('{"genres":[{"genre":"War"}]}', {
      headers: { 'Content-Type': 'application/json' },
    });
    expect(await faultsOf(route, wrong)).toHaveLength(1);
  });

  it('has a scope', () => {
    for (const route of all) expect(['public', 'read', 'write']).toContain(route.scope);
    const asking = all.filter(({ method, scope }) => method !== 'get' && scope !== 'write');
    expect(asking.map(({ path }) => path)).toEqual(['/recommend']);
  });

  const text = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.constant('\0'),
    fc.integer().map(String),
    fc.double().map(String),
    fc.constantFrom('1', '110', 'true'),
    fc.constantFrom('..', '%', '__proto__', 'constructor', 'a'.repeat(600), '🎬', "'; DROP", '"*'),
  );

  /** An arbitrary request to a route, more or less like a valid one. */
  function requestOf(route: Route) {
    const names = Object.keys(route.query?.shape ?? {});
    const fields = Object.keys((route.body as { shape?: object } | undefined)?.shape ?? {});
    const name = names.length === 0 ? text : fc.oneof(fc.constantFrom(...names), text);
    const value = fc.oneof(text, fc.constantFrom('0', '1', '0.5', '10', 'true', 'Drama', ''));
    const field = fc.oneof(fc.jsonValue(), fc.array(text), text, fc.double(), fc.integer());
    const known = fields.length === 0 ? text : fc.oneof(fc.constantFrom(...fields), text);
    return fc.record({
      params: fc.array(fc.oneof(text, fc.constantFrom(...Object.values(served.runs))), {
        minLength: 3,
        maxLength: 3,
      }),
      query: fc.array(fc.tuple(name, value), { maxLength: 5 }),
      body: fc.oneof(
        fc.jsonValue(),
        fc.dictionary(known, field, { maxKeys: 6 }).map((body) => ({ items: ['110'], ...body })),
      ),
    });
  }

  it(`answers ${fuzzRuns} arbitrary requests without a fault of its own`, async () => {
    // A client resolves dots before it sends an address.
    const encode = (part: string) =>
      part === '' || /^\.\.?$/.test(part) ? 'x' : encodeURIComponent(wellFormed(part));
    for (const route of all) {
      const property = fc.asyncProperty(requestOf(route), async ({ params, query, body }) => {
        let place = 0;
        const path = route.path.replace(/:\w+/g, () => encode(params[place++]!));
        const search = new URLSearchParams(
          query.map(([name, value]): [string, string] => [wellFormed(name), wellFormed(value)]),
        );
        const response = await ask(
          route,
          `${path}?${search}`,
          route.body === undefined ? undefined : body,
        );
        expect(response.status, await response.clone().text()).toBeLessThan(500);
        expect(await faultsOf(route, response), response.url).toEqual([]);
      });
      await fc.assert(property, { numRuns: fuzzRuns });
    }
    await served.models.activate(served.runs['mult-vae']);
  });
});
