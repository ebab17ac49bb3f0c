/** How many requests are taken at a time, counting those whose caller was given an answer early. */
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { Overload } from './overload.js';

afterEach(() => {
  vi.useRealTimers();
});

function overload(limits: { maxRequests: number; minRequests?: number; maxDelayMs?: number }) {
  const { maxRequests, minRequests = 1000, maxDelayMs = 1e9 } = limits;
  const made = new Overload({ maxRequests, minRequests, maxDelayMs });
  onTestFinished(() => made.close());
  return made;
}

it('takes so many requests at a time', () => {
  const gate = overload({ maxRequests: 2 });
  expect([gate.enter(), gate.enter(), gate.enter(), gate.enter()]).toEqual([
    null,
    null,
    'requests',
    'requests',
  ]);
  expect(gate.underWay).toBe(2);
  gate.leave();
  expect(gate.underWay).toBe(1);
  expect([gate.enter(), gate.enter()]).toEqual([null, 'requests']);
});

it('takes others in the place of those it gave up, and none while four times as many still work', async () => {
  const gate = overload({ maxRequests: 2 });
  const ends: (() => void)[] = [];
  const work = (fails: boolean) =>
    new Promise<void>((resolve, reject) => {
      ends.push(() => (fails ? reject(new Error('late')) : resolve()));
    });
  for (let k = 0; k < 8; k++) {
    expect(gate.enter()).toBeNull();
    gate.giveUp(work(k % 2 === 1));
  }
  expect(gate.underWay).toBe(0);
  expect(gate.enter()).toBe('requests');
  // Each of them that ends, well or not, makes room for one more.
  for (const end of ends.splice(0, 2)) end();
  await new Promise(setImmediate);
  for (let k = 0; k < 2; k++) {
    expect(gate.enter()).toBeNull();
    gate.giveUp(work(false));
  }
  expect(gate.enter()).toBe('requests');
  for (const end of ends) end();
  await new Promise(setImmediate);
  expect([gate.enter(), gate.enter(), gate.enter()]).toEqual([null, null, 'requests']);
});

it('has no delay before it has looked', () => {
  expect(overload({ maxRequests: 1 }).delayMs).toBe(0);
});
