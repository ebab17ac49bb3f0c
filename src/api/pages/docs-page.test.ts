/** The OpenAPI document and the page of a few routes, whole. */

import { expect, it } from 'vitest';
import { z } from 'zod';
import { packageVersion } from '../../version.js';
import { route } from '../route.js';
import { docsPage } from './docs-page.js';
import { openApi } from './openapi.js';

const shape = z.strictObject({ id: z.string(), size: z.int().nullable() }).meta({ id: 'Shape' });

const routes = [
  route({
    method: 'get',
    path: '/shapes/:shapeId',
    scope: 'read',
    summary: 'A shape',
    params: z.object({ shapeId: z.string().describe('its id') }),
    query: z.strictObject({
      n: z.int().min(1).max(9).default(3).describe('how many'),
      kind: z.enum(['round', 'flat']),
      words: z.array(z.string()).default([]),
    }),
    responses: {
      200: { description: 'it is known', body: shape },
      404: { description: 'it is not' },
    },
    handle: () => ({}),
  }),
  route({
    method: 'put',
    path: '/shapes/:shapeId',
    scope: 'write',
    summary: 'Store a shape',
    params: z.object({ shapeId: z.string() }),
    body: shape.extend({ shown: z.boolean().default(true) }),
    takesLines: true,
    responses: { 201: { description: 'it is stored', body: shape } },
    handle: () => ({}),
  }),
  route({
    method: 'get',
    path: '/docs/list.txt',
    scope: 'public',
    summary: 'The list',
    responses: { 200: { description: 'a list', type: 'text/plain; charset=utf-8' } },
    handle: () => ({}),
  }),
  // They have examples: of a query and JSON, of a text, and of nothing but a path.
  route({
    method: 'get',
    path: '/items',
    scope: 'read',
    summary: 'Items',
    query: z.strictObject({ query: z.string(), n: z.string(), other: z.string() }),
    responses: { 200: { description: 'found', body: z.array(z.unknown()) } },
    handle: () => ({}),
  }),
  route({
    method: 'get',
    path: '/metrics',
    scope: 'read',
    summary: 'Metrics',
    responses: { 200: { description: 'text', type: 'text/plain' } },
    handle: () => ({}),
  }),
  route({
    method: 'delete',
    path: '/rules/:id',
    scope: 'write',
    summary: 'Take a rule away',
    params: z.object({ id: z.string() }),
    responses: { 204: { description: 'it is gone' } },
    handle: () => ({}),
  }),
];

const ref = (name: string) => ({ schema: { $ref: `#/components/schemas/${name}` } });
const problem = { 'application/problem+json': ref('Problem') };
const other = { description: 'any other error', content: problem };
const known = { 'application/json': ref('Shape') };
const text = { type: 'string' };
const id = { name: 'shapeId', in: 'path', required: true, schema: text };

it('documents routes', () => {
  const { openapi, info, tags, paths, components } = openApi(routes);
  expect(openapi).toBe('3.1.0');
  expect(info).toMatchObject({ title: 'multvae', version: packageVersion });
  const names = ['shapes', 'docs', 'items', 'metrics', 'rules'];
  expect(tags).toEqual(names.map((name) => ({ name })));
  expect(components.securitySchemes).toEqual({ key: { type: 'http', scheme: 'bearer' } });
  expect(Object.keys(components.schemas).toSorted()).toEqual(['Problem', 'Shape']);
  expect(components.schemas.Shape).toMatchObject({ required: ['id', 'size'] });
  expect(Object.keys(paths)).toEqual([
    '/shapes/{shapeId}',
    '/docs/list.txt',
    '/items',
    '/metrics',
    '/rules/{id}',
  ]);
  const { get, put } = paths['/shapes/{shapeId}']!;
  expect(get).toEqual({
    operationId: 'getShapesShapeId',
    tags: ['shapes'],
    summary: 'A shape',
    description: 'Needs a key that may read, if keys are set.',
    'x-scope': 'read',
    security: [{ key: [] }],
    parameters: [
      { ...id, description: 'its id' },
      {
        name: 'n',
        in: 'query',
        required: false,
        description: 'how many',
        schema: { type: 'integer', minimum: 1, maximum: 9, default: 3 },
      },
      { name: 'kind', in: 'query', required: true, schema: { ...text, enum: ['round', 'flat'] } },
      {
        name: 'words',
        in: 'query',
        required: false,
        schema: { type: 'array', items: text, default: [] },
      },
    ],
    responses: {
      200: { description: 'it is known', content: known },
      404: { description: 'it is not', content: problem },
      default: other,
    },
  });
  const { requestBody, ...stored } = put!;
  expect(stored).toMatchObject({
    operationId: 'putShapesShapeId',
    'x-scope': 'write',
    parameters: [id],
    responses: { 201: { description: 'it is stored', content: known }, default: other },
  });
  expect(requestBody).toEqual({
    required: true,
    content: {
      'application/json': { schema: expect.objectContaining({ type: 'object' }) },
      'application/x-ndjson': { schema: text },
    },
  });
  expect(paths['/docs/list.txt']!.get).toMatchObject({
    operationId: 'getDocsListTxt',
    security: [],
    parameters: [],
    responses: { 200: { description: 'a list', content: { 'text/plain': { schema: text } } } },
  });
  expect(paths['/rules/{id}']!.delete).toMatchObject({
    parameters: [{ name: 'id', example: '1' }],
    responses: { 204: { description: 'it is gone' } },
  });
  expect(paths['/rules/{id}']!.delete!.responses[204]).not.toHaveProperty('content');
});

