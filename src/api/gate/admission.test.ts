import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { admission } from './admission.js';
import { Overload } from './overload.js';

let begun: string[];
let refused: string[];
let overload: Overload;
let ask: (url: string, socket?: object) => ServerResponse;

beforeEach(() => {
  // At 0 ms connections that come have their turn.
  vi.useFakeTimers({ toFake: ['performance'] });
  // The last test's requests may still wait, and be begun in its lists.
  const own: [string[], string[]] = [[], []];
  [begun, refused] = own;
  overload = new Overload({ requests: 20, delayMs: 60_000, busy: 0 });
  const listener = admission(
    ({ url }) => own[0].push(url!),
    overload,
    ({ url }, _response, reason) => own[1].push(`${url} ${reason}`),
  );
  const kept = {};
  ask = (url, socket = kept) => {
    const response = Object.assign(new EventEmitter(), { destroyed: false });
    listener(
      { url, socket } as IncomingMessage,
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

describe('admission', () => {
  it('begins requests in their order, eight in a turn, and refuses those that are too many at once', async () => {
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

  it('does not begin a request whose connection is gone', async () => {
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

  it('begins a health check at once, however many wait', () => {
    for (const url of urls(25)) ask(url);
    ask('/health/live');
    expect(begun).toEqual(['/health/live']);
    expect(overload.underWay).toBe(20);
  });

  it('takes new connections in before it begins requests, but not for longer than its share of time', async () => {
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

  it('goes on as soon as no connection comes', async () => {
    ask('/0', {});
    await nextTurn();
    expect(begun).toEqual([]);
    await nextTurn();
    expect(begun).toEqual(['/0']);
  });
});
