/** One process or several: what the supervisor starts, and what a serving process tells it. No process is started here. */

import cluster from 'node:cluster';
import { availableParallelism } from 'node:os';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProcess } from '../../test/fixtures/serving-process.js';
import { UnavailableError } from '../errors.js';
import { tellSupervisor } from './cluster-metrics.js';
import { openGate } from './gate/gatekeeper.js';
import { keepWorkerCounts } from './gate/rates/worker-counts.js';
import { serveHome } from './serve.js';
import { serveWithWorkers, type WorkersOptions } from './workers.js';

vi.mock('./serve.js', () => ({ serveHome: vi.fn() }));
vi.mock('./gate/rates/worker-counts.js', () => ({ keepWorkerCounts: vi.fn() }));
vi.mock('./cluster-metrics.js', async (original) => ({
  ...(await original<object>()),
  tellSupervisor: vi.fn(),
}));

/** A process as `cluster.fork` gives it. */
class ForkedProcess extends FakeProcess {
  readonly sent: unknown[][] = [];

  constructor() {
    super();
    const send = (...given: unknown[]) => this.sent.push(given) > 1;
    Object.assign(this.process, { send });
  }

  /** Gives the process a connection, as `node:cluster` does. */
  handOver(...given: unknown[]): unknown {
    return (this.process as unknown as { send(...given: unknown[]): unknown }).send(...given);
  }
}

let forked: ForkedProcess[];
let ready: (readonly string[])[];
let controller: AbortController;
let options: WorkersOptions;
const { channel } = process;

beforeEach(() => {
  forked = [];
  ready = [];
  controller = new AbortController();
  options = {
    home: '/nowhere',
    workers: 2,
    host: '127.0.0.1',
    port: 0,
    logLevel: 'silent',
    onReady: (lines) => ready.push(lines),
    onRemark: () => undefined,
    signal: controller.signal,
  };
  vi.spyOn(cluster, 'fork').mockImplementation(() => {
    forked.push(new ForkedProcess());
    return forked.at(-1) as never;
  });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.mocked(serveHome).mockReset();
  vi.mocked(keepWorkerCounts).mockReset();
  vi.mocked(tellSupervisor).mockReset();
  Object.assign(cluster, { isPrimary: true });
  Object.assign(process, { channel });
});

/** Lets the supervisor's processes serve, and ends them. */
async function serveAndStop(run: Promise<number>): Promise<void> {
  for (const worker of forked) worker.tell({ serving: ['serving'] });
  controller.abort();
  expect(await run).toBe(0);
}

describe('serveWithWorkers', () => {
  it('serves in this process where one is enough', async () => {
    const { workers: _, ...own } = options;
    expect(await serveWithWorkers({ ...options, workers: 1 })).toBe(0);
    expect(vi.mocked(serveHome).mock.calls).toEqual([[own]]);
    expect(forked).toEqual([]);
  });

  it('supervises as many processes as are wanted', async () => {
    const run = serveWithWorkers({ ...options, workers: 3 });
    expect(forked).toHaveLength(3);
    await serveAndStop(run);
    expect(ready).toEqual([['serving']]);
    expect(forked.map(({ signals }) => signals)).toEqual([['SIGTERM'], ['SIGTERM'], ['SIGTERM']]);
    expect(serveHome).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, 0],
    [openGate, 0],
    [{ ...openGate, requestsPerMinute: 1 }, 1],
    [{ ...openGate, requestsPerMinute: 1, redis: 'redis://h' }, 0],
  ])('keeps the counts of the rate limit for %j: %d', async (gate, times) => {
    const run = serveWithWorkers({ ...options, ...(gate && { gate }) });
    await serveAndStop(run);
    expect(keepWorkerCounts).toHaveBeenCalledTimes(times);
  });
});

describe('a process that does not come to be', () => {
  const refused = Object.assign(new Error('spawn EAGAIN'), { code: 'EAGAIN', syscall: 'spawn' });
  const why = /^a serving process cannot be started: there are as many processes/;

  it('is an error that says why, at once', async () => {
    vi.mocked(cluster.fork).mockImplementation(() => {
      throw refused;
    });
    const run = serveWithWorkers(options);
    await expect(run).rejects.toThrow(why);
    await expect(run).rejects.toThrow(UnavailableError);
  });

  it('is the same error by an event', async () => {
    const run = serveWithWorkers(options);
    Object.assign(forked[0]!.process, { pid: undefined });
    forked[0]!.emit('error', refused);
    await expect(run).rejects.toThrow(why);
    expect(forked[1]!.signals).toEqual(['SIGTERM']);
  });

  it('is none that has an id, whatever fails with it later', async () => {
    const run = serveWithWorkers(options);
    forked[0]!.emit('error', refused);
    await serveAndStop(run);
  });
});

describe('a connection that a process got', () => {
  const connection = () => ({ close: vi.fn() });

  it('is closed when the process ends without having taken it, the last one alone', async () => {
    const run = serveWithWorkers(options);
    const first = connection();
    const last = connection();
    const [worker] = forked;
    expect(worker!.handOver({ seq: 1 }, first)).toBe(false);
    expect(worker!.handOver({ seq: 2 }, last)).toBe(true);
    for (const none of [undefined, null, 'close', {}, { close: true }]) worker!.handOver({}, none);
    expect(worker!.sent).toHaveLength(7);
    expect(worker!.sent[0]).toEqual([{ seq: 1 }, first]);
    expect(last.close).not.toHaveBeenCalled();
    forked[1]!.tell({ serving: [] });
    worker!.tell({ serving: [] });
    worker!.exit(null, 'SIGKILL');
    expect(last.close).toHaveBeenCalledTimes(1);
    expect(first.close).not.toHaveBeenCalled();
    await serveAndStop(run);
  });
});

describe('a serving process', () => {
  const unref = vi.fn();
  beforeEach(() => {
    unref.mockReset();
    Object.assign(cluster, { isPrimary: false });
    Object.assign(process, { channel: { unref } });
  });

  it('shares the processors with the others, and tells the supervisor that it serves', async () => {
    vi.mocked(serveHome).mockImplementation(async ({ onReady }) => onReady(['here']));
    expect(await serveWithWorkers(options)).toBe(0);
    expect(await serveWithWorkers({ ...options, workers: 1e6 })).toBe(0);
    expect(await serveWithWorkers({ ...options, threads: 5 })).toBe(0);
    const given = vi.mocked(serveHome).mock.calls.map(([own]) => own);
    const half = Math.max(1, Math.floor(availableParallelism() / 2));
    expect(given.map(({ threads }) => threads)).toEqual([half, 1, 5]);
    expect(given.map(({ isOneOfSeveral }) => isOneOfSeveral)).toEqual([true, true, true]);
    expect(tellSupervisor).toHaveBeenCalledTimes(3);
    expect(tellSupervisor).toHaveBeenCalledWith({ serving: ['here'] });
    expect(ready).toEqual([]);
    expect(forked).toEqual([]);
    expect(unref).toHaveBeenCalledTimes(3);
  });

  it('tells why it ends', async () => {
    vi.mocked(serveHome).mockRejectedValue(new UnavailableError('the run is damaged'));
    await expect(serveWithWorkers(options)).rejects.toThrow('the run is damaged');
    expect(vi.mocked(tellSupervisor).mock.calls).toEqual([[{ failed: 'the run is damaged' }]]);
    expect(unref).toHaveBeenCalledTimes(1);
  });

  it('needs no channel', async () => {
    Object.assign(process, { channel: undefined });
    expect(await serveWithWorkers(options)).toBe(0);
  });
});
