/** Switching models under load. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/api/app.js';
import { RunError } from '../../src/errors.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;

beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

type Body = { modelVersion: string; items: { itemId: string; score: number }[] };

describe('swaps under load', () => {
  it('neither mix nor fail replies, although a tenth of the activated runs is damaged', async () => {
    const { models, runs, store, home, dependencies } = served;
    const app = createApp({ ...dependencies, cacheMb: 1 });
    const users = Array.from({ length: 12 }, (_, k) => String(k + 1));
    const path = (user: string) => `/recommend/${user}?n=20`;
    const expected = new Map<string, string>();
    for (const run of Object.values(runs)) {
      for (const user of users) {
        const { body } = await request(app)
          .get(`${path(user)}&run=${run}`)
          .expect(200);
        expected.set(`${run} ${user}`, JSON.stringify((body as Body).items));
      }
    }
    const damaged = store.newRunId('mult-dae');
    const { id, ...contents } = store.load(runs['mult-dae']);
    store.publish(damaged, contents);
    const weights = join(home, 'runs', damaged, 'weights.safetensors');
    writeFileSync(weights, readFileSync(weights).subarray(4));
    let isOver = false;
    /** Which runs have answered since the last swap. */
    const versions = new Set<string>();
    const client = async (first: number) => {
      for (let k = first; !isOver; k++) {
        const user = users[k % users.length]!;
        const { body, status } = await request(app).get(path(user));
        expect(status).toBe(200);
        const { modelVersion, items } = body as Body;
        expect(JSON.stringify(items)).toBe(expected.get(`${modelVersion} ${user}`));
        versions.add(modelVersion);
      }
    };
    const clients = [0, 3, 6, 9].map(client);
    const order = [runs.popularity, runs['mult-vae'], runs['mult-dae']];
    for (let swap = 0; swap < 30; swap++) {
      const before = models.active()!.run.id;
      if (swap % 10 === 8) {
        await expect(models.activate(damaged)).rejects.toThrow(RunError);
        expect([models.active()!.run.id, store.active()]).toEqual([before, before]);
      } else {
        const run = order[swap % 3]!;
        await models.activate(run);
        expect(models.active()!.run.id).toBe(run);
      }
      // Every model gets its turn to answer.
      versions.clear();
      await expect.poll(() => versions, { interval: 1 }).toContain(models.active()!.run.id);
    }
    isOver = true;
    await Promise.all(clients);
  });
});
