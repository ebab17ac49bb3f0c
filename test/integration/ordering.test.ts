/** The order of a list where a request asks for another one than the model's. */

import fc from 'fast-check';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recommendCommand } from '../../src/cli/commands/recommend.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { homePlace } from '../../src/data/store/place.js';
import { Home } from '../../src/home/home.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
beforeAll(async () => {
  served = await servedHome();
});
afterAll(() => served.close());

interface Ranked {
  readonly itemId: string;
  readonly rank: number;
  readonly score: number;
  readonly genres: readonly string[];
  readonly because?: readonly { itemId: string; contribution: number }[];
}

async function get(user: string, query: Record<string, unknown> = {}): Promise<Ranked[]> {
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  );
  const response = await request(served.app).get(`/recommend/${user}?${search}`);
  expect(response.status, JSON.stringify(response.body)).toBe(200);
  return response.body.items;
}

const ids = (items: readonly Ranked[]) => items.map(({ itemId }) => itemId);

/** The training clicks of an item. */
function clicksOf(itemId: string): number {
  const { items, trainClicks } = served.models.active()!.run.vocabulary;
  return trainClicks[items.indexOf(itemId as never)]!;
}

const meanClicks = (items: readonly Ranked[]) =>
  items.reduce((sum, { itemId }) => sum + clicksOf(itemId), 0) / items.length;

/** The documented formula over all items, by a full sort. */
async function byFormula(user: string, novelty: number): Promise<{ id: string; score: number }[]> {
  const { run, recommender } = served.models.active()!;
  const { items, trainClicks } = run.vocabulary;
  const rated = served.database.userRatings(user) ?? [];
  const clicked = rated.filter(({ rating }) => rating! > 3.5);
  const row = clicked.map(({ itemId }) => items.indexOf(itemId));
  const scores =
    row.length === 0
      ? Float32Array.from(trainClicks)
      : await recommender.score(ClickMatrix.fromRows(items.length, [row]));
  const logs = Array.from(trainClicks, (clicks) => Math.log(1 + clicks));
  const known = (Math.max(...logs) - Math.min(...logs)) as number;
  const range = Math.max(...scores) - Math.min(...scores);
  const moved = logs.map(
    (log, item) => scores[item]! - 2 * novelty * range * ((log - Math.min(...logs)) / known),
  );
  const seen = new Set(rated.map(({ itemId }) => itemId));
  return [...moved.keys()]
    .sort((a, b) => (Math.abs(moved[b]! - moved[a]!) > 1e-9 ? moved[b]! - moved[a]! : a - b))
    .map((item) => ({ id: items[item]! as string, score: scores[item]! }))
    .filter(({ id }) => !seen.has(id as never));
}

describe('novelty', () => {
  const user = fc.constantFrom('1', '17', 'nobody');

  it('orders by the documented formula over all items, and shows the score of the model', async () => {
    const novelty = fc.constantFrom(0, 0.05, 0.25, 0.5, 1);
    await fc.assert(
      fc.asyncProperty(user, novelty, async (user, novelty) => {
        const expected = await byFormula(user, novelty);
        const list = await get(user, { n: 1000, novelty });
        expect(ids(list)).toEqual(expected.map(({ id }) => id));
        expect(list.map(({ score }) => score)).toEqual(expected.map(({ score }) => score));
      }),
      { numRuns: 15 },
    );
  });

  it('is the plain order at 0, and favours the long tail more and more, with every model', async () => {
    for (const run of Object.values(served.runs)) {
      for (const user of ['1', 'nobody']) {
        expect(await get(user, { run, novelty: 0 })).toEqual(await get(user, { run }));
        const lists = await Promise.all(
          [0, 0.2, 0.5, 1].map((novelty) => get(user, { run, novelty, n: 8 })),
        );
        const means = lists.map(meanClicks);
        expect(means).toEqual(means.toSorted((a, b) => b - a));
        expect(means.at(-1)).toBeLessThan(means[0]!);
        const all = await get(user, { run, n: 1000 });
        const least = all.map(({ itemId }) => clicksOf(itemId)).toSorted((a, b) => a - b);
        const tail = least.slice(0, 20).reduce((sum, clicks) => sum + clicks, 0) / 20;
        expect(means.at(-1)).toBeLessThanOrEqual(tail);
      }
    }
  });

  it('filters exactly, pages without repeating, and goes with diversity and exploration', async () => {
    const options = fc.record({
      user,
      novelty: fc.constantFrom(0.1, 0.6, 1),
      diversity: fc.constantFrom(0, 0.5),
      explore: fc.constantFrom(0, 0.7),
      size: fc.integer({ min: 3, max: 25 }),
    });
    await fc.assert(
      fc.asyncProperty(options, async ({ user, size, ...base }) => {
        const all = await get(user, { ...base, n: 1000 });
        const pages: Ranked[] = [];
        for (let offset = 0; offset <= all.length; offset += size) {
          pages.push(...(await get(user, { ...base, n: size, offset })));
        }
        expect(pages).toEqual(all);
        expect(new Set(ids(all)).size).toBe(all.length);
        const plain = { ...base, diversity: 0 };
        const drama = await get(user, { ...plain, n: 1000, genre: 'Drama' });
        const every = await get(user, { ...plain, n: 1000 });
        expect(ids(drama)).toEqual(ids(every.filter(({ genres }) => genres.includes('Drama'))));
      }),
      { numRuns: 12 },
    );
  });

  it('begins a varied list with its own first item', async () => {
    const [first] = await get('1', { novelty: 0.7 });
    const varied = await get('1', { novelty: 0.7, diversity: 0.9, n: 5 });
    expect(varied[0]).toEqual(first);
    expect(ids(varied)).not.toEqual(ids(await get('1', { diversity: 0.9, n: 5 })));
  });

  it('leaves the reasons to the score of the model', async () => {
    const plain = await get('1', { n: 1000, explain: true });
    for (const { itemId, score, because } of await get('1', { novelty: 0.8, explain: true })) {
      const same = plain.find((item) => item.itemId === itemId)!;
      expect({ score, because }).toEqual({ score: same.score, because: same.because });
    }
  });

  it('is in POST, the library and the command line', async () => {
    const expected = ids(await get('17', { novelty: 0.4 }));
    const posted = await request(served.app)
      .post('/recommend')
      .send({ userId: '17', novelty: 0.4 })
      .expect(200);
    expect(ids(posted.body.items)).toEqual(expected);
    const home = new Home(homePlace(served.home));
    try {
      const { items } = await home.recommend('17', { novelty: 0.4 });
      expect(items.map(({ itemId }) => itemId)).toEqual(expected);
    } finally {
      await home.close();
    }
    const words = ['17', '--novelty', '0.4', '--json', '--backend', 'cpu', '--home', served.home];
    const { out } = await runCommand(recommendCommand(), words);
    expect(ids(JSON.parse(out).items)).toEqual(expected);
  });

  it('refuses what is no part', async () => {
    for (const value of ['1.5', '-0.1', 'x', '']) {
      const { body } = await request(served.app).get(`/recommend/1?novelty=${value}`).expect(400);
      expect(body.detail).toBe(`novelty is "${value}"; give a number from 0 to 1`);
    }
    const words = ['1', '--novelty', '2', '--home', served.home];
    await expect(runCommand(recommendCommand(), words)).rejects.toThrow(/--novelty is "2"; give a/);
  });
});
