/** The computing thread, run in this one: what it opens, how it batches, and what it reports. */
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseConfig } from '../../config/parse.js';
import { paperProtocol } from '../../config/protocol.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { ItemId } from '../../data/ids.js';
import { ShapeError } from '../../errors.js';
import { RunStore } from '../../runs/store.js';
import { Popularity } from '../popularity.js';
import type { InferenceSource, PlainRows, Question, Ranked, Report } from './protocol.js';

const run = 'popularity-a';
const nobody = {
  users: [],
  foldIn: ClickMatrix.fromRows(3, []),
  heldOut: ClickMatrix.fromRows(3, []),
};

let home: string;
let port: MessagePort;
let reports: Report[];
/** What the model was loaded with. */
let loaded: { run: { id: string; weights: object }; precision: unknown; backend: unknown[] }[];
let threads: number[];
let model: Popularity;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'multvae-worker-'));
  new RunStore(home).publish(run, {
    config: parseConfig('popularity'),
    protocol: { ...paperProtocol, heldoutUsers: 1 },
    weights: {},
    vocabulary: { items: ['a', 'b', 'c'] as ItemId[], trainClicks: Int32Array.of(1, 3, 2) },
    split: { validation: nobody, test: nobody },
    metrics: {},
    log: [],
    lineage: {
      dataHash: '',
      dataName: '',
      packageVersion: '0',
      nodeVersion: 'v20',
      backend: 'none',
      seed: 1,
      durationS: 1,
      createdAt: new Date(0).toISOString(),
      command: ['train'],
    },
  });
  reports = [];
  loaded = [];
  threads = [];
  model = new Popularity(Int32Array.of(1, 3, 2));
  vi.resetModules();
});
afterEach(() => {
  port.close();
  for (const path of ['node:worker_threads', './load.js', '../../backend/select.js']) {
    vi.doUnmock(path);
  }
  rmSync(home, { recursive: true });
});

/** Runs the worker's file, as a new thread would. */
async function start(source: Partial<InferenceSource> = {}): Promise<Report> {
  const { port1, port2 } = new MessageChannel();
  port = port2;
  port.on('message', (report: Report) => reports.push(report));
  const workerData = { place: { folder: home, store: null }, run, precision: 'f32', ...source };
  vi.doMock('node:worker_threads', async (original) => ({
    ...(await original<object>()),
    parentPort: port1,
    workerData,
  }));
  vi.doMock('../../backend/select.js', () => ({
    openEngine: async (
      name: string | undefined,
      { threads: own, onRemark }: { threads: number; onRemark: (text: string) => void },
    ) => {
      onRemark('the GPU is away');
      return { name, own, setThreads: (count: number) => threads.push(count) };
    },
  }));
  vi.doMock('./load.js', () => ({
    loadRecommender: async (
      stored: { id: string; weights: object },
      open: () => Promise<{ name: unknown; own: unknown }>,
      { precision }: { precision: unknown },
    ) => {
      const { name, own } = await open();
      loaded.push({ run: stored, precision, backend: [name, own] });
      return model;
    },
  }));
  await import('./worker.js');
  return next(1).then(([first]) => first!);
}

/** The first `count` reports since the last call. */
async function next(count: number): Promise<Report[]> {
  await vi.waitFor(() => expect(reports.length).toBeGreaterThanOrEqual(count), 60_000);
  // A report too many would be here by now.
  await new Promise(setImmediate);
  return reports.splice(0);
}

const ask = (question: Question) => port.postMessage(question);
const plain = (...rows: number[][]): PlainRows => {
  const { columns, offsets, items } = ClickMatrix.fromRows(3, rows);
  return { columns, offsets, items };
};
/** Rankings without clicks, in one message. */
const rankings = (ids: readonly number[], n = 1): Question => ({
  rankings: {
    ids,
    ns: ids.map(() => n),
    rows: plain(...ids.map(() => [])),
    mask: plain(...ids.map(() => [])),
  },
});
const numbers = (first: number, count: number) =>
  Array.from({ length: count }, (_, k) => first + k);
const idsOf = (report: Report) => ('ranked' in report ? report.ranked.ids : null);

