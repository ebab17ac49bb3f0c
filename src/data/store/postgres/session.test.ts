/** Statements on a connection that the test plays: names, results, and a limit of time. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { StorageError } from '../../../errors.js';
import { isWorthAnother } from './faults.js';
import { type Client, ClientSession, cut, Names, quoted } from './session.js';

const names = new Names('a"b', 'postgres://h');

/** A client whose statements have this result, or end when the connection is cut. */
function client(result?: unknown) {
  let end: (error: Error) => void = () => undefined;
  const query = vi.fn((): Promise<unknown> => {
    if (result instanceof Error) return Promise.reject(result);
    if (result !== undefined) return Promise.resolve(result);
    return new Promise((_, reject) => {
      end = reject;
    });
  });
  const destroy = vi.fn(() => end(new Error('Connection terminated unexpectedly')));
  return { query, connection: { stream: { destroy } } };
}

const sessionOf = (played: ReturnType<typeof client>, limitMs: number | null = null) =>
  new ClientSession(played as unknown as Client, names, limitMs);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('a session', () => {
  it('puts the schema into each name, and passes the values on', async () => {
    const played = client({ rows: [{ n: 1 }], rowCount: 1, command: 'SELECT' });
    const session = sessionOf(played);
    expect(await session.query('SELECT $1 FROM store.a, bookstore.b, store.c', [7])).toEqual([
      { n: 1 },
    ]);
    expect(played.query).toHaveBeenCalledWith(
      'SELECT $1 FROM "a""b".a, bookstore.b, "a""b".c',
      [7],
    );
    expect(await session.end('COMMIT')).toBe('SELECT');
    expect(played.query).toHaveBeenLastCalledWith('COMMIT', undefined);
  });

  it.each([
    [{ rowCount: 3 }, 3],
    [{ rowCount: null }, 0],
    [[{ rowCount: 3 }, { rowCount: 4 }], 4],
  ])('says of %j how many rows the last statement changed', async (result, rows) => {
    expect(await sessionOf(client(result)).run('x')).toBe(rows);
  });

  it('cuts the connection off where a statement takes too long', async () => {
    const played = client();
    const asked = sessionOf(played, 2000).run('x');
    const failed = expect(asked).rejects.toThrow(/did not answer within 2 seconds/);
    await vi.advanceTimersByTimeAsync(1999);
    expect(played.connection.stream.destroy).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    await failed;
    expect(played.connection.stream.destroy).toHaveBeenCalledTimes(1);
    expect(isWorthAnother(await asked.catch((error) => error))).toBe(false);
  });

  it('has no clock running once a statement has ended, or where it has no limit', async () => {
    await sessionOf(client({ rowCount: 1 }), 2000).run('x');
    await expect(sessionOf(client(new Error('x')), 2000).run('x')).rejects.toThrow(/^x$/);
    const unlimited = sessionOf(client()).run('x');
    unlimited.catch(() => undefined);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('tells what an error of the driver means', async () => {
    const lost = Object.assign(new Error('x'), { code: 'ECONNRESET' });
    const asked = sessionOf(client(lost), 2000).run('x');
    await expect(asked).rejects.toBeInstanceOf(StorageError);
    await expect(asked).rejects.toThrow(
      /^postgres:\/\/h cannot be read or written: the connection broke/,
    );
    expect(isWorthAnother(await asked.catch((error) => error))).toBe(true);
  });
});

it('keeps the texts that it knows, and no more than a thousand', () => {
  const many = new Names('s', '');
  for (let k = 0; k < 2500; k++) expect(many.in(`${k} store.a`)).toBe(`${k} "s".a`);
  expect(many.in('0 store.a')).toBe('0 "s".a');
});

it('writes a name as SQL does, whatever it holds', () => {
  expect([quoted('a'), quoted('a"b"')]).toEqual(['"a"', '"a""b"""']);
  // A dollar sign is none of a pattern's.
  expect(new Names('$&', '').in('store.a store.b')).toBe('"$&".a "$&".b');
});

it('cuts nothing of a client that has not connected', () => {
  cut({} as Client);
});
