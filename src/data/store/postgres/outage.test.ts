/** How long a server that is gone is left alone. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { StorageError } from '../../../errors.js';
import { Outage } from './outage.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const gone = new StorageError('gone', 'it is gone');

/** The waits after each of some failures. */
function waits(failures: number): number[] {
  const outage = new Outage();
  return Array.from({ length: failures }, () => {
    outage.failed(gone);
    const { waitMs } = outage;
    vi.advanceTimersByTime(waitMs);
    return waitMs;
  });
}

it('is twice as long after each failure, up to a second, and not the same for all', () => {
  vi.spyOn(Math, 'random').mockReturnValue(0);
  expect(waits(6)).toEqual([50, 100, 200, 400, 500, 500]);
  vi.mocked(Math.random).mockReturnValue(0.5);
  expect(waits(2)).toEqual([75, 150]);
});

it('ends calls at once until then, with the error of its own for each', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const outage = new Outage();
  outage.check();
  expect(outage.waitMs).toBe(0);
  outage.failed(gone);
  // Others that failed with it say nothing more.
  vi.advanceTimersByTime(99);
  outage.failed(new StorageError('gone', 'again'));
  expect(outage.waitMs).toBe(1);
  const thrown = () => {
    try {
      outage.check();
    } catch (error) {
      return error;
    }
    return null;
  };
  expect(thrown()).toMatchObject({ fault: 'gone', message: gone.message });
  expect(thrown()).not.toBe(gone);
  vi.advanceTimersByTime(1);
  expect(thrown()).toBeNull();
  outage.failed(gone);
  expect(outage.waitMs).toBe(200);
  vi.advanceTimersByTime(300);
  expect(outage.waitMs).toBe(0);
});

it('is over once the server was reached', () => {
  vi.spyOn(Math, 'random').mockReturnValue(1);
  const outage = new Outage();
  outage.failed(gone);
  outage.over();
  outage.check();
  expect(outage.waitMs).toBe(0);
  outage.failed(gone);
  expect(outage.waitMs).toBe(100);
});
