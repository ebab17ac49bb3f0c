/** The HTTP interface over a trained home: filters, pages, reasons and runs. */

import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueEntry } from '../../src/data/store/catalogue.js';
import type { Store } from '../../src/data/store/store.js';
import { type ServedHome, servedHome, servedItems } from '../fixtures/served-home.js';

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

interface Ranked extends CatalogueEntry {
  readonly rank: number;
  readonly score: number;
  readonly because?: readonly (CatalogueEntry & { contribution: number })[];
}

/** The ranked items of an answer. */
async function ranked(path: string): Promise<Ranked[]> {
  const response = await request(served.app).get(path);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body.items;
}

async function postProfile(body: object): Promise<Ranked[]> {
  const response = await request(served.app).post('/recommend').send(body);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body.items;
}

const plain = (items: readonly Ranked[]) => items.map(({ rank, ...item }) => item);
const ids = (items: readonly { itemId: string }[]) => items.map(({ itemId }) => itemId);
const params = (query: Record<string, unknown>) => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) if (one !== undefined) search.append(name, String(one));
  }
  return search.toString();
};

const genre = fc.constantFrom('Comedy', 'Drama', 'Film-Noir', 'War');
const year = fc.option(fc.integer({ min: 1945, max: 2015 }), { nil: undefined });
const filter = fc
  .record({
    genre: fc.option(fc.uniqueArray(genre, { minLength: 1 }), { nil: undefined }),
    minYear: year,
    maxYear: year,
  })
  .filter(({ minYear = 0, maxYear = 9999 }) => minYear <= maxYear);
const user = fc.constantFrom('1', '17', '40', 'nobody');

interface Filter {
  readonly genre: readonly string[] | undefined;
  readonly minYear: number | undefined;
  readonly maxYear: number | undefined;
}

function passes(item: CatalogueEntry, { genre, minYear, maxYear }: Filter) {
  const inGenre = genre?.some((one) => item.genres.includes(one)) ?? true;
  if (minYear === undefined && maxYear === undefined) return inGenre;
  const low = minYear ?? -1;
  const high = maxYear ?? 9999;
  return inGenre && item.year !== null && item.year >= low && item.year <= high;
}

