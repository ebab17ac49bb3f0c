/** What one server writes of an item, the cached answers of another one on the same home follow at once. */

import type { Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { homePlace } from '../../src/data/store/place.js';
import { SqliteStore } from '../../src/data/store/sqlite/sqlite-store.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let store: SqliteStore;
/** It writes. */
let first: Express;
/** It answers, from its cache where it can. */
let second: Express;

beforeAll(async () => {
  served = await servedHome();
  store = new SqliteStore(homePlace(served.home));
  first = served.app;
  second = createApp({ ...served.dependencies, store, cacheMb: 8 });
});
afterAll(async () => {
  await store.close();
  await served.close();
});

interface Shown {
  readonly itemId: string;
  readonly title: string | null;
  readonly because?: readonly Shown[];
}

async function get(path: string): Promise<readonly Shown[]> {
  const { body } = await request(second).get(path).expect(200);
  return body.items;
}

async function post(body: object): Promise<readonly Shown[]> {
  const answer = await request(second).post('/recommend').send(body).expect(200);
  return answer.body.items;
}

const ids = (items: readonly Shown[]) => items.map(({ itemId }) => itemId);
const write = (id: string, body: object) => request(first).patch(`/items/${id}`).send(body);

/** Every kind of answer that holds items, each long enough to hold all of them. */
const answers = (): Record<string, Promise<readonly Shown[]>> => ({
  user: get('/recommend/1?n=100&excludeSeen=false'),
  'user, filtered': get('/recommend/1?n=100&excludeSeen=false&minYear=1900&genre=Drama'),
  nobody: get('/recommend/nobody?n=100'),
  'user and basket': post({ userId: '1', items: ['101'], n: 100, excludeSeen: false }),
  basket: post({ items: ['101', '103'], n: 100 }),
  'nothing in the basket': post({ items: ['unknown'], n: 100 }),
  'unlike ones': get('/recommend/1?n=100&excludeSeen=false&diversity=0.5'),
  similar: get('/similar/101?n=100'),
  map: get(`/models/${served.runs['mult-vae']}/map?items=100`),
  search: get('/items?query=film&n=100'),
  newest: get('/items?sort=newest&n=100'),
  popular: get('/items?n=100'),
});

/** An item with a year and the genre Drama, so that each answer holds it. */
const item = '102';

async function expectEverywhere(isThere: boolean): Promise<void> {
  for (const [name, answer] of Object.entries(answers())) {
    expect(ids(await answer).includes(item), name).toBe(isThere);
  }
}

describe('an item', () => {
  it('leaves every answer when it is not available, and comes back', async () => {
    await expectEverywhere(true);
    const before = await get('/recommend/1?n=100&excludeSeen=false');
    await write(item, { available: false }).expect(200);
    await expectEverywhere(false);
    await request(second)
      .get(`/items/${item}`)
      .expect(200)
      .expect(({ body }) => expect(body).toMatchObject({ itemId: item, available: false }));
    expect(await get(`/similar/${item}`)).not.toHaveLength(0);
    await write(item, { available: true }).expect(200);
    await expectEverywhere(true);
    expect(await get('/recommend/1?n=100&excludeSeen=false')).toEqual(before);
  });

  it('is still a reason when it is not available, with its title', async () => {
    await write(item, { available: false }).expect(200);
    const items = await post({ items: [item], n: 20, explain: true });
    const because = items.flatMap((shown) => shown.because ?? []);
    expect(because.length).toBeGreaterThan(0);
    expect(because[0]).toMatchObject({ itemId: item, title: 'Film Élan 2 (1952)' });
    await write(item, { available: true }).expect(200);
  });

  it('leaves every answer when it is removed; its history says the id alone', async () => {
    const { body: whole } = await request(second).get(`/items/${item}`).expect(200);
    const { users } = (await request(second).get(`/items/${item}/users?n=1`).expect(200)).body;
    const [{ userId }] = users;
    await request(first).delete(`/items/${item}`).expect(204);
    await expectEverywhere(false);
    await request(second).get(`/items/${item}`).expect(404);
    await request(second).get(`/similar/${item}`).expect(404);
    const { history } = (await request(second).get(`/users/${userId}`).expect(200)).body;
    const entry = history.find((shown: Shown) => shown.itemId === item);
    expect(entry).toMatchObject({ title: null, genres: [], year: null, inModel: true });
    const [reason] = (await post({ items: [item], n: 20, explain: true })).flatMap(
      (shown) => shown.because ?? [],
    );
    expect(reason).toMatchObject({ itemId: item, title: null });

    await request(first).put(`/items/${item}`).send(whole).expect(201);
    await expectEverywhere(true);
    const { body: again } = await request(second).get(`/items/${item}`).expect(200);
    expect(again).toEqual({ ...whole, addedAt: again.addedAt });
  });

  it('has its new title in cached answers', async () => {
    const path = '/recommend/1?n=100&excludeSeen=false';
    await get(path);
    await write(item, { title: 'Another name' }).expect(200);
    const found = (await get(path)).find(({ itemId }) => itemId === item);
    expect(found).toMatchObject({ title: 'Another name' });
    expect(ids(await get('/items?query=another'))).toEqual([item]);
  });

  it('does not change what others get: the cache still answers for them', async () => {
    const metrics = async () => {
      const { text } = await request(second).get('/metrics').expect(200);
      return Number(/multvae_cache_requests_total\{result="hit"\} (\d+)/.exec(text)?.[1]);
    };
    await get('/recommend/2');
    const hits = await metrics();
    await get('/recommend/2');
    expect(await metrics()).toBe(hits + 1);
  });
});
