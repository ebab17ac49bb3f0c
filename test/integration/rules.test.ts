/** The shop's rules over HTTP: what they do to lists, when, and which rules are refused. */

import type { Express } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { homePlace } from '../../src/data/store/place.js';
import { Home } from '../../src/home/home.js';
import { type ServedHome, servedHome, servedItems } from '../fixtures/served-home.js';

let served: ServedHome;
/** Another process that serves the same home, with a cache. */
let caching: Express;
beforeAll(async () => {
  served = await servedHome();
  caching = createApp({ ...served.dependencies, cacheMb: 8 });
});
afterAll(() => served.close());
afterEach(async () => {
  vi.useRealTimers();
  const { body } = await request(served.app).get('/rules');
  for (const { id } of body.rules) await request(served.app).delete(`/rules/${id}`).expect(204);
});

interface Ranked {
  readonly itemId: string;
  readonly rank: number;
  readonly score: number;
  readonly genres: readonly string[];
  readonly rules?: readonly string[];
}

interface Reply {
  readonly source: string;
  readonly items: readonly Ranked[];
  readonly rules?: readonly { id: string; kind: string; name: string | null }[];
}

async function get(path: string, app = served.app): Promise<Reply> {
  const response = await request(app).get(path);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body;
}

interface RuleBody {
  readonly kind: string;
  readonly items?: readonly string[];
  readonly genre?: readonly string[];
  readonly place?: number;
  readonly by?: number;
  readonly atMost?: number;
  readonly each?: string;
  readonly [field: string]: unknown;
}

async function create(rule: RuleBody): Promise<string> {
  const response = await request(served.app).post('/rules').send(rule);
  expect(response.status, JSON.stringify(response.body)).toBe(201);
  expect(response.headers.location).toBe(`rules/${response.body.id}`);
  return response.body.id;
}

const ids = ({ items }: Pick<Reply, 'items'>) => items.map(({ itemId }) => itemId);
const genresOf = (id: string) => served.database.item(id)!.genres;

/** The documented meaning of rules, step by step and by full sorts. */
async function byHand(user: string, rules: readonly RuleBody[], novelty = 0): Promise<string[]> {
  const { run, recommender } = served.models.active()!;
  const { items: vocabulary, trainClicks } = run.vocabulary;
  const rated = served.database.userRatings(user) ?? [];
  const row = rated
    .filter(({ rating }) => rating! > 3.5)
    .map(({ itemId }) => vocabulary.indexOf(itemId));
  const matrix = ClickMatrix.fromRows(vocabulary.length, [row]);
  const scores = row.length === 0 ? trainClicks : await recommender.score(matrix);
  const range = Math.max(...scores) - Math.min(...scores);
  const logs = Array.from(trainClicks, (clicks) => Math.log(1 + clicks));
  const known = Math.max(...logs) - Math.min(...logs);
  const fits = (id: string, { items, genre }: RuleBody) =>
    (items?.includes(id) ?? true) && (genre?.some((one) => genresOf(id).includes(one)) ?? true);
  const shift = (id: string) =>
    rules
      .filter((rule) => ['boost', 'bury'].includes(rule.kind) && fits(id, rule))
      .reduce((sum, { kind, by }) => sum + (kind === 'boost' ? by! : -by!), 0);
  const moved = vocabulary.map(
    (id, k) =>
      scores[k]! + range * (shift(id) - (2 * novelty * (logs[k]! - Math.min(...logs))) / known),
  );
  const hidden = (id: string) => rules.some((rule) => rule.kind === 'hide' && fits(id, rule));
  const seen = new Set<string>(rated.map(({ itemId }) => itemId));
  const allowed = [...vocabulary.keys()]
    .sort((a, b) => (Math.abs(moved[b]! - moved[a]!) > 1e-9 ? moved[b]! - moved[a]! : a - b))
    .map((k) => vocabulary[k]! as string)
    .filter((id) => !seen.has(id) && !hidden(id));
  const pins = rules
    .filter(({ kind, items }) => kind === 'pin' && allowed.includes(items![0]!))
    .toSorted((a, b) => a.place! - b.place!)
    .filter((pin, k, all) => all.findIndex(({ items }) => items![0] === pin.items![0]) === k);
  const pinned = pins.map(({ items }) => items![0]!);
  const limits = rules.filter(({ kind }) => kind === 'limit');
  const chosen = [...pinned];
  const rest = allowed.filter((id) => {
    if (pinned.includes(id)) return false;
    const isFull = limits.some((limit) => {
      if (!fits(id, limit)) return false;
      const groups = limit.each === undefined ? [null] : genresOf(id);
      return groups.some(
        (group) =>
          chosen.filter(
            (one) => fits(one, limit) && (group === null || genresOf(one).includes(group)),
          ).length >= limit.atMost!,
      );
    });
    if (!isFull) chosen.push(id);
    return !isFull;
  });
  const list: string[] = [];
  while (pins.length + rest.length > 0) {
    const isDue = pins.length > 0 && (pins[0]!.place! <= list.length + 1 || rest.length === 0);
    list.push(isDue ? pins.shift()!.items![0]! : rest.shift()!);
  }
  return list;
}