describe('GET /recommend/:userId', () => {
  it('filters exactly: the answer is the full ranking without the filtered items', async () => {
    const options = fc.record({ filter, user, explore: fc.constantFrom(0, 0.7) });
    await fc.assert(
      fc.asyncProperty(options, async ({ filter, user, explore }) => {
        const base = { n: 1000, explore, seed: 4 };
        const all = await ranked(`/recommend/${user}?${params(base)}`);
        const some = await ranked(`/recommend/${user}?${params({ ...base, ...filter })}`);
        expect(plain(some)).toEqual(plain(all.filter((item) => passes(item, filter))));
        expect(some.map(({ rank }) => rank)).toEqual(some.map((_, place) => place + 1));
      }),
      { numRuns: 40 },
    );
  });

  it('pages without repeating or missing an item', async () => {
    const options = fc.record({
      filter,
      user,
      size: fc.integer({ min: 1, max: 25 }),
      diversity: fc.constantFrom(0, 0.4, 1),
      explore: fc.constantFrom(0, 1),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ filter, user, size, diversity, explore }) => {
        const base = { ...filter, diversity, explore };
        const all = await ranked(`/recommend/${user}?${params({ ...base, n: 1000 })}`);
        const pages: Ranked[] = [];
        for (let offset = 0; offset <= all.length; offset += size) {
          const query = params({ ...base, n: size, offset });
          pages.push(...(await ranked(`/recommend/${user}?${query}`)));
        }
        expect(pages).toEqual(all);
        expect(new Set(ids(all)).size).toBe(all.length);
        expect(await ranked(`/recommend/${user}?${params({ ...base, offset: 5000 })}`)).toEqual([]);
      }),
      { numRuns: 20 },
    );
  });

  it('leaves out excluded items, repeated or separated by commas', async () => {
    const all = await ranked('/recommend/1?n=1000');
    const [a, b, c] = ids(all) as [string, string, string];
    const rest = await ranked(`/recommend/1?n=1000&exclude=${a},${c}&exclude=${b}&exclude=none`);
    expect(plain(rest)).toEqual(plain(all.slice(3)));
  });

  it('varies more with more diversity, always starting with the best item', async () => {
    const { recommender } = served.models.active()!;
    const { itemSpaceOf } = await import('../../src/model/item-space.js');
    const space = await itemSpaceOf(recommender);
    const indexOf = (id: string) =>
      served.models.active()!.run.vocabulary.items.indexOf(id as never);
    const likeness = (items: Ranked[]) => {
      const places = ids(items).map(indexOf);
      const pairs = places.flatMap((i, k) => Array.from(space.cosines(i, places.slice(k + 1))));
      return pairs.reduce((sum, cosine) => sum + cosine, 0) / pairs.length;
    };
    const lists = await Promise.all(
      [0, 0.5, 1].map((diversity) => ranked(`/recommend/1?n=8&diversity=${diversity}`)),
    );
    const [none, some, most] = lists as [Ranked[], Ranked[], Ranked[]];
    expect(new Set(lists.map((list) => list[0]!.itemId)).size).toBe(1);
    expect(likeness(most)).toBeLessThan(likeness(none));
    expect(likeness(some)).toBeLessThan(likeness(none));
    const all = await ranked('/recommend/1?n=1000');
    const every = await ranked('/recommend/1?n=1000&diversity=0.5');
    expect(ids(every).toSorted()).toEqual(ids(all).toSorted());
  });

  it('explores by seed, and repeats an exploration with the same seed', async () => {
    const path = (query: string) => ranked(`/recommend/1?n=1000&${query}`);
    const first = await path('explore=1&seed=7');
    expect(await path('explore=1&seed=7')).toEqual(first);
    expect(await path('explore=1&seed=8')).not.toEqual(first);
    expect(ids(first).toSorted()).toEqual(ids(await path('explore=0')).toSorted());
    expect(await path('explore=0&seed=7')).toEqual(await path('seed=9'));
    expect(await path('explore=1')).toEqual(await path('explore=1&seed=0'));
  });

  it.each(['', '&explore=0.8&seed=3'])(
    'explains by leaving out one click at a time%s',
    async (query) => {
      const history = served.database
        .userRatings('17')!
        .filter(({ rating }) => rating! > 3.5)
        .map(({ itemId }) => itemId);
      const explained = await ranked(`/recommend/17?n=5&explain=true${query}`);
      const options = Object.fromEntries(new URLSearchParams(query));
      const numbers = Object.fromEntries(Object.entries(options).map(([k, v]) => [k, Number(v)]));
      const scoresOf = async (items: string[]) => {
        const list = await postProfile({ items, n: 1000, ...numbers });
        return new Map(list.map(({ itemId, score }) => [itemId, score]));
      };
      const whole = await scoresOf(history);
      const without = await Promise.all(
        history.map((click) => scoresOf(history.filter((other) => other !== click))),
      );
      for (const { itemId, because } of explained) {
        const expected = history
          .map((click, k) => ({
            itemId: click,
            contribution: whole.get(itemId)! - without[k]!.get(itemId)!,
          }))
          .filter(({ contribution }) => contribution > 1e-6)
          .sort((a, b) => b.contribution - a.contribution)
          .slice(0, 3);
        expect(because!.length).toBeGreaterThanOrEqual(expected.length);
        expected.forEach(({ contribution }, place) => {
          expect(because![place]!.contribution).toBeCloseTo(contribution, 5);
        });
        expect(ids(because!.slice(0, expected.length))).toEqual(ids(expected));
        expect(because![0]).toMatchObject(served.database.catalogue([because![0]!.itemId])[0]!);
      }
      expect(explained.some(({ because }) => because!.length > 0)).toBe(true);
      const unexplained = await ranked(`/recommend/17?n=5${query}`);
      expect(explained.map(({ because, ...item }) => item)).toEqual(unexplained);
    },
  );

  it('explains nothing when popularity ranks', async () => {
    const list = await ranked('/recommend/nobody?explain=true&n=3');
    expect(list.map(({ because }) => because)).toEqual([[], [], []]);
  });

  it('names the genres when one is unknown, and says what a model cannot do', async () => {
    const get = (query: string) => request(served.app).get(`/recommend/1?${query}`);
    const unknown = await get('genre=Comedy&genre=Westen').expect(400);
    expect(unknown.body.detail).toBe(
      'genre is "Westen"; give one of these: Comedy, Drama, Film-Noir, War',
    );
    const { popularity, 'mult-dae': dae } = served.runs;
    const blind = await get(`explore=0.5&run=${dae}`).expect(409);
    expect(blind.body).toMatchObject({ code: 'E_UNSUPPORTED' });
    expect(blind.body.detail).toMatch(/mult-dae has no latent space/);
    await get(`diversity=0.5&run=${dae}`).expect(200);
    await get(`diversity=0.5&run=${popularity}`).expect(200);
    await get('run=no-such-run').expect(404);
  });

  it('answers with the requested run', async () => {
    for (const run of Object.values(served.runs)) {
      const { body } = await request(served.app).get(`/recommend/1?run=${run}`).expect(200);
      expect(body.modelVersion).toBe(run);
    }
  });
});

