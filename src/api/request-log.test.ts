/** The log of a server: one line a request, as a terminal shows it. */

import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createLogger, type LogLevel, logOf, logRequests } from './request-log.js';

function capture(level: LogLevel = 'trace') {
  let written = '';
  const logger = createLogger(level, {
    write: (line: string) => {
      written += line;
    },
  });
  const lines = () =>
    written
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line));
  return { logger, lines, written: () => written };
}

it('writes foreign text so that a terminal only shows it, and the line stays JSON', () => {
  const { logger, lines, written } = capture('info');
  const userId = '\x1b]0;owned\x07\x9b31m\u202e';
  logger.info({ userId }, 'answered');
  logger.info('again');
  const [first, second] = lines();
  expect(first).toMatchObject({ userId, msg: 'answered' });
  expect(second).toMatchObject({ msg: 'again' });
  expect(written()).toMatch(/\n$/);
  expect(written().replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202e]/u);
});

describe('logRequests', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  const plain = {
    method: 'GET',
    url: '/users/7?n=3',
    originalUrl: '/users/7?n=3',
    headers: {} as Record<string, unknown>,
  };

  /** Lets a request pass, and gives what is known of it then. */
  function pass(given: Partial<typeof plain> = {}, level: LogLevel = 'trace') {
    const captured = capture(level);
    const request = { ...plain, ...given } as typeof plain & { multvae: Record<string, unknown> };
    const headers: Record<string, string> = {};
    const response = Object.assign(new EventEmitter(), {
      statusCode: 200,
      writableFinished: true,
      setHeader: (name: string, value: string) => {
        headers[name] = value;
      },
    });
    const next = vi.fn();
    logRequests(captured.logger)(request as never, response as never, next);
    expect(next).toHaveBeenCalledWith();
    expect(headers).toEqual({ 'X-Request-Id': request.multvae.id });
    return { ...captured, request, response };
  }

  it('logs an answer once it is over, without the values of parameters', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const { lines, request, response } = pass();
    vi.advanceTimersByTime(12.34);
    expect(lines()).toEqual([]);
    Object.assign(request.multvae, { client: { name: 'shop' }, logged: { source: 'model' } });
    response.emit('close');
    response.emit('close');
    const { id } = request.multvae;
    expect(lines()).toEqual([
      {
        level: 30,
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        req: { id, method: 'GET', url: '/users/7?n' },
        source: 'model',
        client: 'shop',
        res: { statusCode: 200 },
        responseTime: 12.3,
        msg: 'answered',
      },
    ]);
    logOf(request as never).warn('more');
    expect(lines()[1]).toMatchObject({ level: 40, req: lines()[0].req, msg: 'more' });
  });

  it('names no client where none is known', () => {
    const { lines, response } = pass();
    response.emit('close');
    expect(lines()[0]).not.toHaveProperty('client');
    expect(lines()[0]).not.toHaveProperty('err');
  });

  it.each([
    ['a-B.3:_x', true],
    ['x'.repeat(100), true],
    ['x'.repeat(101), false],
    ['', false],
    ['a b', false],
    ['a\n', false],
    [['a'], false],
  ])('takes the id %j of the client: %s', (given, isTaken) => {
    const { request } = pass({ headers: { 'x-request-id': given } });
    if (isTaken) expect(request.multvae.id).toBe(given);
    else expect(request.multvae.id).toMatch(/^[\da-f]{8}-[\da-f-]{27}$/);
  });

  it.each<[string, object, number, string]>([
    ['/users', { statusCode: 404 }, 30, 'answered'],
    ['/users', { statusCode: 500 }, 50, 'answered'],
    ['/health/ready', {}, 20, 'answered'],
    ['/health/ready', { statusCode: 503 }, 50, 'answered'],
    ['/metrics', {}, 20, 'answered'],
    ['/metrics?x', {}, 20, 'answered'],
    ['/metricsx', {}, 30, 'answered'],
    ['/healthy', {}, 30, 'answered'],
    ['/x/health/', {}, 30, 'answered'],
    ['/users', { writableFinished: false }, 30, 'not answered to the end'],
  ])('logs %s with %j at level %i', (url, state, level, msg) => {
    const { lines, response } = pass({ url, originalUrl: url });
    Object.assign(response, state);
    response.emit('close');
    expect(lines()).toMatchObject([{ level, msg }]);
  });

  it('logs why an answer failed', () => {
    const { lines, response } = pass({ url: '/metrics' });
    response.emit('error', new Error('the socket is gone'));
    response.emit('close');
    expect(lines()).toMatchObject([
      { level: 50, msg: 'not answered to the end', err: { message: 'the socket is gone' } },
    ]);
  });

  it('logs no line of a lower level', () => {
    const { lines, response } = pass({}, 'warn');
    response.emit('close');
    expect(lines()).toEqual([]);
  });
});
