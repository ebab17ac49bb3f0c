/** What a store in PostgreSQL finds damaged or replaced, over a connection that the test plays. */
import { afterEach, expect, it, vi } from 'vitest';
import { StorageError } from '../../../errors.js';
import { addressOf } from './address.js';
import { Connection } from './connection.js';
import { copyRows, int32 } from './histories/copy-rows.js';
import { PostgresStore } from './postgres-store.js';

const url = 'postgres://h/d?schema=shop';

afterEach(() => {
  vi.restoreAllMocks();
});

/** A store whose connection gives these histories, number of users and row of `about`. */
async function play(
  histories: readonly (readonly [number, Buffer, Buffer | null])[],
  { users = histories.length, born = 'b' as string | null } = {},
) {
  const pieces: Buffer[] = [];
  const { PassThrough } = await import('node:stream');
  const target = new PassThrough().on('data', (piece: Buffer) => pieces.push(piece));
  const rows = histories.map(([user, ...values]) => [int32(user), ...values]);
  await copyRows({ copyIn: () => target } as never, 't', rows);
  const asked: string[] = [];
  const session = {
    copyOut: () => pieces,
    query: async () => [{ users }],
    run: async (text: string) => asked.push(text),
  };
  const connection = new Connection(addressOf(url));
  vi.spyOn(connection, 'snapshot').mockImplementation(async (work, options) => {
    expect(options).toEqual({ long: true });
    return work(session as never);
  });
  vi.spyOn(connection, 'read').mockResolvedValue(born === null ? [] : [{ born }]);
  return { store: new PostgresStore({ folder: 'h', store: url }, connection, 'b'), asked };
}

const bytes = (length: number) => Buffer.alloc(length);

it('checks every history, and reads all items and events', async () => {
  const { store, asked } = await play([
    [0, bytes(48), null],
    [1, bytes(24), bytes(8)],
    [2, bytes(0), bytes(0)],
  ]);
  await store.check();
  expect(asked).toEqual([
    expect.stringMatching(/FROM store\.feedback$/),
    expect.stringMatching(/FROM store\.items /),
  ]);
  await store.close();
});

it.each([
  [bytes(47), null],
  [bytes(25), null],
  [bytes(48), bytes(8)],
  [bytes(24), bytes(16)],
  [bytes(24), bytes(0)],
])('finds a history that is damaged (%#)', async (ratings, weights) => {
  const { store } = await play([
    [0, bytes(24), null],
    [7, ratings, weights],
  ]);
  const checked = store.check();
  await expect(checked).rejects.toMatchObject({ fault: 'damaged' });
  await expect(checked).rejects.toThrow(
    `postgres://h/d?schema=shop is damaged: the history of user number 7 has ${ratings.length} bytes; `,
  );
});

it.each([0, 2])('finds that %i users do not fit to one history', async (users) => {
  const { store } = await play([[0, bytes(24), null]], { users });
  await expect(store.check()).rejects.toThrow(
    `is damaged: it has ${users} users and 1 histories; restore it from a backup, or import again`,
  );
});

it('confirms that it is the same store', async () => {
  await (await play([])).store.confirm();
  const other = (await play([], { born: 'c' })).store.confirm();
  await expect(other).rejects.toMatchObject({ fault: 'replaced' });
  await expect(other).rejects.toThrow(/was replaced by another store while it was in use; restart/);
  const none = (await play([], { born: null })).store.confirm();
  await expect(none).rejects.toBeInstanceOf(StorageError);
  await expect(none).rejects.toThrow(/was removed while it was in use/);
});
