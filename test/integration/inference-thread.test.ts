/** Models that compute in a thread of their own. */

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/backend/select.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { homePlace } from '../../src/data/store/place.js';
import { ArgumentError, ShapeError, UnavailableError, UnknownRunError } from '../../src/errors.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { type Inference, openInference, startWorker } from '../../src/model/inference/thread.js';
import {
  hasItemVectors,
  isGenerative,
  isLatent,
  type Recommender,
} from '../../src/model/recommender.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';
import { native, whySkipped } from '../native/support.js';

let served: ServedHome;
let inference: Inference;
/** The same model, in this thread. */
let own: Recommender;
const workers: Worker[] = [];
const crashes: string[] = [];
let batches: number[] = [];

beforeAll(async () => {
  served = await servedHome();
  const run = served.runs['mult-vae'];
  inference = await openInference(
    { place: homePlace(served.home), run, backend: 'cpu', precision: 'f32' },
    {
      onBatch: (rows) => batches.push(rows),
      onCrash: ({ message }) => crashes.push(message),
      start: (source) => {
        const worker = startWorker(source);
        workers.push(worker);
        return worker;
      },
    },
  );
  own = await loadRecommender(served.store.load(run), () => openEngine('cpu'), {
    precision: 'f32',
  });
});
afterAll(async () => {
  inference.recommender.dispose();
  own.dispose();
  await served.close();
});

const row = (...items: number[]) => ClickMatrix.fromRows(own.itemCount, [items]);

