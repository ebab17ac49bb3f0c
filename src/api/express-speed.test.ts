/** Starting requests in groups: order, shedding and health checks. */

import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startInGroups } from './express-speed.js';
import { Overload } from './gate/overload.js';

let begun: string[];
let refused: string[];
let overload: Overload;
let ask: (url: string, socket?: object, context?: object) => ServerResponse;

beforeEach(() => {
  // The clock stands at 0 ms: new connections have their turn.
  vi.useFakeTimers({ toFake: ['performance'] });
  // Requests of the last test may still wait; they start in the lists of that test.
  const own = { begun: [] as string[], refused: [] as string[] };
  begun = own.begun;
  refused = own.refused;
  overload = new Overload({ maxRequests: 20, maxDelayMs: 60_000, minRequests: 0 });
  const listener = startInGroups(({ url }) => own.begun.push(url!), {
    overload,
    shed: ({ url }, _response, reason) => own.refused.push(`${url} ${reason}`),
  });
  const kept = {};
  ask = (url, socket = kept, context = {}) => {
    const response = Object.assign(new EventEmitter(), { destroyed: false });
    listener(
      { url, socket, ...context } as IncomingMessage,
      response as unknown as ServerResponse & typeof response,
    );
    return response as unknown as ServerResponse;
  };
});
afterEach(() => {
  overload.close();
  vi.useRealTimers();
});

const urls = (count: number) => Array.from({ length: count }, (_, k) => `/${k}`);

describe('startInGroups', () => {
  it('refuses more while work that nobody waits for piles up, until that ends', async () => {
    let fail: (reason: Error) => void = () => undefined;
    const work = new Promise<void>((_resolve, reject) => {
      fail = reject;
    });
    ask('/quick', undefined, { multvae: { work: null } }).emit('close');
    for (let k = 0; k < 80; k++) ask('/slow', undefined, { multvae: { work } }).emit('close');
    expect([overload.underWay, refused]).toEqual([0, []]);
    ask('/more');
    expect(refused).toEqual(['/more requests']);
    fail(new Error('the thread has failed'));
    await nextTurn();
    ask('/again');
    expect([overload.underWay, refused.length]).toEqual([1, 1]);
  });

  it('starts requests in their order, eight in a turn, and refuses at once those that are too many', async () => {
    ask('/first');
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual(['/first']);
    for (const url of urls(21)) ask(url);
    expect(refused).toEqual(['/19 requests', '/20 requests']);
    expect(begun).toEqual(['/first']);
    await nextTurn();
    expect(begun).toEqual(['/first', ...urls(8)]);
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual(['/first', ...urls(19)]);
    expect(overload.underWay).toBe(20);
  });

  it('does not start a request whose connection is gone', async () => {
    const responses = urls(5).map((url) => ask(url));
    for (const k of [1, 3]) {
      Object.assign(responses[k]!, { destroyed: true });
      responses[k]!.emit('close');
    }
    await nextTurn();
    await nextTurn();
    expect(begun).toEqual(['/0', '/2', '/4']);
    expect(overload.underWay).toBe(3);
  });

  it('starts a health check at once, however many requests wait', () => {
    for (const url of urls(25)) ask(url);
    ask('/health/live');
    expect(begun).toEqual(['/health/live']);
    expect(overload.underWay).toBe(20);
  });

  it('accepts new connections before it starts requests, but only for its share of the time', async () => {
    for (let turn = 0; turn < 4; turn++) {
      ask(`/${turn}`, {});
      await nextTurn();
    }
    expect(begun).toEqual([]);
    vi.advanceTimersByTime(11);
    ask('/4', {});
    await nextTurn();
    expect(begun).toEqual(urls(5));
  });

  it('goes on as soon as no new connection comes', async () => {
    ask('/0', {});
    await nextTurn();
    expect(begun).toEqual([]);
    await nextTurn();
    expect(begun).toEqual(['/0']);
  });
});
