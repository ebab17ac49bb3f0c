/** Items over HTTP: written whole, in part, in lists, and removed. */

import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type BetterSqlite3 from 'better-sqlite3';
import type { Express } from 'express';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { nextMillisecond } from '../../../test/fixtures/clock.js';
import { paperProtocol } from '../../config/protocol.js';
import { importRatings } from '../../data/import.js';
import { homePlace } from '../../data/store/place.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { SqliteStore } from '../../data/store/sqlite/sqlite-store.js';
import type { ServedModel, ServedModels } from '../../serving/served-models.js';
import { createApp } from '../app.js';
import { ServingMetrics } from '../metrics.js';
import { createLogger } from '../request-log.js';

const Sqlite = createRequire(import.meta.url)('better-sqlite3') as typeof BetterSqlite3;

/** A home with three ratings; each test works in a copy. */
let template: string;
let home: string;
let database: RatingsDatabase;
let store: SqliteStore;
let metrics: ServingMetrics;
let app: Express;

beforeAll(async () => {
  template = mkdtempSync(join(tmpdir(), 'multvae-item-route-'));
  const file = join(template, 'ratings.csv');
  writeFileSync(file, 'userId,movieId,rating\nu,a,5\nu,b,2\nv,a,4\n');
  await importRatings(template, file);
});
afterAll(() => rmSync(template, { recursive: true }));

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-item-route-'));
  cpSync(join(template, 'multvae.db'), join(home, 'multvae.db'));
  database = RatingsDatabase.open(home);
  store = new SqliteStore(homePlace(home));
  metrics = new ServingMetrics();
  const vocabulary = { items: ['a', 'b'], trainClicks: Int32Array.of(2, 1) };
  const model = { run: { id: 'r', protocol: paperProtocol, vocabulary }, recommender: null };
  const models = {
    active: () => model as unknown as ServedModel,
  } as ServedModels;
  app = createApp({
    models,
    store,
    feedback: store.feedback,
    items: store.items,
    home,
    metrics,
    logger: createLogger('silent'),
    runs: null as never,
    evaluations: null as never,
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await store.close();
  database.close();
  rmSync(home, { recursive: true });
});

const put = (id: string, body: object) => request(app).put(`/items/${id}`).send(body);
const patch = (id: string, body: object) => request(app).patch(`/items/${id}`).send(body);
const remove = (id: string) => request(app).delete(`/items/${id}`);
const post = (body: object, query = '') => request(app).post(`/items${query}`).send(body);
const get = async (id: string) => (await request(app).get(`/items/${id}`).expect(200)).body;
const listed = async (query: string) => {
  const { body } = await request(app).get(`/items?${query}`).expect(200);
  return body.items.map(({ itemId }: { itemId: string }) => itemId);
};

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, k) => ({ itemId: `${prefix}${k}`, title: `T ${k}`, price: k }));

const lamp = {
  title: 'Lamp',
  genres: ['Light'],
  year: 2024,
  available: true,
  fields: { price: 19.5, tags: ['red', 'blue'], sale: false, since: '2026-01-31' },
};

describe('GET /items', () => {
  it('shows the fields that are asked for', async () => {
    await put('lamp', lamp).expect(201);
    await put('lamp-2', { title: 'Lamp' }).expect(201);
    const { fields, ...rest } = await get('lamp');
    expect(fields).toEqual(lamp.fields);
    expect(await get('lamp?fields=sale,price')).toEqual({
      ...rest,
      fields: { sale: false, price: 19.5 },
    });
    expect(await get('lamp?fields=*')).toEqual({ ...rest, fields });
    await request(app).get('/items/lamp?fields=nope').expect(400);
    const found = async (query: string) =>
      (await request(app).get(`/items?${query}`).expect(200)).body;
    const { query, items } = await found('query=lamp');
    expect(query).toBe('lamp');
    expect(items).toHaveLength(2);
    for (const item of items) expect(item).not.toHaveProperty('fields');
    const shown = await found('query=lamp&fields=price');
    const known = items.map(({ itemId }: { itemId: string }) => itemId);
    expect(shown).toEqual({
      query: 'lamp',
      items: items.map((item: object, k: number) => ({
        ...item,
        fields: known[k] === 'lamp' ? { price: 19.5 } : {},
      })),
    });
  });
});