const item = fc.integer({ min: 0, max: servedItems - 1 }).map((k) => String(100 + k));
const genre = fc.constantFrom('Comedy', 'Drama', 'Film-Noir', 'War');
const selection = fc.oneof(
  fc.record({ items: fc.uniqueArray(item, { minLength: 1, maxLength: 8 }) }),
  fc.record({ genre: fc.uniqueArray(genre, { minLength: 1, maxLength: 2 }) }),
  fc.record({
    genre: fc.uniqueArray(genre, { minLength: 1 }),
    items: fc.uniqueArray(item, { minLength: 3, maxLength: 30 }),
  }),
);
const by = fc.constantFrom(0.01, 0.1, 0.5, 1);
const rule: fc.Arbitrary<RuleBody> = fc.oneof(
  selection.map((which) => ({ kind: 'hide', ...which })),
  fc.tuple(item, fc.integer({ min: 1, max: 70 })).map(([id, place]) => ({
    kind: 'pin',
    items: [id],
    place,
  })),
  fc
    .tuple(selection, fc.integer({ min: 1, max: 4 }))
    .map(([which, atMost]) => ({ kind: 'limit', ...which, atMost })),
  fc.integer({ min: 1, max: 4 }).map((atMost) => ({ kind: 'limit', each: 'genre', atMost })),
  fc
    .tuple(selection, by, fc.constantFrom('boost', 'bury'))
    .map(([which, by, kind]) => ({ kind, ...which, by })),
);

