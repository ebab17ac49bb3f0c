/** The thread that answers requests, with computing threads that only the test speaks for. */
import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ShapeError, UnavailableError, UnknownRunError } from '../../errors.js';
import type { Opened, Report } from './protocol.js';
import { type InferenceWatch, openInference } from './thread.js';

interface Asked {
  readonly rankings?: {
    ids: number[];
    ns: number[];
    rows: { offsets: Int32Array; items: Int32Array };
    mask: { offsets: Int32Array; items: Int32Array };
  };
  readonly call?: { id: number; method: string; args: unknown[] };
}

class Thread extends EventEmitter {
  readonly asked: Asked[] = [];
  isEnded = false;

  postMessage(question: Asked): void {
    this.asked.push(question);
  }

  terminate(): void {
    this.isEnded = true;
  }

  tell(report: Report): void {
    this.emit('message', report);
  }
}

const opened: Opened = {
  run: { id: 'a', split: { columns: 3, offsets: Int32Array.of(0, 1), items: Int32Array.of(2) } },
  model: 'mult-vae',
  itemCount: 3,
  methods: ['encode'],
  remarks: ['first', 'second'],
};
const refused = { name: 'UnknownRunError', message: 'there is no run a', stack: undefined };

/** @param first - what each thread says at once; the last one holds for further threads */
function threads(...first: Report[]) {
  const started: Thread[] = [];
  const start = () => {
    const thread = new Thread();
    const report = first[Math.min(started.length, first.length - 1)];
    started.push(thread);
    if (report !== undefined) queueMicrotask(() => thread.tell(report));
    return thread as unknown as Worker;
  };
  return { started, start };
}

async function open(watch: InferenceWatch = {}, ...first: Report[]) {
  const { started, start } = threads(...(first.length === 0 ? [{ opened }] : first));
  const inference = await openInference(source, { ...watch, start });
  return { ...inference, started };
}

const source = { place: { folder: 'none', store: null }, run: 'a', precision: 'f32' } as const;
const row = (...items: number[]) => ClickMatrix.fromRows(3, [items]);
const turn = () => new Promise(setImmediate);

afterEach(() => {
  vi.useRealTimers();
});