describe('PUT /items/:itemId', () => {
  it('creates an item, replaces it whole, and gives what GET gives', async () => {
    const { body } = await put('lamp', lamp).expect(201);
    expect(body).toEqual({
      itemId: 'lamp',
      ...lamp,
      clicks: 0,
      inModel: false,
      addedAt: expect.closeTo(Date.now() / 1000, -2),
    });
    expect(await get('lamp')).toEqual(body);
    const { body: second } = await put('lamp', { title: 'Candle', fields: { price: 3 } }).expect(
      200,
    );
    expect(second).toMatchObject({ title: 'Candle', genres: [], year: null, available: true });
    expect(second.fields).toEqual({ price: 3 });
    expect(second.addedAt).toBe(body.addedAt);
    expect(await listed('query=lamp')).toEqual([]);
    expect(await listed('query=cand')).toEqual(['lamp']);
  });

  it('takes fields beside the title, a category, and what GET gave', async () => {
    const flat = { title: 'Lamp', category: 'Light', price: 19.5, brand: 'Alba' };
    await put('flat', flat).expect(201);
    const first = await get('flat');
    expect(first).toMatchObject({
      genres: ['Light'],
      fields: { price: 19.5, brand: 'Alba' },
    });
    const version = database.catalogueVersion();
    await put('flat', first).expect(200);
    expect(await get('flat')).toEqual(first);
    expect(database.catalogueVersion()).toBe(version);
  });

  it('changes nothing when it is sent again', async () => {
    await put('lamp', lamp).expect(201);
    const version = database.catalogueVersion();
    await put('lamp', lamp).expect(200);
    await post([{ itemId: 'lamp', ...lamp }]).expect(200, {
      created: 0,
      changed: 0,
      unchanged: 1,
    });
    await patch('lamp', { price: 19.5 }).expect(200);
    expect(database.catalogueVersion()).toBe(version);
    await put('lamp', { ...lamp, year: 2025 }).expect(200);
    expect(database.catalogueVersion()).not.toBe(version);
  });

  it('takes any id that other routes take', async () => {
    const long = 'x'.repeat(500);
    for (const id of ['a/b', 'größe 42', 'x%y', '神隠し', '.hidden', long]) {
      const { body } = await put(encodeURIComponent(id), { title: 'T' }).expect(201);
      expect(body.itemId).toBe(id);
      expect((await get(encodeURIComponent(id))).title).toBe('T');
    }
    await put(`${long}x`, {}).expect(400);
    await put('%00', {}).expect(400);
  });

  it('describes an imported item, and one of feedback, with their clicks', async () => {
    await store.feedback.store([
      { key: 'k', userId: 'w' as never, itemId: 'told' as never, rating: null, timestamp: null },
    ]);
    await put('a', { title: 'Alpha' }).expect(200);
    expect(await get('a')).toMatchObject({ title: 'Alpha', clicks: 2, inModel: true });
    await put('told', { title: 'Told' }).expect(201);
    expect(await get('told')).toMatchObject({ title: 'Told', clicks: 1, inModel: false });
  });

  it('refuses an empty body, which would empty the item', async () => {
    await put('lamp', lamp).expect(201);
    const empty = request(app).put('/items/lamp').type('application/json').send('');
    const { body } = await empty.expect(400);
    expect(body.detail).toBe('the body is empty; send JSON');
    await request(app).put('/items/lamp').expect(415);
    expect(await get('lamp')).toMatchObject({ title: 'Lamp' });
  });

  it.each([
    [{ title: 7 }, 'title is 7; give a string of 1 to 2000 characters'],
    [{ title: '' }, 'title is ""; give a string'],
    [{ year: 'soon' }, 'year is "soon"; give an integer from 0 to 9999, or null for none'],
    [{ year: 2024.5 }, 'year is 2024.5; give an integer'],
    [{ genres: [3] }, 'genres[0] is 3; give a string'],
    [{ genres: 3 }, 'genres is 3; give a string, or a list'],
    [{ category: 'x', genres: ['x'] }, 'genres and category are two names'],
    [{ available: 'no' }, 'available is "no"; give true or false'],
    [{ fields: [1] }, 'fields is [1]; give an object'],
    [{ fields: { price: { net: 3 } } }, 'fields.price is {"net":3}; give a number'],
    [{ price: { net: 3 } }, 'fields.price is {"net":3}; give a number'],
    [{ fields: { ' x': 1 } }, 'fields has the name " x"; give a name'],
    [{ price: 1, fields: { price: 2 } }, '"price" stands in fields and beside it'],
    [{ itemId: 'other' }, 'itemId is "other" in the body and "lamp" in the address'],
    [[], 'the body is []; give an object'],
  ])('refuses %j and stores nothing', async (body, message) => {
    const answer = await put('lamp', body).expect(400);
    expect(answer.body).toMatchObject({ code: 'E_ARGUMENT' });
    expect(answer.body.detail).toContain(message);
    await request(app).get('/items/lamp').expect(404);
  });

  it('keeps one type for a field of all items', async () => {
    await put('lamp', { price: 3 }).expect(201);
    const { body } = await put('other', { price: 'cheap' }).expect(400);
    expect(body.detail).toBe(
      'fields.price is "cheap", and price is a number for every item; give a number',
    );
    await request(app).get('/items/other').expect(404);
  });

  it('refuses other content, other origins and a repeated field', async () => {
    await request(app).put('/items/x').type('text/plain').send('{}').expect(415);
    await put('x', {}).set('Origin', 'http://evil.example').expect(403);
    await request(app)
      .put('/items/x')
      .type('application/json')
      .send('{"title":"a","title":"b"}')
      .expect(400);
    await put('x?dryRun=true', {}).expect(400);
    await request(app).get('/items/x').expect(404);
  });
});

