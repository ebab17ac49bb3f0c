/** Counts whose source is late, fails and comes back. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type CountSource, SharedCounts } from './shared-counts.js';

type Answer = 'counted' | 'silent' | 'broken';

let answer: Answer;
let asked: string[];
let resets: number;
let remarks: string[];
let alone: number;
let counts: SharedCounts;

const source: CountSource = {
  name: 'the source',
  init: () => undefined,
  check: async () => {
    await source.increment('check');
  },
  increment: (key) => {
    asked.push(key);
    if (answer === 'silent') return new Promise(() => undefined);
    if (answer === 'broken') return Promise.reject(new Error('it is broken'));
    return Promise.resolve({ totalHits: 1000 + asked.length, resetTime: new Date(0) });
  },
  reset: () => {
    resets++;
  },
  close: () => undefined,
};

beforeEach(() => {
  vi.useFakeTimers();
  answer = 'counted';
  asked = [];
  resets = 0;
  remarks = [];
  alone = 0;
  counts = new SharedCounts(source, {
    onRemark: (text) => remarks.push(text),
    onOwnCount: () => {
      alone++;
    },
  });
  counts.init({ windowMs: 60_000 } as never);
});
afterEach(() => {
  counts.shutdown();
  vi.useRealTimers();
});

const hits = async (key = 'a') => (await counts.increment(key)).totalHits;

it('gives the count of all processes while it comes', async () => {
  const timers = vi.getTimerCount();
  expect(await hits()).toBe(1001);
  expect(await hits()).toBe(1002);
  expect([counts.isShared, alone, remarks]).toEqual([true, 0, []]);
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(timers);
});

it('waits a quarter of a second, then goes on with the own count, which goes on all the time', async () => {
  await hits();
  await hits();
  answer = 'silent';
  const waiting = Promise.all([hits(), hits()]);
  await vi.advanceTimersByTimeAsync(240);
  expect(counts.isShared).toBe(true);
  await vi.advanceTimersByTimeAsync(20);
  // Both were counted before either looked.
  expect(await waiting).toEqual([4, 4]);
  expect(counts.isShared).toBe(false);
  expect(remarks).toEqual([
    'the source does not count requests (no answer within 0.25 s); each process keeps the rate limit for itself meanwhile',
  ]);
  // From now on no request waits, and no other asks the source.
  expect(await hits()).toBe(5);
  expect(await hits('b')).toBe(1);
  expect([asked.length, alone, resets]).toEqual([4, 4, 1]);
});

it('asks again once a second, and takes the count of all as soon as it comes', async () => {
  answer = 'broken';
  expect(await hits()).toBe(1);
  await vi.advanceTimersByTimeAsync(900);
  expect([await hits(), asked.length]).toEqual([2, 1]);
  await vi.advanceTimersByTimeAsync(200);
  expect([await hits(), asked.length]).toEqual([3, 2]);
  await vi.advanceTimersByTimeAsync(0);
  // A question that gets no answer at all is given up too.
  answer = 'silent';
  await vi.advanceTimersByTimeAsync(1100);
  expect([await hits(), await hits(), asked.length]).toEqual([4, 5, 3]);
  await vi.advanceTimersByTimeAsync(1900);
  expect([await hits(), asked.length, resets]).toEqual([6, 3, 2]);
  await vi.advanceTimersByTimeAsync(200);
  expect([counts.isShared, resets]).toEqual([false, 3]);
  answer = 'counted';
  await vi.advanceTimersByTimeAsync(1100);
  expect(await hits()).toBe(7);
  await vi.advanceTimersByTimeAsync(0);
  expect(counts.isShared).toBe(true);
  expect(await hits()).toBe(1005);
  expect(remarks).toEqual([
    expect.stringContaining('does not count requests (it is broken)'),
    'the source counts requests again, for all processes',
  ]);
});

it('says at the start that the source does not answer', async () => {
  answer = 'broken';
  await counts.check();
  expect([counts.isShared, remarks.length]).toEqual([false, 1]);
});

it('takes an answer that came while the event loop was late', async () => {
  vi.useRealTimers();
  answer = 'silent';
  const late = vi.spyOn(source, 'increment').mockImplementation(async () => {
    await new Promise((resolve) => setImmediate(resolve));
    const begin = performance.now();
    while (performance.now() - begin < 400);
    await new Promise((resolve) => setImmediate(resolve));
    return { totalHits: 77, resetTime: new Date(0) };
  });
  expect(await hits()).toBe(77);
  late.mockRestore();
});
