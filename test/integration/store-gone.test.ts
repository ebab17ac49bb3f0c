/** A server whose store cannot be reached: what it still answers, and what it says of the rest. */

import type { Express } from 'express';
import request from 'supertest';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import type { Store } from '../../src/data/store/store.js';
import { StorageError } from '../../src/errors.js';
import { RuleKeeper } from '../../src/serving/rules/rule-keeper.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let app: Express;
/** What becomes of the store: its calls fail, or never end. */
let state: 'there' | 'gone' | 'silent' = 'there';

beforeAll(async () => {
  served = await servedHome();
  const store = breakable(served.dependencies.store as Store);
  app = createApp({
    ...served.dependencies,
    store,
    feedback: store.feedback,
    items: store.items,
    rules: new RuleKeeper(store, store.ruleWriter),
    cacheMb: 8,
  });
});
afterEach(() => {
  state = 'there';
});
afterAll(() => served.close());

/** A store, or a part of one, that `state` rules. */
function breakable<T extends object>(part: T): T {
  return new Proxy(part, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value === 'object' && value !== null) return breakable(value);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        if (name === 'version' && state !== 'there') return null;
        if (state === 'silent') return new Promise(() => undefined);
        if (state === 'gone') {
          return Promise.reject(new StorageError('gone', 'postgres://host/shop cannot be reached'));
        }
        return value.apply(target, args);
      };
    },
  });
}

const basket = (body: object = { items: ['110', '112'] }) =>
  request(app).post('/recommend').send(body);
const shown = ({ body }: { body: { items: readonly { itemId: string }[] } }) =>
  body.items.map(({ itemId }) => itemId);

describe('while the store is gone', () => {
  it('answers baskets as before, by the last known catalogue and rules', async () => {
    const hide = { kind: 'hide', items: ['120'] };
    const { body: rule } = await request(app).post('/rules').send(hide).expect(201);
    const filtered = { items: ['110', '112'], genre: ['War'], newItems: 1, n: 5 };
    const before = [await basket().expect(200), await basket(filtered).expect(200)];
    expect(shown(before[0]!)).not.toContain('120');
    for (const next of ['gone', 'silent'] as const) {
      state = next;
      const after = [await basket().expect(200), await basket(filtered).expect(200)];
      expect(after.map(shown)).toEqual(before.map(shown));
      expect(after[0]!.body.items).toEqual(before[0]!.body.items);
    }
    state = 'there';
    await request(app).delete(`/rules/${rule.id}`).expect(204);
  });

  it('answers 503 with Retry-After where it needs the store, also what it has in its cache', async () => {
    await request(app).get('/recommend/7').expect(200);
    await request(app).get('/recommend/7').expect(200);
    state = 'gone';
    const event = { key: 'k', userId: '7', itemId: '110' };
    for (const asked of [
      request(app).get('/recommend/7'),
      basket({ userId: '7', items: ['110'] }),
      request(app).get('/users/7'),
      request(app).get('/users?query=7'),
      request(app).get('/items?query=film'),
      request(app).get('/items/110'),
      request(app).get('/similar/110'),
      request(app).get('/genres'),
      request(app).get('/rules'),
      request(app).get('/models'),
      request(app).post('/feedback').send(event),
      request(app).put('/items/new').send({ title: 'New' }),
      request(app).delete('/users/7'),
    ]) {
      const response = await asked;
      expect([response.status, response.headers['retry-after']]).toEqual([503, '2']);
      expect(response.body).toMatchObject({
        code: 'E_HOME',
        detail: 'the store cannot be reached',
      });
    }
  });

  it('says so where it is asked whether it is ready, and lives', async () => {
    state = 'gone';
    const { body } = await request(app).get('/health/ready').expect(503).expect('Retry-After', '2');
    expect(body.detail).toBe('the store cannot be reached');
    await request(app).get('/health/live').expect(200);
  });

  it('goes on by itself once the store is back, and shows what changed meanwhile', async () => {
    const before = shown(await basket().expect(200));
    state = 'gone';
    await basket().expect(200);
    await served.dependencies.items!.put(before[0]!, { title: 'Sold out', available: false });
    expect(shown(await basket().expect(200))).toEqual(before);
    state = 'there';
    await request(app).get('/health/ready').expect(200);
    await request(app).get('/recommend/7').expect(200);
    await expect.poll(async () => shown(await basket().expect(200))).not.toContain(before[0]);
  });
});