describe('PATCH /items/:itemId', () => {
  it('changes what it names; null removes', async () => {
    await put('lamp', lamp).expect(201);
    const { body } = await patch('lamp', { price: 9, sale: null, year: null }).expect(200);
    expect(body).toMatchObject({ title: 'Lamp', genres: ['Light'], year: null });
    expect(body.fields).toEqual({ price: 9, tags: ['red', 'blue'], since: '2026-01-31' });
    await patch('lamp', { title: null, genres: null }).expect(200);
    expect(await get('lamp')).toMatchObject({ title: null, genres: [], available: true });
    await patch('lamp', { available: false }).expect(200);
    expect(await get('lamp')).toMatchObject({ available: false });
    await patch('lamp', { available: null }).expect(200);
    expect(await get('lamp')).toMatchObject({ available: true });
  });

  it('answers 404 for an unknown item, and 200 for one of the ratings or of feedback', async () => {
    const { body } = await patch('nowhere', { title: 'x' }).expect(404);
    expect(body).toMatchObject({ code: 'E_UNKNOWN_ITEM' });
    await request(app).get('/items/nowhere').expect(404);
    await patch('a', { price: 2 }).expect(200);
    await store.feedback.store([
      { key: 'k', userId: 'w' as never, itemId: 'told' as never, rating: null, timestamp: null },
    ]);
    await patch('told', { title: 'Told' }).expect(200);
    expect(await get('told')).toMatchObject({ title: 'Told', clicks: 1 });
  });
});

describe('DELETE /items/:itemId', () => {
  it('removes an item whose history stays, and says only its id', async () => {
    await put('a', { title: 'Alpha', genres: ['Greek'], price: 3 }).expect(200);
    await remove('a').expect(204);
    await request(app).get('/items/a').expect(404);
    await request(app).get('/items/a/users').expect(404);
    await patch('a', { title: 'x' }).expect(404);
    expect(await listed('')).toEqual(['b']);
    expect(await listed('query=alpha&unavailable=true')).toEqual([]);
    expect(await listed('query=a&unavailable=true')).toEqual([]);
    expect(database.genres()).toEqual([]);
    expect(database.userHistory('u')).toMatchObject([
      { itemId: 'b', rating: 2 },
      { itemId: 'a', title: null, genres: [], year: null, rating: 5 },
    ]);
    const { body } = await remove('a').expect(404);
    expect(body).toMatchObject({ code: 'E_UNKNOWN_ITEM' });

    const { body: again } = await put('a', { title: 'Beta' }).expect(201);
    expect(again).toMatchObject({ title: 'Beta', clicks: 2, available: true, fields: {} });
    expect(await listed('query=beta')).toEqual(['a']);
    expect(await listed('query=alpha')).toEqual([]);
  });

  it('removes an item of feedback alone, and none that is unknown', async () => {
    await remove('told').expect(404);
    await store.feedback.store([
      { key: 'k', userId: 'w' as never, itemId: 'told' as never, rating: null, timestamp: null },
    ]);
    await remove('told').expect(204);
    await request(app).get('/items/told').expect(404);
    await remove('told').expect(404);
    expect(database.userHistory('w')).toMatchObject([{ itemId: 'told', title: null }]);
  });

  it('takes no body and no parameter', async () => {
    await remove('a').send({ dryRun: true }).expect(400);
    await remove('a?dryRun=true').expect(400);
    await request(app).get('/items/a').expect(200);
  });
});

