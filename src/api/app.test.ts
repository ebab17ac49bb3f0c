/** The HTTP interface in one process: recommendations, health, unknown paths and the log. */

import fc from 'fast-check';
import request from 'supertest';
import { beforeEach, describe, expect, it } from 'vitest';
import { topN } from '../backend/operations/top-n.js';
import { paperProtocol } from '../config/protocol.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId } from '../data/ids.js';
import type { ItemFields } from '../data/items/fields.js';
import type { CatalogueEntry, CatalogueState, StoredItem } from '../data/store/catalogue.js';
import type { UserRating } from '../data/store/users.js';
import { UnavailableError, UnknownRunError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import type { RatingsSource, ServedRun } from '../serving/recommendations.js';
import type { ServedModel, ServedModels } from '../serving/served-models.js';
import { type AppDependencies, createApp } from './app.js';
import { createLogger } from './request-log.js';

const items = ['a', 'b', 'c', '007', 'e/f'].map((id) => id as ItemId);
const run: ServedRun = {
  id: 'mult-vae-20261123-221800-4f2a',
  protocol: { ...paperProtocol, heldoutUsers: 1 },
  vocabulary: { items, trainClicks: Int32Array.of(1, 9, 9, 0, 3) },
};

/** Scores that reveal the clicks: 10 for the right neighbour of a click, else minus the index. */
class NeighbourRecommender implements Recommender {
  readonly model = 'mult-vae';
  readonly itemCount = items.length;
  broken = false;

  async score(rows: ClickMatrix): Promise<Float32Array> {
    if (this.broken) throw new Error('secret detail of the model');
    const scores = new Float32Array(rows.rows * this.itemCount).map((_, item) => -item);
    for (const item of rows.items) scores[(item + 1) % this.itemCount] = 10;
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix) {
    return topN(await this.score(rows), mask, n);
  }

  dispose(): void {}
}

class MemoryRatings implements RatingsSource {
  readonly ratings = new Map<string, UserRating[]>();
  readonly fields = new Map<string, ItemFields>([
    ['b', { price: 5, brand: 'Alba' }],
    ['007', { price: 20 }],
  ]);
  broken = false;

  set(user: string, ratings: Record<string, number | null>): void {
    const list = Object.entries(ratings);
    this.ratings.set(
      user,
      list.map(([itemId, rating]) => ({ itemId: itemId as ItemId, rating })),
    );
  }

  async userRatings(userId: string): Promise<UserRating[] | null> {
    return this.ratings.get(userId) ?? null;
  }

  async catalogue(itemIds: readonly string[]): Promise<CatalogueEntry[]> {
    return itemIds.map((itemId) => ({
      itemId: itemId as ItemId,
      title: itemId === 'a' ? null : `Title ${itemId}`,
      genres: itemId === 'b' ? ['Drama', 'War'] : [],
      year: itemId === 'b' ? 1999 : null,
    }));
  }

  async wholeCatalogue(itemIds: readonly string[]): Promise<CatalogueState> {
    const items = await this.storedItems(itemIds);
    return { version: '', items, fields: await this.itemFields() };
  }

  async storedItems(itemIds: readonly string[]): Promise<StoredItem[]> {
    return (await this.catalogue(itemIds)).map((entry) => ({
      entry,
      available: true,
      fields: this.fields.get(entry.itemId) ?? {},
    }));
  }

  async catalogueChanges(): Promise<null> {
    return null;
  }

  async newestItems() {
    return [];
  }

  async itemFields() {
    return [
      { name: 'price', type: 'number' as const },
      { name: 'brand', type: 'text' as const },
    ];
  }

  async genres() {
    return ['Drama', 'War'].map((genre) => ({ genre, items: 1 }));
  }

  version(): number {
    return 1;
  }

  async catalogueVersion(): Promise<string> {
    return '';
  }

  async confirm(): Promise<void> {
    await this.dataset();
  }

  /** Its data are those that every run was trained on. */
  async descendsFrom(): Promise<boolean> {
    return true;
  }

  async dataset(): Promise<null> {
    if (this.broken) throw new Error('secret detail of the database');
    return null;
  }
}

/** One model, or none. */
function modelsOf(model: ServedModel | null): ServedModels {
  const never = () => Promise.reject(new Error('not needed'));
  return {
    active: () => model,
    lag: () => null,
    withModel: async (wanted, use) => {
      if (model === null) throw new UnavailableError('no run is active; train or activate one');
      if (wanted !== undefined) throw new UnknownRunError(`there is no run ${wanted}`);
      return use(model);
    },
    activate: never,
    rollback: never,
  };
}

/** The interface over one model, or none. */
function appOf(recommender: Recommender | null, served = run, log = logger) {
  const lineage = { dataHash: 'abc', dataName: 'titles' };
  const model = recommender && ({ run: { ...served, lineage }, recommender } as ServedModel);
  const unused = { runs: null as never, evaluations: null as never };
  return createApp({
    models: modelsOf(model),
    ...unused,
    logger: log,
    home: '/home',
    store: database as RatingsSource as AppDependencies['store'],
  });
}

let database: MemoryRatings;
let recommender: NeighbourRecommender;
let app: ReturnType<typeof appOf>;
const logger = createLogger('silent');

beforeEach(() => {
  database = new MemoryRatings();
  database.set('7', { a: 5, c: 2, unknown: 5 });
  database.set('likes', { b: null });
  database.set('dislikes', { b: 1, unknown: 5 });
  recommender = new NeighbourRecommender();
  app = appOf(recommender);
});

const ids = (body: { items: { itemId: string }[] }) => body.items.map(({ itemId }) => itemId);

describe('GET /recommend/:userId', () => {
  it('folds in the clicks, leaves out everything rated, and adds titles', async () => {
    const { body } = await request(app)
      .get('/recommend/7?n=2')
      .expect(200)
      .expect('Content-Type', 'application/json; charset=utf-8')
      .expect('X-Request-Id', /^[0-9a-f-]{36}$/);
    expect(body).toEqual({
      userId: '7',
      source: 'model',
      modelVersion: run.id,
      recommendationId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      offset: 0,
      items: [
        { itemId: 'b', rank: 1, score: 10, title: 'Title b', genres: ['Drama', 'War'], year: 1999 },
        { itemId: '007', rank: 2, score: -3, title: 'Title 007', genres: [], year: null },
      ],
    });
  });

  it('filters by fields, and shows those that are chosen', async () => {
    const { body } = await request(app).get('/recommend/7?fields=brand,price').expect(200);
    expect(body.items.map(({ fields }: { fields: object }) => fields)).toEqual([
      { brand: 'Alba', price: 5 },
      { price: 20 },
      {},
    ]);
    expect(body.items[0]).toEqual({
      itemId: 'b',
      rank: 1,
      score: 10,
      title: 'Title b',
      genres: ['Drama', 'War'],
      year: 1999,
      fields: { brand: 'Alba', price: 5 },
    });
    const cheap = await request(app).get('/recommend/7').query({ where: 'price<20' }).expect(200);
    expect(ids(cheap.body)).toEqual(['b']);
    expect(cheap.body.items[0]).not.toHaveProperty('fields');
    const basket = { items: ['a'], where: 'not price<20', fields: '*', n: 2 };
    const posted = await request(app).post('/recommend').send(basket).expect(200);
    expect(ids(posted.body)).not.toContain('b');
    const both = await request(app)
      .get('/recommend/7')
      .query({ where: 'price', genre: 'Drama', explain: true, fields: '*' })
      .expect(200);
    expect(both.body.items).toMatchObject([
      { itemId: 'b', because: [{ itemId: 'a' }], fields: { price: 5 } },
    ]);
    expect(ids((await request(app).get('/recommend/7?where=')).body)).toEqual(['b', '007', 'e/f']);
  });

  it.each([
    [{ where: 'prize<20' }, /where, character 1: "prize" is no field of the items; .*price, brand/],
    [{ where: 'price<' }, /where, character 7: the end is not expected here/],
    [{ where: 'x'.repeat(2001) }, /where is .*give a string of at most 2000 characters/],
    [{ fields: 'price,prize' }, /fields is "prize"; give some of these: price, brand, or \*/],
  ])('refuses %j', async (query, detail) => {
    const { body } = await request(app).get('/recommend/7').query(query).expect(400);
    expect(body.detail).toMatch(detail);
  });

  it('leaves out rated items, however low, unless excludeSeen is false', async () => {
    const without = await request(app).get('/recommend/7').expect(200);
    expect(ids(without.body)).toEqual(['b', '007', 'e/f']);
    const kept = await request(app).get('/recommend/7?excludeSeen=false').expect(200);
    expect(ids(kept.body)).toEqual(['b', 'a', 'c', '007', 'e/f']);
    expect(kept.body.items[1].title).toBeNull();
  });

  it('counts a rating without a value as a click, even if it was stored a moment ago', async () => {
    const before = await request(app).get('/recommend/likes?n=1').expect(200);
    expect(ids(before.body)).toEqual(['c']);
    expect(before.body.source).toBe('model');
    database.set('likes', { '007': null });
    const after = await request(app).get('/recommend/likes?n=1').expect(200);
    expect(ids(after.body)).toEqual(['e/f']);
  });

  it('applies the rating threshold of the run', async () => {
    const every = { ...run, protocol: { ...run.protocol, ratingThreshold: null } };
    const all = appOf(recommender, every);
    const { body } = await request(all).get('/recommend/dislikes?n=1').expect(200);
    expect(body).toMatchObject({ source: 'model', items: [{ itemId: 'c' }] });
    database.set('edge', { a: 3.5 });
    const edge = await request(app).get('/recommend/edge').expect(200);
    expect(edge.body.source).toBe('popularity');
  });

  it.each([
    ['an unknown user', 'nobody', ['b', 'c', 'e/f', 'a', '007'], [9, 9, 3, 1, 0]],
    ['no click that the model knows', 'dislikes', ['c', 'e/f', 'a', '007'], [9, 3, 1, 0]],
  ])('gives popularity for %s', async (_, user, expected, scores) => {
    const { body } = await request(app).get(`/recommend/${user}`).expect(200);
    expect(body).toMatchObject({ userId: user, source: 'popularity', modelVersion: run.id });
    expect(ids(body)).toEqual(expected);
    expect(body.items.map((item: { score: number }) => item.score)).toEqual(scores);
    const { body: problem } = await request(app)
      .get(`/recommend/${user}?fallback=none`)
      .expect(404)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(problem).toMatchObject({ status: 404, title: 'Not Found', code: 'E_UNKNOWN_USER' });
    expect(problem.detail).toContain(JSON.stringify(user));
  });

  it('names popularity as the source when the run is a popularity run', async () => {
    const popularity = Object.assign(new NeighbourRecommender(), { model: 'popularity' });
    const { body } = await request(appOf(popularity)).get('/recommend/7');
    expect(body.source).toBe('popularity');
  });

  it('takes any user id that can be written in an address', async () => {
    const userId = fc
      .string({ unit: 'grapheme', minLength: 1 })
      .filter((id) => id !== '.' && id !== '..');
    await fc.assert(
      fc.asyncProperty(userId, async (id) => {
        database.set(id, { a: 5 });
        const { body } = await request(app).get(`/recommend/${encodeURIComponent(id)}?n=1`);
        expect(body).toMatchObject({ userId: id, source: 'model' });
      }),
      { numRuns: 50 },
    );
  });

  it.each([
    ['n=0', /n is "0"; give an integer from 1 to 1000/],
    ['n=1001', /integer from 1 to 1000/],
    ['n=-1', /n is "-1"/],
    ['n=1.5', /n is "1\.5"/],
    ['n=1e2', /n is "1e2"/],
    ['n=', /n is ""/],
    ['n=ten', /n is "ten"/],
    ['n=99999999999999999999', /integer from 1 to 1000/],
    ['n=%zz', /n is "%zz"/],
    ['n=1&n=2', /n is given 2 times/],
    ['excludeSeen=yes', /excludeSeen is "yes"; give true or false/],
    ['excludeSeen=', /excludeSeen is ""/],
    ['fallback=random', /fallback is "random"; give popularity or none/],
    ['count=3', /"count" is not a parameter .* n, offset, genre/],
    ['n[]=3', /"n\[\]" is not a parameter/],
    ['__proto__=3', /"__proto__" is not a parameter/],
    ['diversity=2', /diversity is "2"; give a number from 0 to 1/],
    ['explore=-0.1', /explore is "-0\.1"; give a number from 0 to 1/],
    ['seed=-1', /seed is "-1"; give an integer from 0 to 4294967295/],
    ['minYear=last', /minYear is "last"; give an integer from 0 to 9999/],
    [
      'minYear=2000&maxYear=1990',
      /minYear is 2000 and maxYear is 1990, so no year fits; give a minYear/,
    ],
    ['genre=%00', /genre is "\\u0000"; give a string of 1 to 500 characters/],
    ['genre=Drama&genre=Krimi', /genre is "Krimi"; give one of these: Drama, War/],
    [
      'exclude=a&exclude=%00',
      /exclude is "\\u0000"; give a string of 1 to 500 characters, without control/,
    ],
    ['n=0&x=1', /n is "0".*; "x" is not a parameter/],
  ])('refuses ?%s', async (query, message) => {
    const { body } = await request(app)
      .get(`/recommend/7?${query}`)
      .expect(400)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(body).toMatchObject({ status: 400, title: 'Bad Request', code: 'E_ARGUMENT' });
    expect(body.detail).toMatch(message);
  });

  it.each(['exclude=', 'exclude=,', 'genre=', 'exclude=&genre=', 'minYear=1990&maxYear=1990'])(
    'takes ?%s, where nothing is named',
    async (query) => {
      database.set('7', { a: 5 });
      const { body } = await request(app).get(`/recommend/7?${query}`).expect(200);
      expect(body.items.map(({ itemId }: { itemId: string }) => itemId)).toEqual(
        query.startsWith('minYear') ? [] : ['b', 'c', '007', 'e/f'],
      );
    },
  );

  it('ignores the blanks around ids, and empty parts of a list', async () => {
    database.set('7', { a: 5 });
    const { body } = await request(app)
      .get('/recommend/%207?exclude=b,, c%20,&exclude=')
      .expect(200);
    expect(body.userId).toBe('7');
    expect(body.items.map(({ itemId }: { itemId: string }) => itemId)).toEqual(['007', 'e/f']);
  });

  it.each(['%20', 'a%0Ab', 'x'.repeat(501)])('refuses the user id %s', async (id) => {
    const { body } = await request(app).get(`/recommend/${id}`).expect(400);
    expect(body.detail).toMatch(/^userId is ".*; give a string of 1 to 500 characters/);
  });

  it('refuses half of a surrogate pair in an address', async () => {
    await request(app).get('/recommend/bob%ED%A0%80').expect(400);
    await request(app).get('/recommend/7?exclude=bob%ED%A0%80').expect(400);
  });

  it('takes n up to 1000', async () => {
    const { body } = await request(app).get('/recommend/7?n=1000').expect(200);
    expect(body.items).toHaveLength(3);
  });

  it('is 503 without a run', async () => {
    const { body } = await request(appOf(null)).get('/recommend/7').expect(503);
    expect(body.detail).toMatch(/no run is active/);
  });

  it('does not reveal internal errors', async () => {
    recommender.broken = true;
    const response = await request(app).get('/recommend/7').set('X-Request-Id', 'abc').expect(500);
    expect(response.text).not.toMatch(/secret|at |\.ts|\.js/);
    expect(response.body.detail).toContain('abc');
  });
});

describe('health', () => {
  it('is live and ready', async () => {
    await request(app).get('/health/live').expect(200, { status: 'live' });
    await request(app).get('/health/ready').expect(200, { status: 'ready', modelVersion: run.id });
  });

  it.each(['database', 'model'])('is live but not ready when the %s fails', async (part) => {
    (part === 'model' ? recommender : database).broken = true;
    await request(app).get('/health/live').expect(200);
    const response = await request(app).get('/health/ready').expect(503);
    expect(response.type).toBe('application/problem+json');
    expect(response.text).not.toMatch(/secret/);
  });

  it('is live but not ready without a run', async () => {
    const bare = appOf(null);
    await request(bare).get('/health/live').expect(200);
    const { body } = await request(bare).get('/health/ready').expect(503);
    expect(body).toMatchObject({ status: 503, title: 'Service Unavailable' });
  });
});

describe('every path', () => {
  it.each(['/recommend/7/x', '/favicon.ico', '/health'])(
    '%s is 404 where nothing is served',
    async (path) => {
      const response = await request(app).get(path).expect(404);
      expect(response.type).toBe('application/problem+json');
      expect(response.body).toMatchObject({ type: 'about:blank', status: 404 });
    },
  );

  it.each(['/recommend/%', '/recommend/%ff', '/recommend/%E0%A4%A'])(
    '%s is 400: malformed',
    async (path) => {
      const response = await request(app).get(path).expect(400);
      expect(response.type).toBe('application/problem+json');
      expect(response.text).not.toMatch(/at |node_modules/);
    },
  );

  it.each(['/recommend/7', '/health/live', '/health/ready'])('%s is read only', async (path) => {
    for (const method of ['post', 'put', 'patch', 'delete'] as const) {
      const response = await request(app)[method](path).expect(405).expect('Allow', 'GET, HEAD');
      expect(response.type).toBe('application/problem+json');
    }
    await request(app).options(path).expect(204).expect('Allow', 'GET, HEAD');
    const head = await request(app).head(path).expect(200);
    const get = await request(app).get(path).expect(200);
    expect(head.text).toBeFalsy();
    expect(head.headers['content-length']).toBe(get.headers['content-length']);
    expect(get.headers['x-powered-by']).toBeUndefined();
  });

  it('keeps a plain request id and replaces another', async () => {
    await request(app)
      .get('/health/live')
      .set('X-Request-Id', 'a.b:1')
      .expect('X-Request-Id', 'a.b:1');
    const response = await request(app).get('/health/live').set('X-Request-Id', 'a b{}');
    expect(response.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('the log', () => {
  async function logged(path: string): Promise<Record<string, unknown>[]> {
    const lines: Record<string, unknown>[] = [];
    const log = createLogger('info', { write: (line) => lines.push(JSON.parse(line)) });
    await request(appOf(recommender, run, log))
      .get(path)
      .set('Authorization', 'Bearer token')
      .set('X-Request-Id', 'r-1');
    return lines;
  }

  it('has one line for a request, without headers', async () => {
    const lines = await logged('/recommend/7?n=1');
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      req: { id: 'r-1', method: 'GET', url: '/recommend/7?n' },
      res: { statusCode: 200 },
    });
    expect(JSON.stringify(lines)).not.toContain('token');
  });

  it('is silent about probes that succeed', async () => {
    expect(await logged('/health/ready')).toEqual([]);
  });

  it('holds internal errors', async () => {
    recommender.broken = true;
    const lines = await logged('/recommend/7');
    expect(JSON.stringify(lines[0])).toContain('secret detail of the model');
    expect(lines.map(({ level }) => level)).toEqual([50, 50]); // pino's error
  });
});
