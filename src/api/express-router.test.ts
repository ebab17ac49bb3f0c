/** The router in somebody's own Express application: mounting, activation, closing. */

import express, { type Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServedHome, servedHome } from '../../test/fixtures/served-home.js';
import { type OpenServing, openServing } from '../home/serving.js';
import { type ExpressRouterOptions, expressRouter } from './express-router.js';
import { AccessKeys } from './gate/access-keys.js';

let served: ServedHome;
const opened: OpenServing[] = [];

beforeAll(async () => {
  served = await servedHome();
});
afterAll(async () => {
  for (const serving of opened) await serving.close();
  await served.close();
});

/** An application with a page of its own, and the router under a path. */
async function shop(path: string, options: ExpressRouterOptions = {}): Promise<Express> {
  const home = {
    folder: served.home,
    serving: async (opening: Parameters<typeof openServing>[1]) => {
      const serving = await openServing(served.home, opening);
      opened.push(serving);
      return serving;
    },
  };
  const app = express();
  const own = { inThread: false, backend: 'cpu', logLevel: 'silent' } as const;
  app.use(path, await expressRouter(home, { ...own, ...options }));
  app.get('/cart', (_request, response) => {
    response.send('cart');
  });
  return app;
}

describe('expressRouter', () => {
  it('answers under the path where it is mounted, and leaves other paths alone', async () => {
    for (const path of ['/', '/recs', '/shops/:shop/recs']) {
      const app = await shop(path);
      const base = path === '/' ? '' : path.replace(':shop', 'paris');
      const { body } = await request(app).get(`${base}/recommend/7?n=3`).expect(200);
      expect(body.items).toHaveLength(3);
      const cart = await request(app).get('/cart').expect(200, 'cart');
      expect(cart.get('content-security-policy')).toBeUndefined();
      expect(cart.get('x-request-id')).toBeUndefined();
      await request(app)
        .get(`${base}/nothing-here`)
        .expect(404, /Cannot GET/);
    }
  });

  it('answers its errors as problems', async () => {
    const app = await shop('/recs');
    const metrics = await request(app).get('/recs/metrics').expect(200);
    expect(metrics.text).toMatch(/^multvae_lists_unstored 0$/m);
    const { body } = await request(app)
      .get('/recs/recommend/7?n=0')
      .expect(400)
      .expect('Content-Type', /^application\/problem\+json/);
    expect(body.code).toBe('E_ARGUMENT');
    await request(app).get('/recs/users/nobody').expect(404);
  });

  it('answers any Host header, since the application checks that', async () => {
    const app = await shop('/recs');
    await request(app).get('/recs/recommend/7').set('Host', 'shop.example').expect(200);
  });

  it('writes only when it is told to', async () => {
    const event = { key: 'router-1', userId: '7', itemId: '101' };
    const reading = await shop('/recs');
    await request(reading).post('/recs/feedback').send(event).expect(404);
    await request(reading).delete('/recs/users/7').expect(405);
    await request(reading).get('/recs/users/7').expect(200);
    const writing = await shop('/recs', { writes: true });
    await request(writing).post('/recs/feedback').send(event).expect(201);
  });

  it('takes a body that the application has parsed already', async () => {
    const app = express();
    app.use(express.json());
    app.use(await shop('/recs'));
    const body = { items: ['101', '103'], n: 2 };
    const answer = await request(app).post('/recs/recommend').send(body).expect(200);
    expect(answer.body.items).toHaveLength(2);
  });

  it('requires a key if keys are given', async () => {
    const keys = AccessKeys.parse('shop:read:read-key-of-16-characters');
    const app = await shop('/recs', { keys });
    await request(app).get('/recs/recommend/7').expect(401);
    const bearer = 'Bearer read-key-of-16-characters';
    await request(app).get('/recs/recommend/7').set('Authorization', bearer).expect(200);
  });

  it('follows which run is active', async () => {
    const app = await shop('/recs');
    const version = async () =>
      (await request(app).get('/recs/recommend/7').expect(200)).body.modelVersion;
    expect(await version()).toBe(served.runs['mult-vae']);
    served.store.activate(served.runs.popularity);
    await expect.poll(version).toBe(served.runs.popularity);
    served.store.activate(served.runs['mult-vae']);
  });

  it('answers 503 once the home is closed', async () => {
    const app = await shop('/recs');
    await request(app).get('/recs/recommend/7').expect(200);
    await opened.at(-1)!.close();
    const { body } = await request(app).get('/recs/recommend/7').expect(503);
    expect(body.code).toBe('E_UNAVAILABLE');
    await request(app).get('/cart').expect(200);
  });
});