describe('POST /items', () => {
  const two = [
    { itemId: 'x', title: 'Lamp', price: 3 },
    { itemId: 'y', title: 'Chair' },
  ];

  it('writes a list, and says what became of it', async () => {
    await post(two).expect(200, { created: 2, changed: 0, unchanged: 0 });
    const next = [two[0]!, { itemId: 'y', year: 1999 }, { itemId: 'z' }];
    await post({ items: next }).expect(200, { created: 1, changed: 1, unchanged: 1 });
    expect(await get('y')).toMatchObject({ title: null, year: 1999 });
  });

  it('changes only what each item names, with merge', async () => {
    await post(two).expect(200);
    const prices = [
      { itemId: 'x', price: 4 },
      { itemId: 'new', price: 5 },
    ];
    await post(prices, '?merge=true').expect(200, { created: 1, changed: 1, unchanged: 0 });
    expect(await get('x')).toMatchObject({ title: 'Lamp', fields: { price: 4 } });
  });

  const sendLines = (text: string, type = 'application/x-ndjson') =>
    request(app).post('/items').set('Content-Type', type).send(text);

  it('takes JSON lines', async () => {
    const lines = `\uFEFF${two.map((item) => JSON.stringify(item)).join('\r\n\n')}\n`;
    await sendLines(lines).expect(200, { created: 2, changed: 0, unchanged: 0 });
    expect(await get('x')).toMatchObject({ title: 'Lamp', fields: { price: 3 } });
    await sendLines('{"itemId":"z"}', 'application/jsonl; charset=utf-8').expect(200);
  });

  it.each([
    ['{"itemId":"x"}\n\n{"itemId":"y","year":"old"}', 'year in line 3 is "old"; give an integer'],
    ['{"itemId":"x"}\nnothing', 'line 2 of the body is "nothing"; give JSON in each line'],
    ['{"itemId":"x"}\n{"itemId":"x"}', 'itemId in line 2 is "x", as that of an item before it'],
    ['{"itemId":"x"}\n{"title":"y"}', 'itemId in line 2 is missing'],
    ['{"itemId":"x"}\n[1]', 'line 2 is [1]; give an object with itemId'],
    ['', 'the body is empty; send JSON'],
    ['\n\n', 'the body is []; give a list of 1 to'],
  ])('refuses the lines %j', async (text, message) => {
    const { body } = await sendLines(text).expect(400);
    expect(body.detail).toContain(message);
    await request(app).get('/items/x').expect(404);
  });

  it.each([
    [[{ itemId: 'x' }, { itemId: 'y', year: 'old' }], '[1].year is "old"'],
    [
      { items: [{ itemId: 'x' }, { year: 2000 }] },
      'items[1].itemId is missing; give a string of 1',
    ],
    [{ items: [{ itemId: 'x' }], dryRun: true }, '"dryRun" in the body is not a field'],
    [[{ itemId: 'x' }, { itemId: 'x' }], '[1].itemId is "x", as that of an item before it'],
    [
      [
        { itemId: 'x', price: 3 },
        { itemId: 'y', price: 'low' },
      ],
      'item "y": fields.price is "low"',
    ],
    [[{ itemId: 'x' }, { itemId: 'y', price: {} }], 'item "y": fields.price is {}'],
    [[{ itemId: 'x' }, 7], '[1] is 7; give an object with itemId'],
    [[], 'the body is []; give a list of 1 to'],
    [{ itemId: 'x' }, 'items is missing; give a list'],
  ])('stores nothing of %j', async (body, message) => {
    const answer = await post(body).expect(400);
    expect(answer.body.detail).toContain(message);
    await request(app).get('/items/x').expect(404);
  });

  it('takes 16 MB, and no more; other routes take 1 MB', async () => {
    const text = 'x'.repeat(9_999);
    const many = Array.from({ length: 1500 }, (_, k) => ({ itemId: `i${k}`, text }));
    expect(JSON.stringify(many).length).toBeGreaterThan(15_000_000);
    await post(many).expect(200, { created: 1500, changed: 0, unchanged: 0 });
    const { body } = await post([...many, ...many]).expect(413);
    expect(body.detail).toBe('the body is larger than 16 MB');
    const { body: one } = await put('x', { text: many.slice(0, 200) }).expect(413);
    expect(one.detail).toBe('the body is larger than 1 MB');
  });

  it('stores nothing of a long list in which one item is wrong', async () => {
    const list = many('i', 2000);
    const wrong = [...list.slice(0, 1500), { itemId: 'bad', price: 'low' }, ...list.slice(1500)];
    const { body } = await post(wrong).expect(400);
    expect(body.detail).toContain('item "bad": fields.price is "low"');
    expect(await listed('n=100')).toEqual(['a', 'b']);
    await post(list).expect(200, { created: 2000, changed: 0, unchanged: 0 });
    await post(list).expect(200, { created: 0, changed: 0, unchanged: 2000 });
    expect(await listed('query=T&n=1000')).toHaveLength(1000);
  });

  it('answers others while it writes a long list', async () => {
    const described = new Map(many('i', 3000).map(({ itemId, ...item }) => [itemId, item]));
    // However fast the machine is, an item takes a millisecond.
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock++);
    let turns = 0;
    let isWritten = false;
    const writing = store.items.write(described).finally(() => {
      isWritten = true;
    });
    while (!isWritten) {
      await new Promise(setImmediate);
      // Nobody sees a part of it.
      if (!isWritten) expect(database.item('i0')).toBeNull();
      turns++;
    }
    expect(await writing).toEqual({ created: 3000, changed: 0, unchanged: 0 });
    expect(turns).toBeGreaterThan(100);
    expect(database.item('i2999')).toMatchObject({ title: 'T 2999' });
  });

  it('gives a long list up, whole, when the server closes', async () => {
    const described = new Map(many('i', 3000).map(({ itemId, ...item }) => [itemId, item]));
    let clock = 0;
    vi.spyOn(performance, 'now').mockImplementation(() => clock++);
    const writing = store.items.write(described);
    await new Promise(setImmediate);
    const closing = store.close();
    await expect(writing).rejects.toThrow(/is closed/);
    await closing;
    expect(database.item('i0')).toBeNull();
    store = new SqliteStore(homePlace(home));
    expect(await store.items.put('i0', { title: 'a' })).toBe('created');
  });

  it('counts in the metrics', async () => {
    await post(two).expect(200);
    await put('x', { title: 'Lamp' }).expect(200);
    await put('x', { title: 'Lamp' }).expect(200);
    await remove('y').expect(204);
    const text = await metrics.gather();
    const counts = { created: 2, changed: 1, unchanged: 1, deleted: 1 };
    for (const [status, count] of Object.entries(counts)) {
      expect(text).toContain(`multvae_item_writes_total{status="${status}"} ${count}`);
    }
  });
});

