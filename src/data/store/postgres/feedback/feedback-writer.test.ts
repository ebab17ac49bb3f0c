/** How requests of feedback share transactions, over a connection that the test plays. */
import { describe, expect, it } from 'vitest';
import { ArgumentError, FeedbackError, HomeError } from '../../../../errors.js';
import type { EventList } from './feedback-table.js';
import { keyOf, storedKey, storeEvents } from './feedback-table.js';
import { PostgresFeedbackWriter } from './feedback-writer.js';

const event = (key: string, rest: object = {}) =>
  ({ key, userId: 'u', itemId: 'i', rating: 4, timestamp: 7, ...rest }) as never;

interface Play {
  /** Rows that are stored already. */
  readonly rows?: readonly object[];
  readonly fails?: Error;
}

function play({ rows = [], fails }: Play = {}) {
  const transactions: { options: object; inserted: string[][] }[] = [];
  const connection = {
    address: { shown: 'postgres://h' },
    transaction: async (work: (session: object) => Promise<unknown>, options: object) => {
      const inserted: string[][] = [];
      transactions.push({ options, inserted });
      if (fails !== undefined) throw fails;
      return work({
        query: async (text: string) => (text.startsWith('SELECT key,') ? rows : []),
        run: async (text: string, values: string[][]) => {
          if (text.includes('INSERT INTO store.feedback')) inserted.push(values[0]!);
          return 0;
        },
      });
    },
  };
  return { writer: new PostgresFeedbackWriter(connection as never), transactions };
}

describe('a writer of feedback', () => {
  it('stores the requests of a moment together, each with an answer of its own', async () => {
    const { writer, transactions } = play({
      rows: [{ key: 'old', userId: 'u', itemId: 'i', rating: 4, timestamp: 7 }],
    });
    const answers = await Promise.allSettled([
      writer.store([event('a'), event('a'), event('old')]),
      writer.store([event('b'), event('old', { rating: 1 })]),
      writer.store([event('a'), event('c')]),
      writer.store([event('d'), event('d', { itemId: 'j' })]),
      writer.store([]),
    ]);
    expect(
      answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : 'refused')),
    ).toEqual([
      ['stored', 'repeated', 'repeated'],
      'refused',
      ['repeated', 'stored'],
      'refused',
      [],
    ]);
    for (const k of [1, 3]) expect(answers[k]).toMatchObject({ reason: expect.any(FeedbackError) });
    expect(transactions).toEqual([{ options: { write: true }, inserted: [['a', 'c']] }]);
  });

  it('inserts nothing where all is stored', async () => {
    const { writer, transactions } = play();
    await writer.store([]);
    expect(transactions[0]!.inserted).toEqual([]);
  });

  it('stores no more than five thousand events at once, but for a longer request', async () => {
    const { writer, transactions } = play();
    const list = (name: string, length: number) =>
      Array.from({ length }, (_, k) => event(`${name}${k}`));
    const lengths = [4000, 1000, 1, 6000, 4999, 1, 1];
    await Promise.all(lengths.map((length, k) => writer.store(list(`${k} `, length))));
    expect(transactions.map(({ inserted }) => inserted.flat().length)).toEqual([
      5000, 1, 6000, 5000, 1,
    ]);
  });

  it('refuses all requests of a transaction that fails, and goes on', async () => {
    const fails = new HomeError('gone');
    const { writer, transactions } = play({ fails });
    const both = await Promise.allSettled([writer.store([event('a')]), writer.store([event('b')])]);
    expect(both.map((answer) => (answer as PromiseRejectedResult).reason)).toEqual([fails, fails]);
    await expect(writer.store([event('c')])).rejects.toBe(fails);
    expect(transactions).toHaveLength(2);
  });

  it.each([{ userId: 'u\0' }, { itemId: 'i\0' }])('refuses the id of %j', async (id) => {
    const { writer, transactions } = play();
    const stored = writer.store([event('a'), event('b', id)]);
    await expect(stored).rejects.toBeInstanceOf(ArgumentError);
    await expect(stored).rejects.toThrow(
      /^the id "[ui]\\u0000" has the character 0, .*leave it out$/,
    );
    expect(transactions).toEqual([]);
  });

  it('deletes in transactions that write; those of users apart from imports', async () => {
    const { writer, transactions } = play();
    expect(await writer.delete('a')).toBe(false);
    expect(await writer.deleteUser('u')).toBeNull();
    expect(await writer.deleteUser('u\0')).toBeNull();
    expect(transactions.map(({ options }) => options)).toEqual([
      { write: true },
      { write: true, imports: 'apart' },
    ]);
    expect(writer.deletionsInLog).toBe(0);
  });

  it('finishes what waits when it closes, and takes nothing else', async () => {
    const { writer } = play();
    const stored = writer.store([event('a')]);
    await writer.close();
    expect(await stored).toEqual(['stored']);
    const closed = /^the store postgres:\/\/h is closed$/;
    await expect(writer.store([])).rejects.toThrow(closed);
    await expect(writer.delete('a')).rejects.toThrow(closed);
    await expect(writer.deleteUser('u')).rejects.toBeInstanceOf(HomeError);
  });
});

it('gives an error of another kind as it is', async () => {
  const broken = [
    {
      key: 'a',
      get userId(): never {
        throw new TypeError('x');
      },
    },
  ];
  const session = { query: async () => [{ key: 'a' }] };
  const stored = storeEvents(session as never, [broken as never as EventList]);
  await expect(stored).rejects.toBeInstanceOf(TypeError);
});

it.each(['', 'a', 'a\0b', '\\', '\\0', '\\\\0', '\0\\\0', 'a\\b'])(
  'stores the key %j without NUL',
  (key) => {
    expect(storedKey(key)).not.toContain('\0');
    expect(keyOf(storedKey(key))).toBe(key);
  },
);
