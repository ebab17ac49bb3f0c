/** When a computing thread counts as stuck, and what becomes of its calls. */

import { EventEmitter } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UnavailableError } from '../../errors.js';
import { openInference } from './thread.js';
import { WaitingCalls } from './waiting-calls.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const call = () => ({ resolve: () => undefined, reject: () => undefined });

describe('WaitingCalls', () => {
  it('finds a thread stuck that answers nothing for a minute, and again after another', () => {
    const onStuck = vi.fn();
    const calls = new WaitingCalls(onStuck);
    calls.add(call());
    vi.advanceTimersByTime(60_000);
    expect(onStuck).not.toHaveBeenCalled();
    vi.advanceTimersByTime(5000);
    expect(onStuck).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(60_000);
    expect(onStuck).toHaveBeenCalledTimes(2);
  });

  it('counts from the last answer, and from the first call after a pause', () => {
    const onStuck = vi.fn();
    const calls = new WaitingCalls(onStuck);
    const first = calls.add(call());
    calls.add(call());
    vi.advanceTimersByTime(50_000);
    expect(calls.take(first)).toBeDefined();
    vi.advanceTimersByTime(55_000);
    calls.rejectAll(new Error('gone'));
    vi.advanceTimersByTime(3000);
    calls.add(call());
    vi.advanceTimersByTime(60_000);
    expect(onStuck).not.toHaveBeenCalled();
  });

  it('looks at nothing while nothing waits', () => {
    const calls = new WaitingCalls(() => undefined);
    const id = calls.add(call());
    expect(vi.getTimerCount()).toBe(1);
    calls.take(id);
    vi.advanceTimersByTime(5000);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('a stuck thread is replaced, and its calls are told', async () => {
  const workers: (EventEmitter & { ended: boolean })[] = [];
  const start = () => {
    const worker = Object.assign(new EventEmitter(), {
      ended: false,
      postMessage: () => undefined,
      // As inside native code: it does not end when it is told.
      terminate: () => {
        worker.ended = true;
      },
    });
    workers.push(worker);
    const opened = { run: {}, model: 'mult-vae', itemCount: 3, methods: [], remarks: [] };
    queueMicrotask(() => worker.emit('message', { opened }));
    return worker as unknown as Worker;
  };
  const crashes: string[] = [];
  const onCrash = ({ message }: Error) => crashes.push(message);
  const source = { place: { folder: 'none', store: null }, run: 'none', precision: 'f32' } as const;
  const { recommender } = await openInference(source, { start, onCrash });
  const rows = { offsets: Int32Array.of(0, 0), items: new Int32Array(), rows: 1, columns: 3 };
  const asked = recommender.score(rows as never);
  const told = expect(asked).rejects.toThrow(UnavailableError);
  await Promise.resolve();
  vi.advanceTimersByTime(65_000);
  await told;
  expect(crashes).toEqual(['the inference thread has not answered for a minute']);
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
  // The end of the stuck thread, if it comes, means nothing to the new one.
  workers[0]!.emit('exit', 1);
  expect(crashes).toHaveLength(1);
  recommender.dispose();
});