describe('rules in force', () => {
  it('do together what each is documented to do, on every page', async () => {
    const asked = fc.record({
      rules: fc.array(rule, { minLength: 1, maxLength: 5 }),
      user: fc.constantFrom('1', '17', 'nobody'),
      novelty: fc.constantFrom(0, 0, 0.3),
      size: fc.integer({ min: 2, max: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(asked, async ({ rules, user, novelty, size }) => {
        const created: string[] = [];
        for (const each of rules) created.push(await create(each));
        const expected = await byHand(user, rules, novelty);
        const whole = await get(`/recommend/${user}?n=1000&novelty=${novelty}`);
        expect(ids(whole)).toEqual(expected);
        expect(whole.items.map(({ rank }) => rank)).toEqual(expected.map((_, k) => k + 1));
        const pages: Ranked[] = [];
        for (let offset = 0; offset <= expected.length; offset += size) {
          const path = `/recommend/${user}?n=${size}&offset=${offset}&novelty=${novelty}`;
          pages.push(...(await get(path)).items);
        }
        expect(pages).toEqual(whole.items);
        const off = await get(`/recommend/${user}?n=1000&rules=off`);
        expect(ids(off)).toEqual(await byHand(user, []));
        expect(off.rules).toBeUndefined();
        for (const id of created) await request(served.app).delete(`/rules/${id}`).expect(204);
      }),
      { numRuns: 30 },
    );
  });

  it('are named by the items that they move, and by the reply', async () => {
    const plain = ids(await get('/recommend/1?n=1000'));
    const low = plain.at(-1)!;
    const pin = await create({ kind: 'pin', name: 'Window', items: [low], place: 2 });
    const boost = await create({ kind: 'boost', genre: ['War'], by: 0.5 });
    const both = await create({ kind: 'bury', items: [plain[0]!, low], by: 0.1 });
    const hide = await create({ kind: 'hide', items: [plain[5]!] });
    await create({ kind: 'hide', items: ['not-there'] });
    const limit = await create({ kind: 'limit', genre: ['Drama'], atMost: 1 });
    const { items, rules } = await get('/recommend/1?n=1000');
    const expected = (id: string) => [
      ...(id === low ? [pin] : []),
      ...(genresOf(id).includes('War') ? [boost] : []),
      ...([plain[0], low].includes(id) ? [both] : []),
    ];
    for (const { itemId, rules = [] } of items) expect(rules).toEqual(expected(itemId));
    expect(items[1]!.itemId).toBe(low);
    expect(rules).toEqual([
      { id: pin, kind: 'pin', name: 'Window' },
      { id: boost, kind: 'boost', name: null },
      { id: both, kind: 'bury', name: null },
      { id: hide, kind: 'hide', name: null },
      { id: limit, kind: 'limit', name: null },
    ]);
  });

  it('never change a reply where none holds', async () => {
    const before = await get('/recommend/1');
    const id = await create({ kind: 'hide', genre: ['War'], endsAt: '2020-01-01' });
    const after = await get('/recommend/1');
    expect(Object.keys(after)).toEqual(Object.keys(before));
    expect(after.items).toEqual(before.items);
    const { body } = await request(served.app).get(`/rules/${id}`).expect(200);
    expect(body).toMatchObject({ inForce: false, endsAt: '2020-01-01T00:00:00.000Z' });
  });

  it('leave what the request leaves out: a pin of a seen, excluded or filtered item does nothing', async () => {
    const seen = served.database.userRatings('1')![0]!.itemId;
    const [first, second] = ids(await get('/recommend/1?n=2'));
    await create({ kind: 'pin', items: [seen], place: 1 });
    await create({ kind: 'pin', items: [second!], place: 1 });
    const { items, rules } = await get(`/recommend/1?n=3&exclude=${second}`);
    expect(items[0]!.itemId).toBe(first);
    expect(rules).toEqual([]);
    expect(ids(await get('/recommend/1?n=2'))).toEqual([second, first]);
  });

  it('go with diversity: the pinned item keeps its place, and pages repeat nothing', async () => {
    const plain = ids(await get('/recommend/1?n=1000'));
    await create({ kind: 'pin', items: [plain[20]!], place: 3 });
    await create({ kind: 'limit', each: 'genre', atMost: 3 });
    const whole = await get('/recommend/1?n=1000&diversity=0.6');
    expect(whole.items[2]!.itemId).toBe(plain[20]);
    const pages = await Promise.all(
      [0, 4, 8, 12, 16].map((offset) => get(`/recommend/1?n=4&offset=${offset}&diversity=0.6`)),
    );
    expect(pages.flatMap(ids)).toEqual(ids(whole).slice(0, 20));
    expect(new Set(ids(whole)).size).toBe(whole.items.length);
    expect(ids(whole).toSorted()).toEqual(ids(await get('/recommend/1?n=1000')).toSorted());
  });

  it('hide also among similar items, and for baskets', async () => {
    const near = ids(await get('/similar/110?n=3'));
    await create({ kind: 'hide', items: [near[0]!] });
    expect(ids(await get('/similar/110?n=2'))).toEqual(near.slice(1));
    expect(ids(await get('/similar/110?n=3&rules=off'))).toEqual(near);
    const post = async (body: object) =>
      (await request(served.app).post('/recommend').send(body).expect(200)).body as Reply;
    expect(ids(await post({ items: ['110'], n: 1000 }))).not.toContain(near[0]);
    expect(ids(await post({ items: ['110'], n: 1000, rules: 'off' }))).toContain(near[0]);
    expect((await post({ items: ['110'], only: [near[0]] })).items).toEqual([]);
  });
});

describe('a rule by fields', () => {
  const brands = ['Alba', 'Sol', 'Luna'];
  beforeAll(async () => {
    const home = new Home(homePlace(served.home));
    const { items } = served.models.active()!.run.vocabulary;
    for (const [k, itemId] of items.entries()) {
      await home.items.patch(itemId, { fields: { brand: brands[k % 3]!, price: k } });
    }
    await home.close();
  });
  const brandOf = (id: string) =>
    brands[served.models.active()!.run.vocabulary.items.indexOf(id as never) % 3]!;

  it('hides, boosts and limits by the grammar of where=', async () => {
    const plain = ids(await get('/recommend/1?n=1000'));
    await create({ kind: 'hide', where: 'brand=Alba or price>=50' });
    const priceOf = (id: string) =>
      served.models.active()!.run.vocabulary.items.indexOf(id as never);
    const left = plain.filter((id) => brandOf(id) !== 'Alba' && priceOf(id) < 50);
    expect(ids(await get('/recommend/1?n=1000'))).toEqual(left);
    const boost = await create({ kind: 'boost', where: 'brand=Sol', by: 1 });
    const boosted = await get('/recommend/1?n=1000');
    const isSol = (id: string) => brandOf(id) === 'Sol';
    expect(ids(boosted)).toEqual([...left.filter(isSol), ...left.filter((id) => !isSol(id))]);
    expect(boosted.items[0]!.rules).toEqual([boost]);
    await create({ kind: 'limit', each: 'brand', atMost: 2 });
    expect(ids(await get('/recommend/1?n=1000')).map(brandOf)).toEqual([
      'Sol',
      'Sol',
      'Luna',
      'Luna',
    ]);
  });
});

describe('a cached answer', () => {
  it('follows a rule that is created, changed and deleted', async () => {
    const path = '/recommend/17?n=5';
    const plain = ids(await get(path, caching));
    const id = await create({ kind: 'hide', items: [plain[0]!] });
    expect(ids(await get(path, caching)).slice(0, 4)).toEqual(plain.slice(1));
    const hidden = await get(path, caching);
    expect(hidden.rules).toEqual([{ id, kind: 'hide', name: null }]);
    await request(served.app)
      .patch(`/rules/${id}`)
      .send({ items: [plain[1]] })
      .expect(200);
    expect(ids(await get(path, caching))[0]).toBe(plain[0]);
    expect(ids(await get(path, caching))).not.toContain(plain[1]);
    await request(served.app).delete(`/rules/${id}`).expect(204);
    expect(await get(path, caching)).not.toHaveProperty('rules');
    expect(ids(await get(path, caching))).toEqual(plain);
  });

  it('does not outlive the time at which a rule begins or ends', async () => {
    const path = '/recommend/17?n=5';
    const plain = ids(await get(path, caching));
    vi.useFakeTimers({ toFake: ['Date'], now: Date.parse('2030-05-01T00:00:00Z') });
    await create({
      kind: 'hide',
      items: [plain[0]!],
      beginsAt: '2030-05-01T10:00:00+02:00',
      endsAt: '2030-05-02',
    });
    const firstAt = async (time: string) => {
      vi.setSystemTime(Date.parse(time));
      await get(path, caching);
      return ids(await get(path, caching))[0];
    };
    expect(await firstAt('2030-05-01T00:00:01Z')).toBe(plain[0]);
    expect(await firstAt('2030-05-01T07:59:59.999Z')).toBe(plain[0]);
    expect(await firstAt('2030-05-01T08:00:00Z')).toBe(plain[1]);
    expect(await firstAt('2030-05-01T23:59:59.999Z')).toBe(plain[1]);
    expect(await firstAt('2030-05-02T00:00:00Z')).toBe(plain[0]);
    expect(await firstAt('2030-05-01T12:00:00Z')).toBe(plain[1]);
  });
});

describe('/rules', () => {
  const send = (method: 'post' | 'put' | 'patch', path: string, body: unknown) =>
    request(served.app)
      [method](path)
      .set('Content-Type', 'application/json')
      .send(JSON.stringify(body));

  it('keeps what is created, replaces, changes and deletes it', async () => {
    const id = await create({
      kind: 'boost',
      name: 'Summer',
      items: [' 110 ', '111', '110'],
      by: 0.2,
      minYear: null,
    });
    const rule = {
      id,
      kind: 'boost',
      name: 'Summer',
      items: ['110', '111'],
      by: 0.2,
      inForce: true,
    };
    expect((await request(served.app).get('/rules')).body).toEqual({ rules: [rule] });
    const changed = await send('patch', `/rules/${id}`, { kind: 'bury', name: null }).expect(200);
    expect(changed.body).toEqual({
      id,
      kind: 'bury',
      items: ['110', '111'],
      by: 0.2,
      inForce: true,
    });
    const replaced = await send('put', `/rules/${id}`, { kind: 'hide', genre: ['War'] }).expect(
      200,
    );
    expect(replaced.body).toEqual({ id, kind: 'hide', genre: ['War'], inForce: true });
    await request(served.app).delete(`/rules/${id}`).expect(204);
    const next = await create({ kind: 'hide', items: ['110'] });
    expect(Number(next)).toBeGreaterThan(Number(id));
    for (const missing of [id, '0', '01', 'x', `${next} `, '99999999999999999999']) {
      const path = `/rules/${encodeURIComponent(missing)}`;
      for (const answer of [
        await request(served.app).get(path),
        await request(served.app).delete(path),
        await send('put', path, { kind: 'hide', items: ['1'] }),
        await send('patch', path, { name: 'x' }),
      ]) {
        expect(answer.status).toBe(404);
        expect(answer.body.code).toBe('E_UNKNOWN_RULE');
        expect(answer.body.detail).toBe(
          `there is no rule ${JSON.stringify(missing)}; GET /rules lists them`,
        );
      }
    }
  });

  it('is on disk: another home object reads and changes it', async () => {
    const id = await create({ kind: 'hide', items: ['110'] });
    const home = new Home(homePlace(served.home));
    try {
      expect(await home.rules.list()).toEqual([
        { id, kind: 'hide', items: ['110'], inForce: true },
      ]);
      const own = await home.rules.create({ kind: 'pin', items: ['111'], place: 1 });
      expect(ids(await get('/recommend/nobody?n=1'))).toEqual(['111']);
      const { items, rules } = await home.recommend('nobody', { n: 1 });
      expect(items[0]).toMatchObject({ itemId: '111', rules: [own.id] });
      expect(rules).toContainEqual({ id: own.id, kind: 'pin', name: null });
      const similar = await home.similar('111', { n: 1000 });
      expect(similar.items.map(({ itemId }) => itemId)).not.toContain('110');
      const whole = await home.similar('111', { n: 1000, rules: 'off' });
      expect(whole.items.map(({ itemId }) => itemId)).toContain('110');
      expect(await home.rules.change(own.id, { place: 2 })).toMatchObject({ place: 2 });
      expect(await home.rules.delete(own.id)).toBe(true);
      expect(await home.rules.delete(own.id)).toBe(false);
      await expect(home.rules.create({ kind: 'pin', items: ['1'] })).rejects.toThrow(
        /place is missing; a pin needs items and place/,
      );
    } finally {
      await home.close();
    }
  });

  it.each([
    [{}, /kind is missing; give one of hide, pin, limit, boost, bury/],
    [{ kind: 'push' }, /kind is "push"; give one of hide, pin, limit, boost, bury/],
    [{ kind: 'hide' }, /the hide concerns no items; give items, genre, minYear, maxYear or where/],
    [{ kind: 'hide', items: [] }, /items is \[\]; give a list of 1 to 10000 ids/],
    [{ kind: 'hide', items: '110' }, /items is "110"; give a list of 1 to 10000 ids/],
    [{ kind: 'hide', items: ['110', 7] }, /items\[1\] is 7; give a string of 1 to 500/],
    [{ kind: 'hide', items: ['a\u0001'] }, /items\[0\] is "a\\u0001"; give a string of 1 to 500/],
    [
      { kind: 'hide', genre: ['Dramaa'] },
      /genre is "Dramaa"; give one of these: Comedy, Drama, Fi/,
    ],
    [{ kind: 'hide', minYear: 1990, maxYear: 1980 }, /minYear is 1990 and maxYear is 1980/],
    [{ kind: 'hide', where: ' ' }, /where is " "; give a filter of 1 to 2000 characters/],
    [{ kind: 'hide', where: 'colour=red' }, /colour/],
    [{ kind: 'hide', where: 'year<' }, /where, character 6: the end is not expected here/],
    [{ kind: 'hide', items: ['1'], by: 0.5 }, /by is 0\.5; leave it out, because a hide has none/],
    [{ kind: 'hide', items: ['1'], colour: 'red' }, /"colour" in the body is not a field/],
    [{ kind: 'pin', items: ['1'] }, /place is missing; a pin needs items and place/],
    [{ kind: 'pin', items: ['1'], place: 0 }, /place is 0; give an integer from 1 to 1000/],
    [{ kind: 'pin', items: ['1'], place: 1.5 }, /place is 1\.5; give an integer/],
    [{ kind: 'pin', items: ['1', '2'], place: 1 }, /items has 2 ids; give one, because a pin/],
    [{ kind: 'pin', genre: ['War'], place: 1 }, /items is missing; a pin needs items and place/],
    [{ kind: 'boost', items: ['1'] }, /by is missing; a boost needs by/],
    [{ kind: 'bury', items: ['1'], by: 0 }, /by is 0; give a number above 0 and at most 1/],
    [{ kind: 'boost', items: ['1'], by: '1' }, /by is "1"; give a number above 0/],
    [{ kind: 'limit', genre: ['War'] }, /atMost is missing; a limit needs atMost/],
    [{ kind: 'limit', atMost: 3 }, /the limit concerns no items; give items, .* where or each/],
    [{ kind: 'limit', each: 'brnd', atMost: 3 }, /each is "brnd"; give one of these: genre, brand/],
    [
      { kind: 'hide', items: ['1'], beginsAt: 'soon' },
      /beginsAt is "soon"; give a time in ISO 8601/,
    ],
    [{ kind: 'hide', items: ['1'], endsAt: 17 }, /endsAt is 17; give a time in ISO 8601/],
    [
      { kind: 'hide', items: ['1'], beginsAt: '2026-02-01', endsAt: '2026-02-01' },
      /endsAt is 2026-02-01T00:00:00\.000Z, not after beginsAt/,
    ],
    [{ kind: 'hide', items: ['1'], name: '' }, /name is ""; give a string of 1 to 200 characters/],
    [[], /the body is \[\]; give an object with the kind of the rule/],
  ])('refuses %j', async (body, message) => {
    const created = await send('post', '/rules', body).expect(400);
    expect(created.body.detail).toMatch(message);
    expect(created.body.code).toBe('E_ARGUMENT');
    expect((await request(served.app).get('/rules')).body.rules).toEqual([]);
  });

  it('leaves a rule as it is when a change is refused', async () => {
    const id = await create({ kind: 'pin', items: ['110'], place: 1 });
    const { body } = await send('patch', `/rules/${id}`, { place: null }).expect(400);
    expect(body.detail).toBe('place is missing; a pin needs items and place');
    await send('put', `/rules/${id}`, { kind: 'pin' }).expect(400);
    const kept = await request(served.app).get(`/rules/${id}`);
    expect(kept.body).toMatchObject({ kind: 'pin', place: 1 });
  });

  it('refuses rules= that is neither on nor off', async () => {
    const { body } = await request(served.app).get('/recommend/1?rules=no').expect(400);
    expect(body.detail).toBe('rules is "no"; give on or off');
  });
});
