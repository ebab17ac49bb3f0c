/** Processes that end, that end again and again, and that are stuck. */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeProcess } from '../../test/fixtures/serving-process.js';
import { UnavailableError } from '../errors.js';
import { Supervisor } from './supervisor.js';

let started: FakeProcess[];
/** When each process was started. */
let times: number[];
let remarks: string[];
let ready: (readonly string[])[];
let controller: AbortController;
/** Done to each new process. */
let onStart: (worker: FakeProcess) => void;

beforeEach(() => {
  vi.useFakeTimers();
  started = [];
  times = [];
  remarks = [];
  ready = [];
  controller = new AbortController();
  onStart = () => undefined;
});
afterEach(() => {
  vi.useRealTimers();
});

function supervise(count: number, maxSilenceMs?: number): Promise<number> {
  return new Supervisor({
    count,
    start: () => {
      const worker = new FakeProcess();
      started.push(worker);
      times.push(performance.now());
      onStart(worker);
      return worker;
    },
    onReady: (lines) => ready.push(lines),
    onRemark: (text) => remarks.push(text),
    signal: controller.signal,
    ...(maxSilenceMs !== undefined && { maxSilenceMs }),
  }).run();
}

const serve = (worker: FakeProcess) => worker.tell({ serving: [`serving by ${worker.id}`] });

/** Lets time pass while the processes that are not stopped show that they live. */
async function pass(seconds: number): Promise<void> {
  for (let k = 0; k < seconds; k++) {
    for (const worker of started) {
      if (worker.isConnected() && !worker.isStopped) worker.tell({ alive: true });
    }
    await vi.advanceTimersByTimeAsync(1000);
  }
}

/** Whether a promise has settled. */
function settled(promise: Promise<unknown>): () => boolean {
  let isSettled = false;
  const settle = () => {
    isSettled = true;
  };
  promise.then(settle, settle);
  return () => isSettled;
}