describe('openInference', () => {
  it('ends a thread that is still opening its run when it is given up', async () => {
    const run = served.runs['mult-vae'];
    const controller = new AbortController();
    const started: Worker[] = [];
    const opening = openInference(
      { place: homePlace(served.home), run, backend: 'cpu', precision: 'f32' },
      {
        signal: controller.signal,
        start: (source) => {
          started.push(startWorker(source));
          return started[0]!;
        },
      },
    );
    const ended = once(started[0]!, 'exit');
    controller.abort(new UnavailableError('the server is stopping'));
    await expect(opening).rejects.toThrow('the server is stopping');
    await ended;
    expect(started).toHaveLength(1);
  });

  it('says which limit of the system stops the thread', async () => {
    const opening = openInference(
      {
        place: homePlace(served.home),
        run: served.runs['mult-vae'],
        backend: 'cpu',
        precision: 'f32',
      },
      {
        start: () => {
          throw Object.assign(new Error('EAGAIN'), { code: 'ERR_WORKER_INIT_FAILED' });
        },
      },
    );
    await expect(opening).rejects.toThrow(/thread that computes .* cannot be started.*ulimit -u/);
  });

  it('has the run and gives the results of the model itself', async () => {
    const { recommender, run } = inference;
    const { weights, ...stored } = served.store.load(served.runs['mult-vae']);
    expect(run).toEqual(stored);
    expect(run.split.test.foldIn).toBeInstanceOf(ClickMatrix);
    expect([recommender.model, recommender.itemCount]).toEqual(['mult-vae', own.itemCount]);
    if (!isLatent(recommender) || !isGenerative(recommender))
      throw new Error('methods are missing');
    if (!isLatent(own) || !isGenerative(own)) throw new Error('methods are missing');
    const several = stored.split.test.foldIn;
    expect(await recommender.score(several)).toEqual(await own.score(several));
    expect(await recommender.topN(several, 5, several)).toEqual(
      await own.topN(several, 5, several),
    );
    expect(await recommender.encode(row(1, 2))).toEqual(await own.encode(row(1, 2)));
    expect(await recommender.elbo(row(1, 2), 3)).toEqual(await own.elbo(row(1, 2), 3));
    expect(await recommender.sample([2, 3], 1)).toEqual(await own.sample([2, 3], 1));
    // A view of some rows of a larger matrix.
    const part = several.slice(1, 2);
    expect(await recommender.score(part)).toEqual(await own.score(part));
  });

  it('transfers its item vectors, any number of times', async () => {
    const { recommender } = inference;
    if (!hasItemVectors(recommender) || !hasItemVectors(own)) throw new Error('it has none');
    const expected = await own.itemVectors();
    for (let k = 0; k < 2; k++) expect(await recommender.itemVectors()).toEqual(expected);
    expect(await recommender.topN(row(2), 4, row(2))).toEqual(await own.topN(row(2), 4, row(2)));
  });

  it('ranks simultaneous requests in one batch, each as if it were alone', async () => {
    batches = [];
    const { recommender } = inference;
    const asked = Array.from({ length: 20 }, (_, k) => ({ clicks: row(k, k + 1), n: 1 + k }));
    const answers = await Promise.all(
      asked.map(({ clicks, n }) => recommender.topN(clicks, n, clicks)),
    );
    for (const [k, { clicks, n }] of asked.entries()) {
      expect(answers[k]).toEqual(await own.topN(clicks, n, clicks));
    }
    expect(batches.reduce((sum, rows) => sum + rows, 0)).toBe(20);
    expect(batches.length).toBeLessThan(20);
  });

  it.skipIf(whySkipped !== '')(
    `takes every core for a lone request, and leaves one where several wait ${whySkipped}`,
    async () => {
      const cores = availableParallelism();
      const source = {
        place: homePlace(served.home),
        run: served.runs['mult-vae'],
        precision: 'f32',
      } as const;
      const ask = ({ recommender }: Inference, count: number) =>
        Promise.all(Array.from({ length: count }, (_, k) => recommender.topN(row(k), 3, row(k))));
      // The number of threads is shared by the whole process.
      const threads = () => native.info().threads;
      const free = await openInference({ ...source, backend: 'native' });
      const alone = await ask(free, 1);
      expect(threads()).toBe(cores);
      const several = await ask(free, 20);
      expect(threads()).toBe(Math.max(1, cores - 1));
      expect(several[0]).toEqual(alone[0]);
      await ask(free, 1);
      expect(threads()).toBe(cores);
      await free.recommender.score(row(1));
      expect(threads()).toBe(Math.max(1, cores - 1));
      free.recommender.dispose();
      const told = await openInference({ ...source, backend: 'native', threads: cores + 3 });
      expect(await ask(told, 1)).toEqual(alone);
      expect(threads()).toBe(cores + 3);
      expect(await ask(told, 20)).toEqual(several);
      expect(threads()).toBe(cores + 3);
      told.recommender.dispose();
    },
  );

  it('rejects only the wrong call, with an error of the right class', async () => {
    const { recommender } = inference;
    const good = recommender.topN(row(1), 3, row(1));
    const foreign = ClickMatrix.fromRows(2, [[0]]);
    await expect(recommender.topN(foreign, 3, foreign)).rejects.toThrow(ShapeError);
    await expect(recommender.topN(row(1), 0, row(1))).rejects.toThrow(ShapeError);
    if (isGenerative(recommender)) {
      await expect(recommender.sample([-1], 1)).rejects.toThrow(ArgumentError);
    }
    expect((await good).items).toHaveLength(3);
  });

  it('continues in another thread when its own ends', async () => {
    const { recommender } = inference;
    const before = await recommender.topN(row(3), 5, row(3));
    // From here on it computes nothing, but has not reported it yet. Calls sent earlier could still be answered.
    const ended = workers[0]!.terminate();
    const refused = [recommender.score(row(3)), recommender.topN(row(3), 5, row(3))];
    for (const outcome of await Promise.allSettled(refused)) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: expect.any(UnavailableError) });
    }
    await ended;
    expect(crashes).toHaveLength(1);
    expect(await recommender.topN(row(3), 5, row(3))).toEqual(before);
    expect(workers).toHaveLength(2);
  });

  it('gives the reason when it cannot be opened', async () => {
    const source = { place: homePlace(served.home), run: 'no-run', precision: 'f32' } as const;
    await expect(openInference(source)).rejects.toThrow(UnknownRunError);
    const run = served.runs['mult-vae'];
    await expect(
      openInference({ ...source, run, backend: 'cpu', precision: 'int8' }),
    ).rejects.toThrow(/precision int8 cannot be had here: the backend cpu has none; native has it/);
  });
});
