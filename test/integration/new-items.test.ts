/** New products in recommendations: at marked places, filtered, never seen, never twice. */

import type { Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { nextMillisecond } from '../fixtures/clock.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let app: Express;

/** The newest last. `160` came with the import, and nobody has clicked it. */
const products = [
  { itemId: 'n1', title: 'First', genres: ['Drama'], year: 2001 },
  { itemId: 'n2', title: 'Second', genres: ['War'], year: 2002 },
  { itemId: 'n3', title: 'Third', genres: ['Drama', 'War'], year: 2003 },
  { itemId: 'n4', title: 'Sold out', available: false },
];
const untouched = '160';

beforeAll(async () => {
  served = await servedHome();
  app = createApp({ ...served.dependencies, cacheMb: 8 });
  for (const { itemId, ...product } of products) {
    await nextMillisecond();
    await request(app).put(`/items/${itemId}`).send(product).expect(201);
  }
});
afterAll(() => served.close());

interface Item {
  readonly itemId: string;
  readonly rank: number;
  readonly score: number | null;
  readonly isNew?: true;
  readonly because?: readonly unknown[];
}

async function recommend(query: string, user = '1'): Promise<Item[]> {
  const { body } = await request(app).get(`/recommend/${user}?${query}`).expect(200);
  return body.items;
}

async function post(body: object): Promise<Item[]> {
  return (await request(app).post('/recommend').send(body).expect(200)).body.items;
}

const ids = (items: readonly Item[]) => items.map(({ itemId }) => itemId);
const fresh = (items: readonly Item[]) => ids(items.filter(({ isNew }) => isNew));

describe('newItems', () => {
  it('puts the newest products at marked places, without a score', async () => {
    const plain = await recommend('n=10');
    expect(fresh(plain)).toEqual([]);
    const items = await recommend('n=10&newItems=2');
    expect(items).toHaveLength(10);
    expect(items.map(({ rank }) => rank)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(items[2]).toEqual({
      itemId: 'n3',
      rank: 3,
      score: null,
      title: 'Third',
      genres: ['Drama', 'War'],
      year: 2003,
      isNew: true,
    });
    expect(items[7]).toMatchObject({ itemId: 'n2', rank: 8, score: null, isNew: true });
    const rest = items.filter(({ isNew }) => !isNew);
    expect(ids(rest)).toEqual(ids(plain).slice(0, 8));
    expect(await recommend('n=10&newItems=2')).toEqual(items);
  });

  it('repeats and skips nothing across pages', async () => {
    const pages = [];
    for (let offset = 0; offset < 70; offset += 5) {
      pages.push(await recommend(`n=5&offset=${offset}&newItems=1&excludeSeen=false`));
    }
    expect(pages.slice(0, 4).map(fresh)).toEqual([['n3'], ['n2'], ['n1'], [untouched]]);
    expect(pages.slice(4).flatMap(fresh)).toEqual([]);
    const all = pages.flat();
    const whole = await recommend('n=1000&excludeSeen=false');
    expect(new Set(ids(all)).size).toBe(all.length);
    const added = ['n1', 'n2', 'n3', untouched];
    expect(ids(all).toSorted()).toEqual([...ids(whole), ...added].toSorted());
    expect(all.map(({ rank }) => rank)).toEqual(all.map((_, k) => k + 1));
    const ranked = ids(all.filter(({ isNew }) => !isNew));
    expect(ranked).toEqual(ids(whole));
  });

  it('keeps to the filters, and to what is left out', async () => {
    const all = ['n3', 'n2', 'n1', untouched];
    expect(fresh(await recommend('n=10&newItems=9'))).toEqual(all);
    expect(fresh(await recommend('n=10&newItems=9&genre=Drama'))).toEqual(['n3', 'n1']);
    expect(fresh(await recommend('n=10&newItems=9&minYear=2002&maxYear=2002'))).toEqual(['n2']);
    expect(fresh(await recommend('n=10&newItems=9&exclude=n3,x'))).toEqual(all.slice(1));
    expect(fresh(await post({ items: ['101', 'n2'], newItems: 9 }))).toEqual(['n3', 'n1', '160']);
    expect(fresh(await post({ items: ['101'], newItems: 9, only: ['102', 'n1'] }))).toEqual(['n1']);
    expect(fresh(await post({ items: ['101', untouched], newItems: 9 }))).toEqual(all.slice(0, 3));
    expect(fresh(await post({ userId: '1', items: ['n1'], newItems: 9 }))).toEqual([
      'n3',
      'n2',
      untouched,
    ]);
    expect(fresh(await recommend('n=2&newItems=9'))).toEqual(['n3', 'n2']);
    await request(app).get('/recommend/1?newItems=101').expect(400);
    await request(app).get('/recommend/1?newItems=-1').expect(400);
  });

  it('answers users whom only popularity knows, and explains nothing', async () => {
    const items = await recommend('n=4&newItems=1&explain=true', 'nobody');
    expect(items).toHaveLength(4);
    expect(items[2]).toMatchObject({ itemId: 'n3', isNew: true, because: [] });
  });

  it('follows feedback, availability and rules, in cached answers too', async () => {
    const query = 'n=10&newItems=9';
    expect(fresh(await recommend(query, '2'))).toEqual(['n3', 'n2', 'n1', untouched]);
    const event = { key: 'k', userId: '2', itemId: 'n2' };
    await request(app).post('/feedback').send(event).expect(201);
    expect(fresh(await recommend(query, '2'))).toEqual(['n3', 'n1', untouched]);
    expect(fresh(await recommend(`${query}&excludeSeen=false`, '2'))).toContain('n2');
    expect(fresh(await recommend(query))).toContain('n2');
    await request(app).delete('/feedback/k').expect(204);

    await request(app).patch('/items/n3').send({ available: false }).expect(200);
    expect(fresh(await recommend(query, '2'))).toEqual(['n2', 'n1', untouched]);
    await request(app).patch('/items/n3').send({ available: true, title: 'Back' }).expect(200);
    expect(fresh(await recommend(query, '2'))).toEqual(['n3', 'n2', 'n1', untouched]);
    expect((await recommend(query, '2')).find(({ itemId }) => itemId === 'n3')).toMatchObject({
      title: 'Back',
    });
    const hide = { kind: 'hide', genre: ['War'] };
    const { body: rule } = await request(app).post('/rules').send(hide).expect(201);
    expect(fresh(await recommend(query, '2'))).toEqual(['n1']);
    await request(app).delete(`/rules/${rule.id}`).expect(204);
    await request(app).delete('/items/n1').expect(204);
    expect(fresh(await recommend(query, '2'))).toEqual(['n3', 'n2', untouched]);
    await request(app).put('/items/n1').send({ title: 'Newest of all' }).expect(201);
    expect(fresh(await recommend(query, '2'))).toEqual(['n1', 'n3', 'n2', untouched]);
  });
});
