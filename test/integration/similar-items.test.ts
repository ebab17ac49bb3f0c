/** What is near an item, by every model: against computations from the stored weights and the clicks themselves. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express, { type Express } from 'express';
import request from 'supertest';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expressRouter } from '../../src/api/express-router.js';
import type { ItemId } from '../../src/data/ids.js';
import { UnsupportedError } from '../../src/errors.js';
import type { Home } from '../../src/home/home.js';
import { openHome } from '../../src/home/place/open-home.js';
import { itemSpaceOf } from '../../src/model/item-space.js';
import { RandomStream } from '../../src/random.js';
import type { StoredRun } from '../../src/runs/format.js';
import { RunStore } from '../../src/runs/store.js';

const itemCount = 24;
/** Clicks of each user: mostly items of one of three kinds, the first items of a kind more often. */
const histories = Array.from({ length: 90 }, (_, u) => {
  const random = new RandomStream(3, 'shop', u);
  const clicks = new Set<number>();
  while (clicks.size < 7) {
    const kind = random.float() < 0.85 ? u % 3 : random.integer(3);
    clicks.add(3 * Math.floor(8 * random.float() ** 1.5) + kind);
  }
  return [...clicks];
});

let folder: string;
let home: Home;
let app: Express;
const runs: Record<string, StoredRun> = {};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-similar-'));
  const ratings = join(folder, 'ratings.csv');
  const lines = histories.flatMap((items, u) => items.map((item) => `u${u},p${item}`));
  writeFileSync(ratings, `userId,movieId\n${lines.join('\n')}\n`);
  home = await openHome(join(folder, 'home'), { create: true });
  await home.import(ratings);
  const small = { model: 'mult-dae', epochs: 2, latentDim: 3, batchSize: 20 };
  const choices = {
    popularity: {},
    'item-knn': { neighbours: 4, shrinkage: 2 },
    ease: { lambda: 5 },
    ensemble: {
      members: [
        { weight: 0.6, config: { model: 'ease', lambda: 5 } },
        { weight: 0.3, config: { model: 'item-knn', neighbours: 4, shrinkage: 2 } },
        { weight: -0.2, config: small },
        { weight: 0.1, config: { model: 'popularity' } },
      ],
    },
  } as const;
  for (const [model, parameters] of Object.entries(choices)) {
    const options = { model, parameters, backend: 'cpu' } as Parameters<Home['train']>[0];
    const { runId } = await home.train(options);
    runs[model] = new RunStore(home.folder).load(runId);
  }
  app = express().use(await expressRouter(home, { inThread: false, backend: 'cpu' }));
});
afterAll(async () => {
  await home.close();
  rmSync(folder, { recursive: true });
});

/** The clicks of the training users by hand: everybody's but those of the held-out users. */
function trainingHistories({ split }: StoredRun): number[][] {
  const heldOut = new Set<string>([...split.validation.users, ...split.test.users]);
  return histories.filter((_, u) => !heldOut.has(`u${u}`));
}

type Matrix = number[][];

/** What each model says of two items, by external number, from its stored weights or the clicks. */
const golden: Record<string, (run: StoredRun) => Matrix> = {
  ease: (run) => squareOf(run, run.weights['items/kernel']!.data),
  'item-knn': (run) => neighboursOf(run, ''),
  popularity: (run) => {
    const rows = trainingHistories(run);
    const both = (a: number, b: number) =>
      rows.filter((row) => row.includes(a) && row.includes(b)).length;
    return matrix((a, b) => both(a, b) / Math.sqrt(both(a, a) * both(b, b) || 1));
  },
  ensemble: (run) => {
    const ease = squareOf(run, run.weights['member1/items/kernel']!.data);
    const knn = neighboursOf(run, 'member2/');
    const largest = (row: number[], own: number) =>
      Math.max(...row.map((value, other) => (other === own ? 0 : Math.abs(value))));
    return matrix(
      (a, b) =>
        (0.6 / 0.9) * (ease[a]![b]! / largest(ease[a]!, a)) +
        (0.3 / 0.9) * (knn[a]![b]! / largest(knn[a]!, a)),
    );
  },
};

function matrix(of: (a: number, b: number) => number): Matrix {
  const all = Array.from({ length: itemCount }, (_, item) => item);
  return all.map((a) => all.map((b) => of(a, b)));
}

const placeIn = ({ vocabulary }: StoredRun, item: number) =>
  vocabulary.items.indexOf(`p${item}` as ItemId);

function squareOf(run: StoredRun, data: ArrayLike<number>): Matrix {
  const size = run.vocabulary.items.length;
  return matrix((a, b) => data[placeIn(run, a) * size + placeIn(run, b)]!);
}

