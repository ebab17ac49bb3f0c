/** How writes of items share transactions, over a connection that the test plays. */
import { describe, expect, it } from 'vitest';
import { ArgumentError, HomeError } from '../../../../errors.js';
import { PostgresCatalogueWriter } from './catalogue-writer.js';

interface Play {
  /** The ids of items that are known and not removed. */
  readonly known?: readonly string[];
  /** The rows of stored items. */
  readonly rows?: readonly object[];
  readonly fails?: Error;
  /** Called with each transaction's number. */
  readonly onBegin?: (n: number) => void;
}

function play({ known = [], rows = [], fails, onBegin }: Play = {}) {
  const transactions: { options: object; written: string[][]; finished: number }[] = [];
  const connection = {
    address: { shown: 'postgres://h' },
    transaction: async (work: (session: object) => Promise<unknown>, options: object) => {
      const made = { options, written: [] as string[][], finished: 0 };
      transactions.push(made);
      onBegin?.(transactions.length);
      if (fails !== undefined) throw fails;
      return work({
        query: async (text: string, values: [string[]]) => {
          if (text.includes('FROM store.catalogue')) return [{ version: 1, fields: '[]', next: 7 }];
          if (text.includes('AS asked')) {
            return values[0].filter((id) => known.includes(id)).map((id) => ({ id }));
          }
          return rows;
        },
        run: async (text: string, values: string[][]) => {
          if (text.includes('INSERT INTO store.items')) made.written.push(values[1]!);
          if (text.startsWith('UPDATE store.catalogue')) made.finished++;
          return 0;
        },
      });
    },
  };
  return { writer: new PostgresCatalogueWriter(connection as never), transactions };
}

const stored = (id: string, rest: object = {}) => ({
  id,
  index: 3,
  title: 'A',
  year: null,
  genres: '[]',
  fields: '{}',
  available: true,
  addedAt: 5,
  own: true,
  removed: false,
  ratings: 0,
  wordCount: 1,
  ...rest,
});
const many = (length: number) =>
  new Map(Array.from({ length }, (_, k) => [`i${k}`, { title: `T ${k}` }] as const));

describe('a writer of items', () => {
  it('writes what comes in a moment together, each with an answer of its own', async () => {
    const { writer, transactions } = play({ known: ['b'], rows: [stored('b')] });
    const answers = await Promise.all([
      writer.put('a', { title: 'A' }),
      writer.put('b', { title: 'B' }),
      writer.put('b', { title: 'A' }),
      writer.patch('b', { title: 'B' }),
      writer.patch('c', { title: 'C' }),
      writer.delete('b'),
      writer.delete('c'),
      writer.write(new Map([['d', {}]])),
    ]);
    expect(answers).toEqual([
      'created',
      'changed',
      'unchanged',
      'changed',
      null,
      true,
      false,
      { created: 1, changed: 0, unchanged: 0 },
    ]);
    expect(transactions).toEqual([
      {
        options: { write: true, imports: 'apart', long: false },
        written: [['a'], ['b'], ['b'], ['b'], ['d']],
        finished: 1,
      },
    ]);
  });

  it('keeps what a change leaves out, and not where an item is written whole', async () => {
    const { writer } = play({ known: ['b'], rows: [stored('b')] });
    expect(await writer.patch('b', {})).toBe('unchanged');
    expect(await writer.put('b', {})).toBe('changed');
    const empty = new Map([['b', {}]]);
    expect(await writer.write(empty, { merge: true })).toMatchObject({ unchanged: 1 });
    expect(await writer.write(empty)).toMatchObject({ changed: 1 });
  });

  it('refuses what breaks a rule, and stores the rest of the transaction', async () => {
    const { writer, transactions } = play();
    const answers = await Promise.allSettled([
      writer.put('a\nb', {}),
      writer.write(
        new Map([
          ['a', {}],
          ['b', { year: 'x' as never }],
        ]),
      ),
      writer.put('c', {}),
      writer.put('d\0', {}),
    ]);
    expect(answers.map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
      'rejected',
    ]);
    expect((answers[1] as PromiseRejectedResult).reason).toBeInstanceOf(ArgumentError);
    expect((answers[1] as PromiseRejectedResult).reason.message).toMatch(
      /^item "b": year is "x"; /,
    );
    expect(transactions.map(({ written }) => written)).toEqual([[['c']]]);
  });

  it('knows an unusual id that is stored', async () => {
    const { writer } = play({ known: ['a\nb'] });
    expect(await writer.put('a\nb', {})).toBe('created');
  });

  it('shares a transaction among fifty writes', async () => {
    const { writer, transactions } = play();
    await Promise.all(Array.from({ length: 101 }, (_, k) => writer.put(`i${k}`, {})));
    expect(transactions.map(({ written }) => written.length)).toEqual([50, 50, 1]);
  });

  it('writes a long list in a transaction of its own, some at a time', async () => {
    const { writer, transactions } = play();
    expect(await writer.write(many(500))).toMatchObject({ created: 500 });
    expect(await writer.write(many(1101))).toEqual({ created: 1101, changed: 0, unchanged: 0 });
    expect(transactions.map(({ options }) => options)).toEqual([
      { write: true, imports: 'apart', long: false },
      { write: true, imports: 'apart', long: true },
    ]);
    expect(transactions[1]!.written.map(({ length }) => length)).toEqual([500, 500, 101]);
    expect(transactions[1]!.finished).toBe(1);
  });

  it('refuses all writes of a transaction that fails, and goes on', async () => {
    const fails = new HomeError('gone');
    const { writer, transactions } = play({ fails });
    const both = await Promise.allSettled([writer.put('a', {}), writer.delete('b')]);
    expect(both.map((answer) => (answer as PromiseRejectedResult).reason)).toEqual([fails, fails]);
    await expect(writer.put('c', {})).rejects.toBe(fails);
    expect(transactions).toHaveLength(2);
  });

  it('finishes what waits when it closes, and takes nothing else', async () => {
    const { writer } = play();
    const written = writer.put('a', {});
    await writer.close();
    expect(await written).toBe('created');
    for (const late of [
      () => writer.put('a', {}),
      () => writer.patch('a', {}),
      () => writer.delete('a'),
      () => writer.write(many(1)),
      () => writer.write(many(501)),
    ]) {
      await expect(late()).rejects.toThrow(/^the store postgres:\/\/h is closed$/);
    }
  });

  it('stops in the middle of a long list when it closes', async () => {
    const { writer, transactions } = play({ onBegin: () => void writer.close() });
    await expect(writer.write(many(501))).rejects.toBeInstanceOf(HomeError);
    expect(transactions[0]!.written).toEqual([]);
  });
});
