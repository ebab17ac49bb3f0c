/** What is counted of a request, and when. */
import { EventEmitter } from 'node:events';
import { afterEach, expect, it, vi } from 'vitest';
import type { ServingMetrics } from '../metrics.js';
import { measure } from './measure.js';

afterEach(() => {
  vi.useRealTimers();
});

/** Lets a request pass that is logged as given. */
function measured(logged?: Record<string, unknown>) {
  const counted: unknown[] = [];
  const metrics = {
    request: (...given: unknown[]) => counted.push(given),
    recommended: (source: string) => counted.push(source),
  } as unknown as ServingMetrics;
  const response = Object.assign(new EventEmitter(), { statusCode: 200 });
  const request = { method: 'POST', multvae: { logged } };
  const next = vi.fn();
  const handle = measure(metrics)({ path: '/users/:id', scope: 'read' });
  handle!(request as never, response as never, next);
  expect(next).toHaveBeenCalledWith();
  return { counted, response };
}

it('counts a request once it is over, by method, route, status and seconds', () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const { counted, response } = measured();
  vi.advanceTimersByTime(1500);
  expect(counted).toEqual([]);
  response.statusCode = 404;
  response.emit('close');
  expect(counted).toEqual([['POST', '/users/:id', 404, 1.5]]);
  response.emit('close');
  expect(counted).toHaveLength(1);
});

it('counts by what recommendations were made', () => {
  const { counted, response } = measured({ source: 'popularity', n: 3 });
  response.emit('close');
  expect(counted[1]).toBe('popularity');
  const other = measured({ source: 7 });
  other.response.emit('close');
  expect(other.counted).toHaveLength(1);
});