describe('POST /recommend', () => {
  it('gives a profile the same items as a user with the same clicks', async () => {
    const ratings = served.database.userRatings('17')!;
    const clicks = ratings.filter(({ rating }) => rating! > 3.5).map(({ itemId }) => itemId);
    const low = ratings.filter(({ rating }) => rating! <= 3.5).map(({ itemId }) => itemId);
    const options = { n: 20, diversity: 0.3, genre: ['Drama'] };
    const list = await postProfile({ items: clicks, exclude: low, ...options });
    expect(list).toEqual(await ranked(`/recommend/17?${params(options)}`));
  });

  it('names unknown ids, and falls back to popularity', async () => {
    const post = (body: object) => request(served.app).post('/recommend').send(body);
    const { body } = await post({ items: ['100', 'x', '100', 'y', 'x'] }).expect(200);
    expect(body).toMatchObject({ source: 'model', unknownItems: ['x', 'y'] });
    expect(ids(body.items)).not.toContain('100');
    expect((await post({ items: ['x'] }).expect(200)).body.source).toBe('popularity');
    expect((await post({ items: [] }).expect(200)).body.source).toBe('popularity');
    await post({ items: ['x'], fallback: 'none' }).expect(404);
  });

  it.each([
    [{}, /items is missing; give a list of at most 10000 strings/],
    [{ items: 'a' }, /items is "a"; give a list/],
    [{ items: ['a', 7] }, /items\[1\] is 7; give a string of 1 to 500/],
    [{ items: [''] }, /items\[0\] is ""/],
    [{ items: ['a', 'bob\ud800'] }, /items is "bob\\ud800"; give a string/],
    [{ items: [], exclude: [7] }, /exclude\[0\] is 7; give a string of 1 to 500/],
    [{ items: [], genre: [7] }, /genre\[0\] is 7; give a string of 1 to 500/],
    [{ items: [], run: 7 }, /run is 7; give a string/],
    [{ items: [], fallback: 1 }, /fallback is 1; give a string: popularity or none/],
    [{ items: [], explain: 'true' }, /explain is "true"; give true or false, without quotes/],
    [{ items: [], minYear: 2000, maxYear: 1999 }, /minYear is 2000 and maxYear is 1999/],
    [{ items: [], n: 0 }, /n is 0; give an integer from 1 to 1000/],
    [{ items: [], n: '3' }, /n is "3"; give an integer/],
    [{ items: [], explain: 'yes' }, /explain is "yes"; give true or false/],
    [{ items: [], diversity: 2 }, /diversity is 2; give a number from 0 to 1/],
    [{ items: [], excludeSeen: false }, /"excludeSeen" in the body is not a field/],
    [[], /the body is \[\]; give an object/],
    [null, /the body is null; give an object/],
  ])('refuses %j', async (body, message) => {
    const response = await request(served.app)
      .post('/recommend')
      .set('Content-Type', 'application/json')
      .send(JSON.stringify(body))
      .expect(400);
    expect(response.body.detail).toMatch(message);
    expect(response.body.code).toBe('E_ARGUMENT');
  });

  it('refuses a body that is not JSON, too large, or of another type', async () => {
    const post = (type: string, text: string) =>
      request(served.app).post('/recommend').set('Content-Type', type).send(text);
    const broken = await post('application/json', '{"items":').expect(400);
    expect(broken.body.detail).toMatch(/the body is not JSON/);
    const large = await post('application/json', JSON.stringify({ items: ['a'.repeat(9e6)] }));
    expect(large.status).toBe(413);
    const other = await post('text/plain', 'items=a').expect(415);
    expect(other.body.detail).toMatch(/text\/plain; send application\/json/);
    await request(served.app).post('/recommend').expect(415);
    const length = await request(served.app).get('/recommend').expect(405);
    expect(length.headers.allow).toBe('POST');
  });
});