/** The article of a route, without line ends. */
const article = (page: string, operationId: string) =>
  new RegExp(`<article id="${operationId}">[^]*?</article>`).exec(page)![0].replaceAll('\n', '');

it('is a page', () => {
  const page = docsPage(openApi(routes));
  expect(page).toContain(`<h1>multvae ${packageVersion}</h1>`);
  expect(page).toContain('<a href="#shapes">shapes</a> <a href="#docs">docs</a>');
  const headings = page.matchAll(/<h2 id="(\w+)">\1<\/h2>|<article id="(\w+)">/g);
  expect([...headings].map(([, tag, operation]) => tag ?? operation)).toEqual([
    'shapes',
    'getShapesShapeId',
    'putShapesShapeId',
    'docs',
    'getDocsListTxt',
    'items',
    'getItems',
    'metrics',
    'getMetrics',
    'rules',
    'deleteRulesId',
    'shapes',
  ]);
  expect(page).toContain('<details><summary>Shape</summary>');

  const get = article(page, 'getShapesShapeId');
  expect(get).toContain(
    '<h3><span class="method">GET</span> <code>/shapes/{shapeId}</code></h3><p>A shape. Needs a key that may read, if keys are set.</p>',
  );
  expect(get).toContain('aria-label="Parameters of GET /shapes/{shapeId}"');
  const rows = [...get.matchAll(/<tr><td>(.*?)<\/td><\/tr>/g)];
  expect(rows.map(([, cells]) => cells!.replaceAll('</td><td>', '|'))).toEqual([
    '<code>shapeId</code>|path, required|string|its id',
    '<code>n</code>|query|integer, 1 to 9; default 3|how many',
    '<code>kind</code>|query, required|round or flat|',
    '<code>words</code>|query|texts|',
  ]);
  expect(get).toContain('<ul><li><b>200</b> it is known</li><li><b>404</b> it is not</li></ul>');
  expect(get).toMatch(/<summary>answer<.summary><pre>\{ {2}&quot;\$ref&quot;: /);
  expect(get).toContain(
    `<pre>curl '<span class="origin">http://127.0.0.1:3000</span>/shapes/{shapeId}'</pre><p>200, no body</p>`,
  );
  expect(get).toContain(
    'data-method="GET" data-path="/shapes/{shapeId}" aria-label="Try GET /shapes/{shapeId}">',
  );
  const inputs = [...get.matchAll(/name="(\w+)" data-in="(\w+)" value="(.*?)".*?>/g)];
  expect(inputs.map(([input, ...parts]) => [...parts, input.includes(' required')])).toEqual([
    ['shapeId', 'path', '', true],
    ['n', 'query', '', false],
    ['kind', 'query', '', true],
    ['words', 'query', '', false],
  ]);
  expect(inputs.map(([input]) => input.includes(' pattern='))).toEqual([true, false, false, false]);

  const put = article(page, 'putShapesShapeId');
  expect(put).toContain('<td>body, required</td><td>integer or null</td>');
  expect(put).toContain('<td>body</td><td>boolean; default true</td>');
  expect(put).toContain('<summary>body</summary>');
  expect(put).toContain(`<pre>curl -X PUT '<span`);
  expect(put).toContain('data-path="/shapes/{shapeId}" data-writes aria-label=');
  // Nobody is shown the list of a trial.
  expect(put).toMatch(/name="body" rows="3" spellcheck="false">\{ {2}&quot;shown&quot;: false\}</);

  const list = article(page, 'getDocsListTxt');
  expect(list).not.toMatch(/<table|textarea|summary>body/);
  const items = article(page, 'getItems');
  expect(items).toContain(`</span>/items?query=archive&amp;n=1'</pre><pre>{  &quot;query&quot;: `);
  expect(items).toContain('name="query" data-in="query" value="archive"');
  expect(items).toContain('name="other" data-in="query" value=""');
  expect(article(page, 'getMetrics')).toContain('<pre># TYPE process_cpu');
  const remove = article(page, 'deleteRulesId');
  expect(remove).toContain(`</span>/rules/1'</pre><p>204, no body</p>`);
  expect(remove).toContain('data-in="path" value="1"');
  expect(remove).not.toContain('<details>');
});
