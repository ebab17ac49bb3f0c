/** Rows of a Parquet file through DuckDB, in whose place a test gives the values. */
import { expect, it } from 'vitest';
import { duckDbRows } from './duckdb.js';
import type { ParquetRows } from './parquet-file.js';

/** A DuckDB that gives chunks of rows and says what happened to it. */
function duckDb(...chunks: unknown[][][]) {
  const told: string[] = [];
  const connection = {
    stream: async (sql: string) => {
      told.push(sql);
      return {
        fetchChunk: async () => {
          const rows = chunks.shift();
          return rows === undefined ? null : { rowCount: rows.length, getRows: () => rows };
        },
      };
    },
    closeSync: () => told.push('connection closed'),
  };
  const instance = { connect: async () => connection, closeSync: () => told.push('closed') };
  const create = async (place: string) => {
    told.push(place);
    return instance;
  };
  return { told, DuckDBInstance: { create } };
}

const column = (path: string, within: string | null = null) => ({
  path,
  column: path.split('.')[0]!,
  within,
  textOf: (value: unknown) => (value === null ? '' : `<${value}>`),
});

async function rowsOf(fake: ReturnType<typeof duckDb>, columns = [column('a')]) {
  const batches: ParquetRows[] = [];
  const rows = duckDbRows(fake as never, { storedAt: "/it's.parquet" }, columns);
  for await (const batch of rows) batches.push(batch);
  return batches;
}

it('are read in chunks, by names that are quoted', async () => {
  const fake = duckDb([['x', 1]], [['y', null]], []);
  const columns = [column('say "a"'), column('s.b.c', 'b.c')];
  expect(await rowsOf(fake, columns)).toEqual([
    { first: 0, texts: [['<x>'], ['<1>']] },
    { first: 1, texts: [['<y>'], ['']] },
  ]);
  expect(fake.told).toEqual([
    ':memory:',
    `SELECT "say ""a""", "s"."b"."c" FROM read_parquet('/it''s.parquet')`,
    'connection closed',
    'closed',
  ]);
  expect(await rowsOf(duckDb([['x']]))).toHaveLength(1);
});

it.each([
  [{ scale: 2, value: 5n, width: 9 }, '<5>'],
  [{ value: 5n }, null],
  [{ bytes: Uint8Array.of(1, 2) }, '<1,2>'],
  [{ bytes: 'x' }, null],
  [{ days: 1 }, '1970-01-02'],
  [{ days: 1n }, null],
  [{ seconds: 2n }, '1970-01-01T00:00:02Z'],
  [{ millis: 2n }, '1970-01-01T00:00:00.002Z'],
  [{ micros: 2n }, '1970-01-01T00:00:00.000002Z'],
  [{ nanos: 2n }, '1970-01-01T00:00:00.000000002Z'],
  [{ micros: 2 }, null],
  [['a list'], null],
])('the value %o is the text %s', async (value, text) => {
  const [batch] = await rowsOf(duckDb([[value]]));
  expect(batch!.texts).toEqual([[text]]);
});

it('are closed also where they are not read to the end', async () => {
  const fake = duckDb([['x']], [['y']]);
  for await (const _ of duckDbRows(fake as never, { storedAt: '/a' }, [column('a')])) break;
  expect(fake.told.slice(-2)).toEqual(['connection closed', 'closed']);
});