describe('the computing thread', () => {
  it('opens the run, and tells what its model is and can', async () => {
    const cores = availableParallelism();
    expect(await start({ backend: 'cpu', precision: 'int8' })).toMatchObject({
      opened: {
        run: { id: run, vocabulary: { items: ['a', 'b', 'c'] } },
        model: 'popularity',
        itemCount: 3,
        methods: [],
        remarks: ['the GPU is away'],
      },
    });
    expect(loaded).toMatchObject([
      {
        run: { id: run, weights: {} },
        precision: 'int8',
        backend: ['cpu', Math.max(1, cores - 1)],
      },
    ]);
  });

  it('tells why a run cannot be opened', async () => {
    expect(await start({ run: 'no-run' })).toMatchObject({
      refused: { name: 'UnknownRunError', message: expect.stringContaining('no-run') },
    });
  });

  it('computes what waits together, in order, at most 32 rows at a time in f32', async () => {
    await start();
    for (const id of numbers(1, 40)) ask(rankings([id]));
    expect((await next(2)).map(idsOf)).toEqual([numbers(1, 32), numbers(33, 8)]);
    ask(rankings(numbers(1, 20)));
    ask(rankings(numbers(21, 12)));
    ask(rankings(numbers(33, 1)));
    expect((await next(2)).map(idsOf)).toEqual([numbers(1, 32), [33]]);
    // A message is never cut.
    ask(rankings(numbers(1, 50)));
    expect((await next(1)).map(idsOf)).toEqual([numbers(1, 50)]);
  });

  it('computes at most 16 rows at a time in other precisions', async () => {
    await start({ precision: 'bf16' });
    for (const id of numbers(1, 17)) ask(rankings([id]));
    expect((await next(2)).map(idsOf)).toEqual([numbers(1, 16), [17]]);
  });

  it('ranks each row by itself, as long as the longest list that is wanted', async () => {
    await start();
    ask({ rankings: { ids: [7, 8], ns: [1, 2], rows: plain([0], []), mask: plain([1], []) } });
    ask({ rankings: { ids: [9], ns: [1], rows: plain([]), mask: plain([0, 1]) } });
    const [report] = await next(1);
    expect(report).toMatchObject({ ranked: { ids: [7, 8, 9] } });
    const { best, durationMs } = (report as { ranked: Ranked }).ranked;
    expect(best).toEqual({
      rows: 3,
      n: 2,
      items: Int32Array.of(2, 0, 1, 2, 2, -1),
      scores: Float32Array.of(2, 1, 3, 2, 2, Number.NEGATIVE_INFINITY),
    });
    expect(durationMs).toBeGreaterThanOrEqual(0);
    expect(durationMs).toBeLessThan(60_000);
  });

  it('answers calls in their turn', async () => {
    await start();
    ask(rankings([1]));
    ask({ call: { id: 2, method: 'score', args: [plain([0], [1])] } });
    ask(rankings([3]));
    ask({ call: { id: 4, method: 'topN', args: [plain([0]), 1, plain([1])] } });
    const answers = await next(4);
    expect(answers).toMatchObject([
      { ranked: { ids: [1] } },
      { id: 2, value: Float32Array.of(1, 3, 2, 1, 3, 2) },
      { ranked: { ids: [3] } },
      { id: 4, value: { items: Int32Array.of(2) } },
    ]);
  });

  it('tells an error to those whose question failed, and goes on', async () => {
    model.score = async () => {
      throw new ShapeError('rows of another model');
    };
    model.topN = async () => {
      throw new TypeError('no list');
    };
    await start();
    ask({ call: { id: 5, method: 'score', args: [plain([0])] } });
    ask(rankings([6, 7]));
    expect(await next(2)).toMatchObject([
      { error: { name: 'ShapeError', message: 'rows of another model' }, ids: [5] },
      { error: { name: 'TypeError', message: 'no list' }, ids: [6, 7] },
    ]);
  });

  it('transfers item vectors, and answers others while they are made', async () => {
    const vectors = Float32Array.of(1, 2, 3);
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    Object.assign(model, {
      itemVectors: async () => {
        await held;
        return { vectors, dimensions: 1 };
      },
    });
    expect(await start()).toMatchObject({ opened: { methods: ['itemVectors'] } });
    ask({ call: { id: 1, method: 'itemVectors', args: [] } });
    ask({ call: { id: 2, method: 'score', args: [plain([0])] } });
    expect(await next(1)).toEqual([{ id: 2, value: Float32Array.of(1, 3, 2) }]);
    letGo();
    expect(await next(1)).toEqual([
      { id: 1, value: { vectors: Float32Array.of(1, 2, 3), dimensions: 1 } },
    ]);
    expect(vectors.byteLength).toBe(0);
  });

  it('copies every other value, because the model may keep it', async () => {
    const scores = Float32Array.of(4, 5, 6);
    model.score = async () => scores;
    await start();
    ask({ call: { id: 1, method: 'score', args: [plain([0])] } });
    expect(await next(1)).toEqual([{ id: 1, value: Float32Array.of(4, 5, 6) }]);
    expect(scores).toHaveLength(3);
  });

  it('takes all cores for a lone request, and leaves one where several wait', async () => {
    const all = availableParallelism();
    const others = Math.max(1, all - 1);
    await start();
    ask(rankings([1]));
    await next(1);
    for (const id of [2, 3]) ask(rankings([id]));
    await next(1);
    ask(rankings([4]));
    ask({ call: { id: 5, method: 'score', args: [plain([0])] } });
    await next(2);
    expect(threads).toEqual([all, others, others, others]);
  });

  it('keeps the number of threads that it was told', async () => {
    await start({ threads: 5 });
    ask(rankings([1]));
    await next(1);
    expect(loaded[0]!.backend[1]).toBe(5);
    expect(threads).toEqual([]);
  });

  it('gives the model what an extension adds', async () => {
    const code = `export const extended = (model, run, place) =>
      Object.assign(model, { itemRelations: async (item) => [item, run.id, place.folder, 'weights' in run] })`;
    const extension = `data:text/javascript,${encodeURIComponent(code)}`;
    expect(await start({ extension })).toMatchObject({ opened: { methods: ['itemRelations'] } });
    ask({ call: { id: 1, method: 'itemRelations', args: [2] } });
    expect(await next(1)).toEqual([{ id: 1, value: [2, run, home, false] }]);
  });
});
