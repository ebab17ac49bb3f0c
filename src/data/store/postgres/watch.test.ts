/** How the version of the data is followed, over a connection that the test plays. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { addressOf } from './address.js';
import { Outage } from './outage.js';
import { Names } from './session.js';
import { channelOf } from './transaction.js';
import { VersionWatch } from './watch.js';

const played = vi.hoisted(() => ({
  clients: [] as { config: unknown; emit(event: string, ...values: unknown[]): boolean }[],
  /** What each statement gives, by its first word. */
  answer: (_: string): unknown => undefined,
  texts: [] as string[],
  destroyed: 0,
}));

vi.mock('./driver.js', async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  class PlayedClient extends Emitter {
    readonly connection = { stream: { destroy: () => void played.destroyed++ } };
    constructor(readonly config: unknown) {
      super();
      played.clients.push(this);
    }
    async connect() {
      await this.query('CONNECT');
    }
    async query(text: string) {
      played.texts.push(text);
      const result = played.answer(text.split(' ')[0]!);
      if (result instanceof Error) throw result;
      return { rows: result ?? [], rowCount: 0 };
    }
  }
  const types = { builtins: { INT8: 20 }, getTypeParser: () => String };
  return { loadDriver: () => ({ pg: { Client: PlayedClient, types } }) };
});

const address = addressOf('postgres://h/d?schema=shop');

function play() {
  const raised: ((number: number) => void)[] = [];
  const cutAll = vi.fn();
  const connection = {
    address,
    names: new Names(address.schema, address.shown),
    outage: new Outage(),
    onRaised: (listener: (number: number) => void) => raised.push(listener),
    cutAll,
  };
  const watch = new VersionWatch(connection as never);
  return { watch, connection, cutAll, raise: (number: number) => raised[0]!(number) };
}

const lost = () => Object.assign(new Error('x'), { code: 'ECONNRESET' });
/** Answers looks with these, one after another; the last one stays. */
function looks(...given: unknown[]): void {
  const left = [...given];
  played.answer = (word) =>
    word === 'SELECT' ? (left.length > 1 ? left.shift() : left[0]) : undefined;
}
const at = (number: number, born = 'one') => [{ number, born }];
/** The version of the n-th schema that was seen at the place. */
const version = (births: number, number: number) => births * 2 ** 40 + number;