describe('GET /similar/:itemId', () => {
  it('orders all other items by cosine, and filters exactly', async () => {
    const all = await ranked('/similar/110?n=1000');
    expect(all).toHaveLength(served.models.active()!.run.vocabulary.items.length - 1);
    expect(ids(all)).not.toContain('110');
    const scores = all.map(({ score }) => score);
    expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    expect(scores.every((score) => Math.abs(score) <= 1)).toBe(true);
    await fc.assert(
      fc.asyncProperty(filter, async (filter) => {
        const some = await ranked(`/similar/110?${params({ n: 1000, ...filter })}`);
        expect(plain(some)).toEqual(plain(all.filter((item) => passes(item, filter))));
      }),
      { numRuns: 20 },
    );
    const back = await ranked(`/similar/${all[0]!.itemId}?n=1000`);
    expect(back.find(({ itemId }) => itemId === '110')!.score).toBeCloseTo(all[0]!.score, 6);
  });

  it('says whether an item is not stored, or only unknown to the model', async () => {
    const get = (path: string) => request(served.app).get(`/similar/${path}`);
    expect((await get('nothing').expect(404)).body).toMatchObject({
      code: 'E_UNKNOWN_ITEM',
      detail: 'no item "nothing" is stored',
    });
    const titled = await get(String(100 + servedItems)).expect(404);
    expect(titled.body.detail).toMatch(/is stored, but run mult-vae-\S+ was trained without it/);
  });
});