describe('an inference thread', () => {
  it('gives the run, the methods of the model, and what the backend remarked', async () => {
    const remarks: string[] = [];
    const { run, recommender } = await open({ onRemark: (text) => remarks.push(text) });
    expect(remarks).toEqual(['first', 'second']);
    expect(run).toMatchObject({ id: 'a', split: { columns: 3 } });
    expect((run as unknown as { split: unknown }).split).toBeInstanceOf(ClickMatrix);
    expect([recommender.model, recommender.itemCount]).toEqual(['mult-vae', 3]);
    expect(['encode' in recommender, 'decode' in recommender]).toEqual([true, false]);
  });

  it('sends the rankings of a turn together, and cuts each answer to its length', async () => {
    const batches: number[][] = [];
    const { recommender, started } = await open({
      onBatch: (rows, durationMs) => batches.push([rows, durationMs]),
    });
    const lists = [
      recommender.topN(row(0), 1, row(1)),
      recommender.topN(row(), 2, row()),
      recommender.topN(row(1, 2), 2, row(0)),
    ];
    expect(started[0]!.asked).toEqual([]);
    await turn();
    expect(started[0]!.asked).toEqual([
      {
        rankings: {
          ids: [1, 2, 3],
          ns: [1, 2, 2],
          rows: { columns: 3, offsets: Int32Array.of(0, 1, 1, 3), items: Int32Array.of(0, 1, 2) },
          mask: { columns: 3, offsets: Int32Array.of(0, 1, 1, 2), items: Int32Array.of(1, 0) },
        },
      },
    ]);
    const best = {
      rows: 3,
      n: 2,
      items: Int32Array.of(2, 0, 1, 2, 0, 1),
      scores: Float32Array.of(9, 8, 7, 6, 5, 4),
    };
    started[0]!.tell({ ranked: { ids: [1, 2, 3], best, durationMs: 12 } });
    expect(await Promise.all(lists)).toEqual([
      { rows: 1, n: 1, items: Int32Array.of(2), scores: Float32Array.of(9) },
      { rows: 1, n: 2, items: Int32Array.of(1, 2), scores: Float32Array.of(7, 6) },
      { rows: 1, n: 2, items: Int32Array.of(0, 1), scores: Float32Array.of(5, 4) },
    ]);
    expect(batches).toEqual([[3, 12]]);
    void recommender.topN(row(0), 1, row(1)).catch(() => undefined);
    await turn();
    expect(started[0]!.asked[1]!.rankings!.ids).toEqual([4]);
    recommender.dispose();
  });

  it('sends eight rankings of a long turn before it ends', async () => {
    const { recommender, started } = await open();
    const lists = Array.from({ length: 9 }, () => recommender.topN(row(0), 1, row()));
    const refusals = Promise.allSettled(lists);
    expect(started[0]!.asked.map(({ rankings }) => rankings!.ids)).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
    await turn();
    expect(started[0]!.asked.map(({ rankings }) => rankings!.ids.length)).toEqual([8, 1]);
    recommender.dispose();
    await refusals;
  });

  it.each([
    ['rows', ClickMatrix.fromRows(3, [[0], [1]]), row()],
    ['rows of the mask', row(), ClickMatrix.fromRows(3, [[0], [1]])],
  ])('sends several %s as a call of their own', async (_, rows, mask) => {
    const { recommender, started } = await open();
    const refusal = expect(recommender.topN(rows, 2, mask)).rejects.toThrow(UnavailableError);
    await turn();
    expect(started[0]!.asked).toMatchObject([
      { call: { id: 1, method: 'topN', args: [{ columns: 3 }, 2, { columns: 3 }] } },
    ]);
    recommender.dispose();
    await refusal;
  });

  it('sends calls with their arguments, and revives values and errors', async () => {
    const { recommender, started } = await open();
    const model = recommender as typeof recommender & {
      encode(...args: unknown[]): Promise<unknown>;
    };
    // A row of a larger matrix is copied alone.
    const part = ClickMatrix.fromRows(3, [[0], [1, 2], [0, 1]]).slice(1, 2);
    const calls = [model.encode(part, 7, null, 'x', [1]), model.score(row(1))];
    await turn();
    expect(started[0]!.asked).toEqual([
      {
        call: {
          id: 1,
          method: 'encode',
          args: [
            { columns: 3, offsets: Int32Array.of(0, 2), items: Int32Array.of(1, 2) },
            7,
            null,
            'x',
            [1],
          ],
        },
      },
      { call: expect.objectContaining({ id: 2, method: 'score' }) },
    ]);
    started[0]!.tell({ error: { name: 'ShapeError', message: 'odd', stack: 'here' }, ids: [2] });
    started[0]!.tell({
      id: 1,
      value: { rows: { columns: 2, offsets: Int32Array.of(0), items: new Int32Array() } },
    });
    expect(await calls[0]).toEqual({ rows: ClickMatrix.fromRows(2, []) });
    await expect(calls[1]).rejects.toThrow(new ShapeError('odd'));
    await expect(calls[1]).rejects.toMatchObject({ stack: 'here' });
    await expect(model.score(ClickMatrix.fromRows(2, [[0]]))).rejects.toThrow(ShapeError);
    await expect(model.topN(row(), 1, ClickMatrix.fromRows(2, [[0]]))).rejects.toThrow(ShapeError);
    for (const n of [0, 1.5, -1]) {
      await expect(model.topN(row(), n, row())).rejects.toThrow(`n is ${n}`);
    }
    expect(started[0]!.asked).toHaveLength(2);
  });

  it('refuses everything once it is closed', async () => {
    const { recommender, started } = await open();
    const waiting = expect(recommender.score(row())).rejects.toThrow('the model has been closed');
    const queued = expect(recommender.topN(row(), 1, row())).rejects.toThrow('has been closed');
    recommender.dispose();
    await waiting;
    await queued;
    await turn();
    expect(started[0]!.asked).toHaveLength(1);
    expect(started[0]!.isEnded).toBe(true);
    await expect(recommender.score(row())).rejects.toThrow('the model has been closed');
    started[0]!.emit('exit', 1);
    expect(started).toHaveLength(1);
  });

  it('is given up while it opens', async () => {
    const { started, start } = threads();
    const controller = new AbortController();
    const opening = openInference(source, { start, signal: controller.signal });
    const refusal = expect(opening).rejects.toThrow('stopping');
    controller.abort(new UnavailableError('stopping'));
    expect(started[0]!.isEnded).toBe(true);
    started[0]!.emit('exit', 1);
    await refusal;
    await expect(openInference(source, { start, signal: controller.signal })).rejects.toThrow(
      'stopping',
    );
    expect(started).toHaveLength(1);
  });

  it('ends a thread that has opened its run just after it was closed', async () => {
    const { started, start } = threads();
    const controller = new AbortController();
    const opening = openInference(source, { start, signal: controller.signal });
    controller.abort(new UnavailableError('stopping'));
    started[0]!.isEnded = false;
    started[0]!.tell({ opened });
    await opening.catch(() => undefined);
    expect(started[0]!.isEnded).toBe(true);
  });

  it('gives the reason when a run is refused, and when its thread ends first', async () => {
    await expect(open({}, { refused })).rejects.toThrow(UnknownRunError);
    const { started, start } = threads();
    const opening = openInference(source, { start });
    started[0]!.emit('exit', 7);
    await expect(opening).rejects.toThrow('the inference thread ended with 7');
  });

  it('opens the run again after a crash, once a second at most', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const crashes: string[] = [];
    const { recommender, started } = await open(
      { onCrash: ({ message }) => crashes.push(message) },
      { opened },
      { refused },
      { refused },
      { opened },
    );
    const lost = expect(recommender.score(row())).rejects.toThrow('has failed and is restarting');
    await Promise.resolve();
    started[0]!.emit('error', new Error('out of memory'));
    await lost;
    started[0]!.emit('exit', 1);
    expect(crashes).toEqual(['out of memory']);
    await turn();
    expect(started).toHaveLength(2);
    const failure = await recommender.score(row()).catch((error: Error) => error);
    expect(failure).toBeInstanceOf(UnavailableError);
    expect(failure).toMatchObject({ cause: { message: 'it has just failed to open' } });
    expect(started).toHaveLength(2);
    vi.advanceTimersByTime(999);
    await expect(recommender.topN(row(), 1, row())).rejects.toThrow('cannot be restarted');
    expect(started).toHaveLength(2);
    vi.advanceTimersByTime(1);
    expect(await recommender.score(row()).catch((error: Error) => error.cause)).toBeInstanceOf(
      UnknownRunError,
    );
    expect(started).toHaveLength(3);
    vi.advanceTimersByTime(1000);
    // Two calls at once open one thread.
    const calls = [recommender.score(row()), recommender.score(row())];
    await turn();
    expect(started).toHaveLength(4);
    expect(started[3]!.asked).toHaveLength(2);
    for (const { call } of started[3]!.asked) started[3]!.tell({ id: call!.id, value: call!.id });
    const values = await Promise.all(calls);
    expect(Number(values[1]) - Number(values[0])).toBe(1);
    expect(crashes).toHaveLength(1);
  });
});