beforeEach(() => {
  Object.assign(played, { clients: [], texts: [], destroyed: 0 });
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a watch', () => {
  it('knows the version after its first look, for two seconds', async () => {
    looks(at(7));
    const { watch } = play();
    expect(watch.version()).toBeNull();
    await watch.start();
    expect(watch.version()).toBe(version(1, 7));
    expect(played.texts.slice(0, 3)).toEqual([
      'CONNECT',
      `LISTEN ${channelOf(address)}`,
      'SELECT number, born FROM "shop".version, "shop".about',
    ]);
    expect(played.clients[0]!.config).toMatchObject({ connectionTimeoutMillis: 1000 });
    await watch.stop();
    expect(played.destroyed).toBe(1);
    vi.advanceTimersByTime(2000);
    expect(watch.version()).toBe(version(1, 7));
    vi.advanceTimersByTime(1);
    expect(watch.version()).toBeNull();
  });

  it('begins once', async () => {
    looks(at(7));
    const { watch } = play();
    await watch.start();
    await watch.start();
    await watch.stop();
    expect(played.clients).toHaveLength(1);
    expect(played.texts).toHaveLength(3);
  });

  it('knows of a change at once, by a write of the process or by the server', async () => {
    looks(at(7));
    const { watch, raise } = play();
    await watch.start();
    raise(8);
    expect(watch.version()).toBe(version(1, 8));
    raise(6);
    expect(watch.version()).toBe(version(1, 8));
    const [client] = played.clients;
    client!.emit('notification', { payload: '12' });
    expect(watch.version()).toBe(version(1, 12));
    client!.emit('notification', { payload: '9' });
    client!.emit('notification', { payload: 'x' });
    client!.emit('notification', {});
    expect(watch.version()).toBe(version(1, 12));
    await watch.stop();
  });

  it('looks again, and believes a lower number and another schema', async () => {
    const { watch } = play();
    const given = [at(7), at(5), at(5, 'two'), []];
    const before: unknown[] = [];
    played.answer = (word) => {
      if (word !== 'SELECT') return undefined;
      before.push(watch.version());
      return given[before.length - 1] ?? [];
    };
    await watch.start();
    await expect.poll(() => before.length).toBeGreaterThanOrEqual(5);
    expect(before.slice(0, 5)).toEqual([
      null,
      version(1, 7),
      version(1, 5),
      version(2, 5),
      version(2, 5),
    ]);
    expect(played.clients).toHaveLength(1);
    // A schema that was removed has no row: the version grows old.
    vi.advanceTimersByTime(2001);
    expect(watch.version()).toBeNull();
    await watch.stop();
  });

  it('keeps a number that it was told of while it looked', async () => {
    const { watch, raise } = play();
    const before: unknown[] = [];
    played.answer = (word) => {
      if (word !== 'SELECT') return undefined;
      before.push(watch.version());
      // The look began before the write, so it gives the number before it.
      if (before.length === 2) raise(9);
      return at(7);
    };
    await watch.start();
    await expect.poll(() => before.length).toBeGreaterThanOrEqual(4);
    expect(before.slice(1, 4)).toEqual([version(1, 7), version(1, 9), version(1, 7)]);
    await watch.stop();
  });

  it('works where the server does not listen, as a standby', async () => {
    played.answer = (word) => (word === 'LISTEN' ? new Error('standby') : at(7));
    const { watch } = play();
    await watch.start();
    expect(watch.version()).toBe(version(1, 7));
    await watch.stop();
  });

  it('tells of a server that is gone, and connects anew', async () => {
    looks(at(7), lost(), at(8));
    const { watch, connection, cutAll } = play();
    const failed = vi.spyOn(connection.outage, 'failed');
    const over = vi.spyOn(connection.outage, 'over');
    await watch.start();
    expect([failed.mock.calls.length, over.mock.calls.length]).toEqual([0, 1]);
    await expect.poll(() => failed.mock.calls.length).toBe(1);
    expect(failed.mock.calls[0]![0]).toMatchObject({ fault: 'gone' });
    expect(played.destroyed).toBe(1);
    // It was heard of a moment ago.
    expect(cutAll).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1000);
    await expect.poll(() => watch.version()).toBe(version(1, 8));
    expect(played.clients).toHaveLength(2);
    await watch.stop();
  });

  it('ends what waits for a server that was never heard of', async () => {
    looks(lost());
    const { watch, cutAll } = play();
    await watch.start();
    expect(cutAll).toHaveBeenCalledTimes(1);
    expect(watch.version()).toBeNull();
    await watch.stop();
  });

  it('says nothing of an error that is no outage', async () => {
    looks(Object.assign(new Error('x'), { code: '42P01' }));
    const { watch, connection, cutAll } = play();
    const failed = vi.spyOn(connection.outage, 'failed');
    await watch.start();
    await watch.stop();
    expect([failed.mock.calls.length, cutAll.mock.calls.length]).toEqual([0, 0]);
  });

  it('connects anew where the connection failed between two looks', async () => {
    looks(at(7));
    const { watch } = play();
    await watch.start();
    const [client] = played.clients;
    client!.emit('error', new Error('x'));
    await expect.poll(() => played.clients.length).toBe(2);
    // An error of the old connection says nothing of the new one.
    await expect.poll(() => played.texts.length).toBeGreaterThanOrEqual(6);
    client!.emit('error', new Error('x'));
    const asked = played.texts.length;
    await expect.poll(() => played.texts.length).toBeGreaterThan(asked);
    expect(played.clients).toHaveLength(2);
    await watch.stop();
  });
});