describe('the catalogue', () => {
  it('searches titles, shows items and who clicked them', async () => {
    const { body } = await request(served.app).get('/items?query=elan%202').expect(200);
    expect(body.items.length).toBeGreaterThan(3);
    for (const { title } of body.items) expect(title).toMatch(/^Film Élan (2\d?( |$)|\d+ \(20)/);
    const most = await request(served.app).get('/items?n=5').expect(200);
    const clicks = most.body.items.map((item: { clicks: number }) => item.clicks);
    expect(clicks).toEqual(clicks.toSorted((a: number, b: number) => b - a));
    const one = await request(served.app).get('/items/110').expect(200);
    expect(one.body).toMatchObject({ itemId: '110', year: null, inModel: true });
    const titled = await request(served.app)
      .get(`/items/${100 + servedItems}`)
      .expect(200);
    expect(titled.body).toMatchObject({ clicks: 0, inModel: false });
    await request(served.app).get('/items/nothing').expect(404);
    const users = await request(served.app).get('/items/110/users?n=1000').expect(200);
    expect(users.body.users).toHaveLength(one.body.clicks);
    const times = users.body.users.map((user: { timestamp: number }) => user.timestamp);
    expect(times).toEqual(times.toSorted((a: number, b: number) => b - a));
    const home = await request(served.app).get('/home').expect(200);
    expect(home.body.words).toMatchObject({ items: 'films', events: 'ratings' });
    const genres = await request(served.app).get('/genres').expect(200);
    expect(genres.body.genres.map(({ genre }: { genre: string }) => genre)).toEqual([
      'Comedy',
      'Drama',
      'Film-Noir',
      'War',
    ]);
  });
});

describe('users', () => {
  it('are found by the beginning of their id', async () => {
    const { body } = await request(served.app).get('/users?query=4').expect(200);
    expect(body.users).toEqual([
      { userId: '4', ratings: 14 },
      { userId: '40', ratings: 14 },
    ]);
  });

  it('have a history, newest first, and a code', async () => {
    const { body } = await request(served.app).get('/users/17').expect(200);
    expect(body).toMatchObject({ userId: '17', modelVersion: served.runs['mult-vae'] });
    expect(body.history).toHaveLength(14);
    expect(body.history[0]).toMatchObject({ rating: 1, timestamp: 1_001_713, source: 'import' });
    expect(body.latent.dimensions).toBe(3);
    expect(body.latent.mean).toHaveLength(3);
    expect(body.latent.spread.every((sd: number) => sd > 0)).toBe(true);
    const flat = await request(served.app).get(`/users/17?run=${served.runs.popularity}`);
    expect(flat.body.latent).toBeNull();
    await request(served.app).get('/users/nobody').expect(404);
  });

  it('are judged as `multvae anomalies` judges them', async () => {
    const { unusualUsers } = await import('../../src/serving/anomalies.js');
    await served.models.withModel(undefined, async ({ run, recommender }) => {
      const list = await unusualUsers(
        served.dependencies.store as Store,
        run,
        recommender as never,
        1000,
      );
      expect(new Set(list.users.map(({ trained }) => trained)).size).toBe(2);
      for (const expected of list.users) {
        const { body } = await request(served.app).get(`/users/${expected.userId}/anomaly`);
        expect(body).toMatchObject({ userId: expected.userId, trained: expected.trained });
        expect(body.score).toBeCloseTo(expected.score, 3);
        expect(body.leastExpected).toEqual(expected.leastExpected);
        expect(body.elbo).toBeCloseTo(-body.nll - body.kl, 3);
      }
    });
    await request(served.app).get('/users/nobody/anomaly').expect(404);
    const flat = await request(served.app).get(`/users/1/anomaly?run=${served.runs['mult-dae']}`);
    expect(flat.status).toBe(409);
  });
});

describe('models', () => {
  it('are listed and shown', async () => {
    const { body } = await request(served.app).get('/models').expect(200);
    expect(body.active).toBe(served.runs['mult-vae']);
    expect(body.models).toHaveLength(3);
    expect(body.models.filter(({ active }: { active: boolean }) => active)).toHaveLength(1);
    const run = served.runs['mult-vae'];
    const one = await request(served.app).get(`/models/${run}`).expect(200);
    expect(one.body).toMatchObject({ run, model: 'mult-vae', users: 24, backend: 'cpu' });
    expect(one.body.items).toBe(served.models.active()!.run.vocabulary.items.length);
    expect(one.body.log[0]).toMatchObject({ epoch: 1, ndcg100: null });
    expect(one.body.evaluation).toEqual({ validation: null, test: null });
    await request(served.app).get('/models/no-such-run').expect(404);
    await request(served.app).get('/models/..%2F..%2Fetc').expect(404);
  });

  it('show the results of evaluate and report', async () => {
    const run = served.runs['mult-dae'];
    const { EvaluationStore } = await import('../../src/runs/evaluations.js');
    const store = new EvaluationStore(served.home);
    const missing = await request(served.app).get(`/models/${run}/report`).expect(404);
    expect(missing.body.detail).toContain(`multvae report ${run}`);
    const metrics = { 'ndcg@100': { mean: 0.4, se: 0.01 } };
    const models = [{ model: 'mult-dae', run, metrics }];
    store.keep(run, 'test', { split: 'test', users: 8, leftOut: 0, models });
    store.keepPage(run, '<!doctype html><title>report</title>');
    const { body } = await request(served.app).get(`/models/${run}`).expect(200);
    expect(body.evaluation.test.models[0].metrics).toEqual(metrics);
    const page = await request(served.app).get(`/models/${run}/report`).expect(200);
    expect(page.type).toBe('text/html');
    expect(page.text).toContain('<title>report</title>');
    expect(page.headers['content-security-policy']).toMatch(/default-src 'none'/);
  });

  it('place their items in the plane, the most clicked first', async () => {
    const run = served.runs['mult-dae'];
    const { body } = await request(served.app).get(`/models/${run}/map?method=pca`).expect(200);
    expect(body).toMatchObject({ method: 'pca', isComputing: false });
    const known = served.models.active()!.run.vocabulary;
    expect(body.items).toHaveLength(known.items.length);
    const clicks = body.items.map((item: { clicks: number }) => item.clicks);
    expect(clicks).toEqual(Array.from(known.trainClicks).sort((a, b) => b - a));
    expect(new Set(body.items.map(({ x }: { x: number }) => x)).size).toBeGreaterThan(50);
    const few = await request(served.app).get(`/models/${run}/map?items=7&method=pca`).expect(200);
    expect(few.body.items).toEqual(body.items.slice(0, 7));
    const { popularity } = served.runs;
    const flat = await request(served.app).get(`/models/${popularity}/map`).expect(200);
    expect(flat.body.items).toHaveLength(known.items.length);
  });

  it('place their items by UMAP once that is computed, and store the places', async () => {
    const run = served.runs['mult-dae'];
    const first = await request(served.app).get(`/models/${run}/map`).expect(200);
    expect(first.body).toMatchObject({ method: 'pca', isComputing: true });
    const map = async () => (await request(served.app).get(`/models/${run}/map`).expect(200)).body;
    await expect.poll(map).toMatchObject({ method: 'umap', isComputing: false });
    const { items } = await map();
    const kept = JSON.parse(
      readFileSync(join(served.home, 'evaluations', `${run}-map.json`), 'utf8'),
    );
    expect(items.map(({ x }: { x: number }) => x)).toEqual(kept.x);
    expect(items.map(({ itemId }: { itemId: string }) => itemId)).toEqual(
      first.body.items.map(({ itemId }: { itemId: string }) => itemId),
    );
    const bad = await request(served.app).get(`/models/${run}/map?method=tsne`).expect(400);
    expect(bad.body.detail).toContain('method');
  });

  it('get a name and a note for people; the id stays', async () => {
    const run = served.runs['mult-dae'];
    const patch = (body: object, id: string = run) =>
      request(served.app).patch(`/models/${id}`).send(body);
    const whole = { run, name: 'Spring', note: 'after the sale' };
    expect((await patch({ name: 'Spring', note: 'after the sale' }).expect(200)).body).toEqual(
      whole,
    );
    const { body } = await request(served.app).get('/models').expect(200);
    expect(body.models.find((model: { run: string }) => model.run === run)).toMatchObject(whole);
    expect((await request(served.app).get(`/models/${run}`)).body).toMatchObject(whole);
    expect((await patch({ note: '' }).expect(200)).body).toEqual({ ...whole, note: null });
    expect((await patch({ name: null }).expect(200)).body).toMatchObject({ name: null });
    expect((await patch({ name: 'a\u0000' }).expect(400)).body.detail).toContain('the name of the');
    await patch({ name: 'x'.repeat(101) }).expect(400);
    await patch({}).expect(400);
    await patch({ title: 'x' }).expect(400);
    await patch({ name: 'x' }, 'no-such-run').expect(404);
  });

  it('are activated and rolled back; a bad one changes nothing', async () => {
    const { 'mult-vae': vae, 'mult-dae': dae } = served.runs;
    const post = (path: string) => request(served.app).post(path);
    expect((await post(`/models/${dae}/activate`).expect(200)).body).toEqual({
      active: dae,
      previous: vae,
    });
    expect((await request(served.app).get('/models')).body.active).toBe(dae);
    expect((await request(served.app).get('/recommend/1')).body.modelVersion).toBe(dae);
    expect((await post('/models/rollback').expect(200)).body).toEqual({
      active: vae,
      previous: dae,
    });
    await post('/models/no-such-run/activate').expect(404);
    const damaged = served.store.newRunId('damaged');
    served.store.publish(damaged, served.store.load(dae));
    writeFileSync(join(served.home, 'runs', damaged, 'vocabulary.jsonl'), '');
    try {
      const bad = await post(`/models/${damaged}/activate`).expect(409);
      expect(bad.body.detail).toMatch(/^runs\/damaged-\S+\/vocabulary.jsonl is damaged/);
      expect(bad.text).not.toContain(served.home);
      expect((await request(served.app).get('/recommend/1')).body.modelVersion).toBe(vae);
      const { body } = await request(served.app).get('/models').expect(200);
      const shown = body.models.find(({ run }: { run: string }) => run === damaged);
      expect(shown.problem).toMatch(/^runs\/damaged-\S+\/vocabulary.jsonl is damaged/);
      await request(served.app).get(`/recommend/1?run=${damaged}`).expect(409);
    } finally {
      served.store.remove(damaged);
    }
  });

  it('are answered from disk: a run that was removed is unknown, and one that was cut off has a problem', async () => {
    const get = (path: string) => request(served.app).get(path);
    const id = served.store.newRunId('removed');
    served.store.publish(id, served.store.load(served.runs['mult-dae']));
    await get(`/models/${id}`).expect(200);
    expect((await get(`/recommend/1?run=${id}`).expect(200)).body.modelVersion).toBe(id);
    const weights = join(served.home, 'runs', id, 'weights.safetensors');
    truncateSync(weights, statSync(weights).size - 1);
    const { body } = await get('/models').expect(200);
    const shown = body.models.find(({ run }: { run: string }) => run === id);
    expect(shown.problem).toMatch(/^runs\/removed-\S+\/weights.safetensors is not a valid/);
    const refused = await request(served.app).post(`/models/${id}/activate`).expect(409);
    expect(refused.body.detail).toMatch(/weights.safetensors is damaged/);
    served.store.remove(id);
    await get(`/models/${id}`).expect(404);
    await get(`/models/${id}/report`).expect(404);
    await get(`/recommend/1?run=${id}`).expect(404);
    await request(served.app).post(`/models/${id}/activate`).expect(404);
    expect((await get('/recommend/1').expect(200)).body.modelVersion).toBe(served.runs['mult-vae']);
    expect(served.store.active()).toBe(served.runs['mult-vae']);
  });
});