/** The larger of the two similarities that are kept between two items. */
function neighboursOf(run: StoredRun, prefix: string): Matrix {
  const of = (name: string) => [...run.weights[`${prefix}neighbours/${name}`]!.data];
  const offsets = of('offsets');
  const items = of('items');
  const similarities = of('similarities');
  const kept = (from: number, to: number) => {
    const own = items.slice(offsets[from], offsets[from + 1]);
    const place = own.indexOf(to);
    return place < 0 ? 0 : similarities[offsets[from]! + place]!;
  };
  return matrix((a, b) => {
    const from = placeIn(run, a);
    const to = placeIn(run, b);
    return Math.max(kept(from, to), kept(to, from));
  });
}

describe.each(Object.keys(golden))('%s', (model) => {
  it('places near an item what its own measure says, nearest first', async () => {
    const run = runs[model]!;
    const expected = golden[model]!(run);
    for (let item = 0; item < itemCount; item++) {
      const { items } = await home.similar(`p${item}`, { run: run.id, n: 100 });
      const near = items.map(({ itemId }) => Number(itemId.slice(1)));
      const scores = items.map(({ score }) => score);
      expect(near).not.toContain(item);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      expect(near.map((other) => expect.closeTo(expected[item]![other]!, 5))).toEqual(scores);
      // Those that are missing have nothing in common with it.
      const missing = expected[item]!.flatMap((value, other) =>
        other === item || near.includes(other) ? [] : [value],
      );
      expect(missing.every((value) => Math.abs(value) < 1e-6)).toBe(true);
      expect(items.map(({ rank }) => rank)).toEqual(items.map((_, place) => place + 1));
    }
    const { items: two } = await home.similar('p0', { run: run.id, n: 2 });
    expect(two.every(({ itemId }) => Number(itemId.slice(1)) % 3 === 0)).toBe(true);
  });

  it('has a map, and varies a list', async () => {
    const { id } = runs[model]!;
    const map = (await request(app).get(`/models/${id}/map`).expect(200)).body;
    expect(map.items).toHaveLength(itemCount);
    const places = new Set(map.items.map(({ x, y }: { x: number; y: number }) => `${x} ${y}`));
    expect(places.size).toBeGreaterThan(itemCount - 5);
    expect(map.items.every(({ x, y }: { x: number; y: number }) => Number.isFinite(x + y))).toBe(
      true,
    );
    const listOf = async (diversity: number) =>
      (await home.recommendTo(['p0', 'p3'], { run: id, n: 12, diversity })).items.map(
        ({ itemId }) => Number(itemId.slice(1)),
      );
    const kinds = (list: readonly number[]) => new Set(list.map((item) => item % 3)).size;
    const plain = await listOf(0);
    const varied = await listOf(1);
    expect(varied[0]).toBe(plain[0]);
    expect(varied).not.toEqual(plain);
    expect(kinds(varied.slice(0, 3))).toBe(3);
  });

  it('brings items of a kind together in its space', async () => {
    const serving = await home.serving();
    await serving.models.withModel(runs[model]!.id, async ({ run, recommender }) => {
      const space = await itemSpaceOf(recommender);
      const cosines = matrix(
        (a, b) => space.cosines(placeIn(runs[model]!, a))[placeIn(runs[model]!, b)]!,
      );
      const mean = (same: boolean) => {
        const values = cosines.flatMap((row, a) =>
          row.filter((_, b) => a !== b && (a % 3 === b % 3) === same),
        );
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      expect(run.id).toBe(runs[model]!.id);
      expect(mean(true)).toBeGreaterThan(mean(false) + 0.3);
    });
  });
});

describe('a model in a thread of its own', () => {
  it('says the same of items', async () => {
    const threads = await openHome(home.folder);
    const { models } = await threads.serving({ inThread: true, backend: 'cpu' });
    for (const { id } of [runs.ensemble!, runs.popularity!]) {
      const asked = { run: id, n: 20 };
      const { items } = await threads.similar('p4', asked);
      expect(items).toEqual((await home.similar('p4', asked)).items);
      await models.withModel(id, async ({ recommender }) => {
        expect((await itemSpaceOf(recommender)).items).toBe(itemCount);
      });
    }
    await threads.close();
  });
});

describe('a popularity of other data than the home holds', () => {
  it('says that its clicks are not there, and how to get them', async () => {
    const other = join(folder, 'other.csv');
    writeFileSync(
      other,
      `userId,movieId\n${Array.from({ length: 20 }, (_, k) => `x${k},p1`).join('\n')}\n`,
    );
    const popular = runs.popularity!.id;
    const copy = await openHome(home.folder);
    try {
      await copy.import(other, { replace: true });
      const asked = copy.similar('p1', { run: popular });
      await expect(asked).rejects.toThrow(UnsupportedError);
      await expect(asked).rejects.toThrow(
        /popularity compares items by who clicked them, and run popularity-\S+ was trained on ratings.* the home holds other data now.*Train a run of the present data/,
      );
      await copy.similar('p1', { run: runs.ease!.id });
    } finally {
      await copy.close();
    }
  });
});
