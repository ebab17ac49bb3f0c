/** What a worker hears of its leases, from a thread that a test plays. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { BusyError, HomeError, StorageError } from '../../../../errors.js';
import { LeaseKeeper } from './lease-keeper.js';
import type { LeaseReport } from './lease-messages.js';
import { isPassing } from './passing.js';

let asked: unknown[];
let heard: unknown[];
let thread: EventEmitter & { unref(): void; terminate: () => void };
let keeper: LeaseKeeper;

const data = { url: 'postgres://h/d', worker: 'w', leaseS: 30 };
const lease = { search: 1, trial: 2, rung: 0, lease: 'mine' };

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
  heard = [];
  thread = Object.assign(new EventEmitter(), {
    unref: () => asked.push('unref'),
    postMessage: (request: unknown) => asked.push(request),
    terminate: () => {
      asked.push('terminate');
      thread.emit('exit', 1);
    },
  });
  const watch = {
    onGone: (why: string) => heard.push(why),
    onBack: () => heard.push('back'),
    onLost: (lost: unknown) => heard.push(lost),
  };
  keeper = new LeaseKeeper(data, watch, (given) => {
    expect(given).toBe(data);
    return thread as never;
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const report = (message: LeaseReport) => thread.emit('message', message);

describe('a keeper of leases', () => {
  it('asks the thread to keep one lease, and then none', () => {
    const ended = keeper.hold(lease);
    expect(ended.aborted).toBe(false);
    keeper.drop();
    expect(asked).toEqual(['unref', { hold: lease }, { hold: null }]);
    // What is held no longer is not told of.
    report({ ended: 'mine' });
    report({ lost: 'mine' });
    expect([ended.aborted, heard]).toEqual([false, []]);
  });

  it('tells that the database is gone and back', () => {
    report({ gone: 'no route' });
    report({ back: true });
    expect(heard).toEqual(['no route', 'back']);
  });

  it('ends a training whose result another worker has recorded', () => {
    const ended = keeper.hold(lease);
    report({ ended: 'other' });
    expect(ended.aborted).toBe(false);
    report({ ended: 'mine' });
    expect(ended.reason).toMatchObject({ message: 'another worker has recorded the result' });
    expect(heard).toEqual([]);
  });

  it('tells once that a lease is lost', () => {
    const ended = keeper.hold(lease);
    report({ lost: 'other' });
    report({ lost: 'mine' });
    report({ lost: 'mine' });
    expect(heard).toEqual([lease]);
    expect(ended.aborted).toBe(false);
    keeper.hold({ ...lease, trial: 3 });
    report({ lost: 'mine' });
    expect(heard).toEqual([lease, { ...lease, trial: 3 }]);
  });

  it('is ready once the thread is, and keeps the process alive until then', async () => {
    const ready = keeper.ready();
    expect(vi.getTimerCount()).toBe(1);
    report({ ready: true });
    await ready;
    expect(vi.getTimerCount()).toBe(0);
    keeper.check();
  });

  it.each<[string, () => void]>([
    ['a report', () => report({ fault: 'broken' })],
    ['an error', () => thread.emit('error', new Error('broken'))],
  ])('fails with the thread, by %s', async (_, fail) => {
    const ready = expect(keeper.ready()).rejects.toThrow('broken');
    fail();
    await ready;
    expect(() => keeper.check()).toThrow('broken');
  });

  it('closes with the thread, and waits for it no longer than two seconds', async () => {
    keeper.hold(lease);
    const closed = keeper.close();
    report({ lost: 'mine' });
    expect(asked.at(-1)).toEqual({ close: true });
    thread.emit('exit', 0);
    await closed;
    expect([heard, vi.getTimerCount()]).toEqual([[], 0]);
  });

  it('ends a thread that does not end', async () => {
    const closed = keeper.close();
    await vi.advanceTimersByTimeAsync(1999);
    expect(asked.at(-1)).toEqual({ close: true });
    await vi.advanceTimersByTimeAsync(1);
    await closed;
    expect(asked.at(-1)).toBe('terminate');
  });
});

it.each<[unknown, boolean]>([
  [new BusyError('x'), true],
  [new StorageError('gone', 'x'), true],
  [new StorageError('full', 'x'), true],
  [new StorageError('denied', 'x'), false],
  [new StorageError('replaced', 'x'), false],
  [new StorageError('damaged', 'x'), false],
  [new StorageError('foreign', 'x'), false],
  [new HomeError('x'), false],
  [new Error('x'), false],
])('%o may pass: %s', (error, passes) => {
  expect(isPassing(error)).toBe(passes);
});
