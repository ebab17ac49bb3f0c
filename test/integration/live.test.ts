/** Lists that are shown, events that name them, and what `GET /live` says of both. */

import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { ServingMetrics } from '../../src/api/metrics.js';
import { openStore } from '../../src/data/store/open.js';
import { homePlace } from '../../src/data/store/place.js';
import type { Store } from '../../src/data/store/store.js';
import { parseRecommendationId, runKey } from '../../src/serving/lists/recommendation-id.js';
import { ShownLists } from '../../src/serving/lists/shown-lists.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let store: Store;
let shown: ShownLists;
let app: ReturnType<typeof createApp>;
const metrics = new ServingMetrics();
beforeAll(async () => {
  served = await servedHome();
  store = await openStore(homePlace(served.home));
  shown = new ShownLists(store.lists);
  app = createApp({ ...served.dependencies, shown, metrics, cacheMb: 1 });
});
afterAll(async () => {
  await shown.close();
  await store.close();
  await served.close();
});

const get = async (path: string) => (await request(app).get(path).expect(200)).body;
const post = (event: object) =>
  request(app)
    .post('/feedback')
    .send({ userId: '1', itemId: 'i3', ...event });

describe('GET /live', () => {
  it('counts lists, cached ones too, and what users did with them', async () => {
    const run = served.runs['mult-vae'];
    const first = await get('/recommend/1?n=4');
    const cached = await get('/recommend/1?n=4');
    expect(cached.items).toEqual(first.items);
    await get('/recommend/nobody?n=2');
    await get('/recommend/1?n=4&shown=false');
    const posted = await request(app)
      .post('/recommend')
      .send({ items: [first.items[0].itemId], n: 3 })
      .expect(200);
    const id = parseRecommendationId(first.recommendationId)!;
    expect(id).toMatchObject({ arm: 'model', runKey: runKey(run) });
    expect(cached.recommendationId).not.toBe(first.recommendationId);

    await store.documents.write('settings', 'home', { events: { purchase: 1 } });
    const told = await post({
      key: '1',
      type: 'purchase',
      recommendationId: first.recommendationId.toUpperCase(),
      place: 2,
    });
    expect(told.body.events).toMatchObject([{ status: 'stored', counts: true }]);
    const click = { key: '2', type: 'click', recommendationId: posted.body.recommendationId };
    expect((await post(click)).body.events).toMatchObject([{ status: 'stored', counts: false }]);
    expect((await post({ ...click, place: 1 })).status).toBe(409);

    const live = await get('/live?days=1');
    expect(live.total).toMatchObject({ lists: 4, clicked: 2, converted: 1, empty: 0 });
    expect(live.total.popularity.value).toBe(0.25);
    expect(live.total.latencyMs.median).toBeGreaterThan(0);
    expect(live.byRun).toMatchObject([{ run, lists: 4, clicked: 2 }]);
    expect(live.byDay).toHaveLength(1);
    expect(
      live.byPlace.map(({ lists, clicked }: { lists: number; clicked: number }) => [
        lists,
        clicked,
      ]),
    ).toEqual([
      [4, 0],
      [4, 1],
      [3, 0],
      [2, 0],
    ]);
    expect(live.unknownLists).toBe(0);
    const text = await metrics.registry.metrics();
    expect(text).toContain(`multvae_lists_shown_total{run="${run}",source="model"} 3`);
  });

  it.each([
    [{ key: 'a', type: 'click', rating: 4 }, 'has one of the two, so leave the other out'],
    [{ key: 'a', place: 3 }, 'give its recommendationId, or leave place out'],
    [{ key: 'a', type: 'Click' }, 'type'],
    [{ key: 'a', recommendationId: 'x' }, 'recommendationId'],
    [{ key: 'a', recommendationId: '019ac8b5-2f4a-80d1-9c3e-51b04f9d2a77', place: 0 }, 'place'],
  ])('refuses %j', async (event, message) => {
    const { status, body } = await post(event);
    expect(status).toBe(400);
    expect(JSON.stringify(body)).toContain(message);
  });

  it('refuses days that are none', async () => {
    for (const days of ['0', '401', 'x']) {
      await request(app).get(`/live?days=${days}`).expect(400);
    }
  });
});
