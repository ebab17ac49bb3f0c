/** Long work while the server is silent. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Lifeline } from './lifeline.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('cuts the connections off after half a minute of silence, and only while something long runs', async () => {
  let isGone = false;
  let asked = 0;
  let cuts = 0;
  const lifeline = new Lifeline(
    async () => {
      asked++;
      if (isGone) throw new Error('gone');
    },
    () => cuts++,
  );
  const first = lifeline.hold();
  const second = lifeline.hold();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBeGreaterThan(5);
  isGone = true;
  await vi.advanceTimersByTimeAsync(25_000);
  expect(cuts).toBe(0);
  isGone = false;
  await vi.advanceTimersByTimeAsync(25_000);
  isGone = true;
  await vi.advanceTimersByTimeAsync(25_000);
  expect(cuts).toBe(0);
  await vi.advanceTimersByTimeAsync(20_000);
  expect(cuts).toBeGreaterThan(0);
  first();
  second();
  const before = asked;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(asked).toBe(before);
});

it('asks no more where the work ended while it asked, and begins anew with the next', async () => {
  let asked = 0;
  let answer: () => void = () => undefined;
  const lifeline = new Lifeline(
    () => {
      asked++;
      return new Promise<void>((resolve) => {
        answer = resolve;
      });
    },
    () => undefined,
  );
  const release = lifeline.hold();
  await vi.advanceTimersByTimeAsync(4999);
  expect(asked).toBe(0);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toBe(1);
  release();
  answer();
  await vi.advanceTimersByTimeAsync(60_000);
  expect([asked, vi.getTimerCount()]).toEqual([1, 0]);
  lifeline.hold();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toBe(2);
});