describe('a database that cannot be written', () => {
  it('answers 503 with Retry-After while another process writes', async () => {
    const other = new Sqlite(join(home, 'multvae.db'));
    try {
      other.exec('BEGIN IMMEDIATE');
      const answers = await Promise.all([
        put('x', { title: 'a' }),
        post([{ itemId: 'y' }]),
        post(many('i', 600)),
        remove('a'),
      ]);
      for (const answer of answers) {
        expect(answer.status).toBe(503);
        expect(answer.body.code).toBe('E_BUSY');
        expect(Number(answer.get('Retry-After'))).toBeGreaterThan(0);
      }
      other.exec('COMMIT');
      await put('x', { title: 'a' }).expect(201);
      expect(await get('a')).toMatchObject({ clicks: 2 });
    } finally {
      other.close();
    }
  });
});

describe('GET /items', () => {
  it('lists products without history, the newest first, in pages', async () => {
    for (const id of ['n1', 'n2', 'n3']) {
      await nextMillisecond();
      await put(id, { title: `New ${id}` }).expect(201);
    }
    expect(await listed('sort=newest&n=2')).toEqual(['n3', 'n2']);
    expect(await listed('sort=newest&n=2&offset=2')).toEqual(['n1', 'a']);
    expect(await listed('sort=title&n=3')).toEqual(['a', 'b', 'n1'].map((id) => id));
    expect(await listed('sort=popular&n=2')).toEqual(['a', 'b']);
    expect(await listed('query=new&sort=newest')).toEqual(['n3', 'n2', 'n1']);
    expect(await listed('query=new')).toEqual(['n1', 'n2', 'n3']);
    await request(app).get('/items?sort=best').expect(400);
  });

  it('leaves out what is not available, unless it is asked for', async () => {
    await put('a', { title: 'Alpha', available: false }).expect(200);
    expect(await listed('')).toEqual(['b']);
    expect(await listed('query=alpha')).toEqual([]);
    expect(await listed('query=alpha&unavailable=true')).toEqual(['a']);
    expect(await get('a')).toMatchObject({ available: false });
  });
});
