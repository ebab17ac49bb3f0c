/** The deadline guard by itself: when it gives up, on whom, and what it says. */
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ProblemError } from '../problem.js';
import { deadline } from './deadline.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A guard, and requests that pass it. */
function guarded() {
  const guard = deadline();
  return ({ isLong = false, isComplete = true } = {}) => {
    const warned: unknown[] = [];
    const logger = { child: () => ({ warn: (...given: unknown[]) => warned.push(given) }) };
    const request = {
      complete: isComplete,
      method: 'GET',
      originalUrl: '/x',
      multvae: { id: 'r1', logger },
    };
    const response = Object.assign(new EventEmitter(), { headersSent: false });
    const passed: unknown[] = [];
    const handle = guard({ path: '/x', scope: 'read', isLong });
    handle!(
      request as never,
      response as never,
      ((error?: unknown) => passed.push(error)) as never,
    );
    return { response, passed, warned };
  };
}

describe('deadline', () => {
  it('lets a request pass, and answers 503 after five seconds, once', () => {
    const { passed, warned } = guarded()();
    expect(passed).toEqual([undefined]);
    vi.advanceTimersByTime(4999);
    expect(passed).toHaveLength(1);
    vi.advanceTimersByTime(251);
    expect(passed).toHaveLength(2);
    expect(passed[1]).toBeInstanceOf(ProblemError);
    expect(passed[1]).toMatchObject({
      status: 503,
      code: 'E_TIMEOUT',
      message: 'there was no answer within 5 s',
      headers: { 'Retry-After': '1' },
    });
    expect(warned).toEqual([[{ timeoutMs: 5000 }, 'gave up']]);
    vi.advanceTimersByTime(60_000);
    expect(passed).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('gives a long route five minutes', () => {
    const { passed } = guarded()({ isLong: true });
    vi.advanceTimersByTime(299_999);
    expect(passed).toHaveLength(1);
    vi.advanceTimersByTime(251);
    expect(passed[1]).toMatchObject({ message: 'there was no answer within 300 s' });
  });

  it('is 408 where the body has not arrived', () => {
    const { passed } = guarded()({ isComplete: false });
    vi.advanceTimersByTime(5250);
    expect(passed[1]).toMatchObject({ status: 408, headers: { Connection: 'close' } });
  });

  it('leaves an answer alone that has begun', () => {
    const { response, passed, warned } = guarded()();
    response.headersSent = true;
    vi.advanceTimersByTime(60_000);
    expect([passed, warned]).toEqual([[undefined], []]);
  });

  it('forgets a request that was answered or left, and looks at nothing while none waits', () => {
    const pass = guarded();
    const first = pass();
    vi.advanceTimersByTime(3000);
    const second = pass();
    expect(vi.getTimerCount()).toBe(1);
    first.response.emit('close');
    vi.advanceTimersByTime(3000);
    expect([first.passed, second.passed]).toEqual([[undefined], [undefined]]);
    vi.advanceTimersByTime(2250);
    expect(second.passed).toHaveLength(2);
    expect(vi.getTimerCount()).toBe(0);
    const third = pass();
    vi.advanceTimersByTime(5250);
    expect(third.passed).toHaveLength(2);
  });
});