describe('a supervisor', () => {
  it('says once that all serve, and ends all with the signal', async () => {
    const run = supervise(2);
    serve(started[0]!);
    expect(ready).toEqual([]);
    started[0]!.exit(null, 'SIGKILL');
    await pass(1);
    serve(started[2]!);
    expect(ready).toEqual([]);
    serve(started[1]!);
    expect(ready).toHaveLength(1);
    started[1]!.exit(1);
    await pass(1);
    serve(started[3]!);
    expect(ready).toHaveLength(1);
    controller.abort();
    expect(await run).toBe(0);
    expect(started.map(({ signals }) => signals)).toEqual([[], [], ['SIGTERM'], ['SIGTERM']]);
  });

  it('starts nothing where the signal came before', async () => {
    controller.abort();
    expect(await supervise(2)).toBe(0);
    expect(started).toEqual([]);
  });

  it('kills a process that does not drain', async () => {
    const run = supervise(2, 60_000);
    started.forEach(serve);
    started[0]!.isStopped = true;
    controller.abort();
    const isOver = settled(run);
    await vi.advanceTimersByTimeAsync(14_000);
    expect(isOver()).toBe(false);
    await vi.advanceTimersByTimeAsync(1000);
    expect(isOver()).toBe(true);
    expect(started[0]!.signals).toEqual(['SIGTERM', 'SIGKILL']);
  });

  it('ends at once, with the exit code of a process, where nothing was ever served', async () => {
    const run = supervise(2);
    started[0]!.exit(2);
    expect(await run).toBe(2);
    expect(started).toHaveLength(2);
  });

  it.each([
    ['SIGKILL', /ended \(SIGKILL\) before it served; .*memory runs out.*fewer --workers/],
    ['SIGSEGV', /ended \(SIGSEGV\) before it served; start it again/],
  ])('says why where nothing was ever served because of %s', async (signal, why) => {
    const run = supervise(2);
    started[0]!.exit(null, signal);
    await expect(run).rejects.toThrow(why);
    await expect(run).rejects.toMatchObject({ code: 'E_UNAVAILABLE', exitCode: 3 });
    // The other one is not left behind.
    expect(started[1]!.signals).toEqual(['SIGTERM']);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a process that cannot be started', () => {
  const refuse = () => {
    throw new UnavailableError('a serving process cannot be started: too many files are open');
  };

  it('ends the supervisor with the reason, and the others with it', async () => {
    onStart = (worker) => worker === started[1] && refuse();
    const run = supervise(2);
    await expect(run).rejects.toThrow(/^a serving process cannot be started: too many files/);
    expect(started[0]!.signals).toEqual(['SIGTERM']);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is tried again where others serve', async () => {
    const run = supervise(2);
    started.forEach(serve);
    onStart = refuse;
    started[0]!.exit(1);
    await pass(1);
    expect(remarks.at(-1)).toMatch(
      /^a serving process cannot be started: .*; another follows in 2/,
    );
    onStart = (worker) => queueMicrotask(() => serve(worker));
    await pass(2);
    expect(started).toHaveLength(4);
    controller.abort();
    expect(await run).toBe(0);
  });
});

describe('a process that ends', () => {
  it('is replaced at once after it has served for a while', async () => {
    const run = supervise(2);
    started.forEach(serve);
    await pass(11);
    started[0]!.exit(null, 'SIGSEGV');
    await vi.advanceTimersByTimeAsync(0);
    expect(started).toHaveLength(3);
    expect(remarks).toEqual([
      `serving process ${started[0]!.process.pid} ended (SIGSEGV); another follows`,
    ]);
    controller.abort();
    await run;
  });

  it('is replaced after ever longer waits while it ends soon, and no longer than half a minute', async () => {
    const run = supervise(2);
    started.forEach(serve);
    onStart = (worker) => queueMicrotask(() => worker.exit(1));
    times = [];
    started[1]!.exit(1);
    await pass(200);
    const gaps = times.slice(1).map((time, k) => time - times[k]!);
    expect(gaps.slice(0, 7)).toEqual([2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    // The other one still serves, so this goes on.
    expect(started[0]!.isConnected()).toBe(true);
    onStart = (worker) => queueMicrotask(() => serve(worker));
    await pass(41);
    const [last] = started.slice(-1);
    last!.exit(1);
    await vi.advanceTimersByTimeAsync(0);
    // It had served for a while, so its failures are forgotten.
    expect(started.at(-1)).not.toBe(last);
    controller.abort();
    await run;
  });

  it.each(['before it serves', 'just after it serves'])(
    'ends the supervisor with the reason where all end again and again %s',
    async (when) => {
      const run = supervise(3);
      const failure = expect(run).rejects.toThrow(UnavailableError);
      started.forEach(serve);
      onStart = (worker) =>
        queueMicrotask(() => {
          if (when === 'just after it serves') serve(worker);
          worker.tell({ failed: 'the run is damaged' });
          worker.exit(3);
        });
      for (const worker of started.slice()) worker.exit(null, 'SIGKILL');
      await pass(40);
      await failure;
      await expect(run).rejects.toThrow(/stays up.*the run is damaged$/);
      await expect(run).rejects.toMatchObject({ exitCode: 3 });
      // Three of the beginning, and four more in each of the three places, not one a second.
      expect(started).toHaveLength(15);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('does not end the supervisor where all are killed at once', async () => {
    const run = supervise(8);
    started.forEach(serve);
    onStart = (worker) => queueMicrotask(() => serve(worker));
    for (const worker of started.slice()) worker.exit(null, 'SIGKILL');
    await pass(2);
    expect(started).toHaveLength(16);
    controller.abort();
    expect(await run).toBe(0);
  });
});

describe('a process that is stuck', () => {
  it('is killed and replaced after ten seconds without a sign of life', async () => {
    const run = supervise(2);
    started.forEach(serve);
    await pass(20);
    started[1]!.isStopped = true;
    // The last sign was a second ago.
    await pass(9);
    expect(started[1]!.signals).toEqual([]);
    await pass(1);
    expect(started[1]!.signals).toEqual(['SIGKILL']);
    expect(started[0]!.signals).toEqual([]);
    await pass(1);
    expect(started).toHaveLength(3);
    expect(remarks[0]).toMatch(/has not answered for 10 s and is killed/);
    controller.abort();
    await run;
  });

  it('may be silent for a minute while it starts', async () => {
    const failure = expect(supervise(1)).rejects.toThrow(/because it did not answer; start it/);
    started[0]!.isStopped = true;
    await pass(60);
    expect(started[0]!.signals).toEqual([]);
    await pass(1);
    expect(started[0]!.signals).toEqual(['SIGKILL']);
    await failure;
  });

  it('is not one whose supervisor was stopped for a while', async () => {
    const run = supervise(1);
    started.forEach(serve);
    // The clock goes on, and the timers do not.
    vi.setSystemTime(Date.now() + 3_600_000);
    await pass(1);
    expect(started[0]!.signals).toEqual([]);
    controller.abort();
    await run;
  });
});
