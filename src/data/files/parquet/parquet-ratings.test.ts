/** Reading Parquet files. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isOptionalThere } from '../../../optional-packages.js';
import { IdIndex } from '../id-index.js';
import { recogniseRatings } from '../ratings-file.js';
import type { RatingsFile, RatingsFileOptions } from '../ratings-format.js';
import { FileHead } from '../text/file-head.js';
import { recogniseParquet } from './parquet-ratings.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-parquet-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** As the writer has it, which brings a version of its own of the reader's types. */
type SchemaElement = NonNullable<Parameters<typeof parquetWriteBuffer>[0]['schema']>[number];

interface Written {
  readonly schema?: SchemaElement[];
  readonly rowGroupSize?: number;
}

function write(columnData: ColumnSource[], options: Written = {}): string {
  const path = join(folder, 'a.parquet');
  writeFileSync(path, Buffer.from(parquetWriteBuffer({ columnData, ...options })));
  return path;
}

async function rowsOf(file: RatingsFile) {
  const users = new IdIndex();
  const items = new IdIndex();
  const rows: unknown[][] = [];
  const refused = [];
  const progress: number[] = [];
  for await (const batch of file.read(users, items)) {
    const { count, users: u, items: i, ratings, timestamps } = batch.ratings;
    for (let k = 0; k < count; k++) {
      rows.push([users.ids[u[k]!], items.ids[i[k]!], ratings[k], timestamps[k]]);
    }
    refused.push(...batch.refused);
    progress.push(batch.bytesRead);
  }
  return { rows, refused, progress };
}

async function read(path: string, options: RatingsFileOptions = {}) {
  const file = await recogniseRatings(path, options);
  return { ...(await rowsOf(file)), columns: file.columns };
}

const none = Number.NaN;

/** Columns of every type that can hold an id, a rating or a time. */
const typed: ColumnSource[] = [
  { name: 'user_id', data: [9007199254740993n, 2n, 3n] },
  { name: 'sku', data: ['é-1', 'b', 'c'] },
  { name: 'stars', data: [4.5, 3, 5], type: 'DOUBLE' },
  {
    name: 'ordered_at',
    data: [new Date('2023-11-14T22:13:20.500Z'), new Date(0), new Date('1969-12-31T23:59:59Z')],
    type: 'TIMESTAMP',
  },
];
const typedRows = [
  ['9007199254740993', 'é-1', 4.5, 1700000000.5],
  ['2', 'b', 3, 0],
  ['3', 'c', 5, -1],
];

/** The same kinds of columns, as other programs declare them. */
const declared: { schema: SchemaElement[]; columnData: ColumnSource[] } = {
  schema: [
    { name: 'root', num_children: 6 },
    {
      name: 'user',
      type: 'INT64',
      converted_type: 'DECIMAL',
      precision: 18,
      scale: 0,
      repetition_type: 'REQUIRED',
    },
    { name: 'item', type: 'INT32', repetition_type: 'REQUIRED' },
    {
      name: 'rating',
      type: 'INT32',
      converted_type: 'DECIMAL',
      precision: 4,
      scale: 2,
      repetition_type: 'REQUIRED',
    },
    {
      name: 'date',
      type: 'INT64',
      converted_type: 'TIMESTAMP_MICROS',
      repetition_type: 'REQUIRED',
    },
    { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
    { name: 'sold', type: 'BOOLEAN', repetition_type: 'REQUIRED' },
  ],
  columnData: [
    { name: 'user', data: [4503599627370497, 7] },
    { name: 'item', data: [1, -2] },
    { name: 'rating', data: [4.5, 3.25] },
    { name: 'date', data: [new Date(1_700_000_000_123), new Date(-1500)] },
    { name: 'day', data: [new Date('2024-02-29'), new Date('1970-01-01')] },
    { name: 'sold', data: [true, false] },
  ],
};

describe('Parquet files', () => {
  it('have their columns by name, and keep integers, texts and times exact', async () => {
    const { rows, refused, columns } = await read(write(typed));
    expect({ rows, refused }).toEqual({ rows: typedRows, refused: [] });
    expect(columns).toMatchObject({
      delimiter: null,
      used: [{ name: 'user_id' }, { name: 'sku' }, { name: 'stars' }, { name: 'ordered_at' }],
    });
  });

  it('may have decimals, dates and microseconds', async () => {
    const path = write(declared.columnData, declared);
    const times = await read(path, { columns: { timestamp: 'date' } });
    expect(times.rows).toEqual([
      ['4503599627370497', '1', 4.5, 1_700_000_000.123],
      ['7', '-2', 3.25, -1.5],
    ]);
    const days = await read(path, { columns: { timestamp: 'day' } });
    expect(days.rows.map((row) => row[3])).toEqual([1709164800, 0]);
  });

  it('are read row group by row group', async () => {
    const count = 1000;
    const users = Array.from({ length: count }, (_, k) => `u${k % 50}`);
    const items = Int32Array.from({ length: count }, (_, k) => k);
    const columns = [
      { name: 'user', data: users },
      { name: 'item', data: items },
    ];
    const { rows, progress } = await read(write(columns, { rowGroupSize: 300 }));
    expect(rows).toEqual(users.map((user, k) => [user, String(k), none, none]));
    expect(progress).toHaveLength(4);
    expect(progress[3]).toBeGreaterThan(progress[0]! * 3);
  });

  it('refuse rows with their number', async () => {
    const columns: ColumnSource[] = [
      { name: 'user', data: ['a', null, 'c', 'd'], nullable: true },
      { name: 'item', data: ['1', '2', '3', '4'] },
      { name: 'rating', data: [4, 4, 40, none], type: 'DOUBLE' },
    ];
    const { rows, refused } = await read(write(columns));
    expect(rows).toEqual([['a', '1', 4, none]]);
    expect(refused).toMatchObject([
      { line: 2, column: 'user', rule: expect.stringMatching(/must not be empty/) },
      { line: 3, column: 'rating', value: '40', row: '{"user":"c","item":"3","rating":"40"}' },
      { line: 4, column: 'rating', rule: 'a rating must not be empty' },
    ]);
    const path = write(declared.columnData, declared);
    const switched = await read(path, { columns: { item: 'sold', timestamp: null } });
    expect(switched.refused).toMatchObject([
      { line: 1, column: 'sold', rule: expect.stringMatching(/must be a text or a number/) },
      { line: 2 },
    ]);
  });

  it('may have structs, whose values have paths', async () => {
    const schema: SchemaElement[] = [
      { name: 'root', num_children: 2 },
      { name: 'user', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'id', type: 'INT32', repetition_type: 'OPTIONAL' },
      { name: 'name', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'item', type: 'INT32', repetition_type: 'REQUIRED' },
    ];
    const columnData = [
      {
        name: 'user',
        data: [
          { id: 5, name: 'Ann' },
          { id: 6, name: 'Ben' },
        ],
      },
      { name: 'item', data: [1, 2] },
    ];
    const { rows } = await read(write(columnData, { schema }));
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['5', '1'],
      ['6', '2'],
    ]);
  });

  it('that are damaged, packed, or without columns of users and items are refused', async () => {
    const path = write(typed);
    const whole = Buffer.from(parquetWriteBuffer({ columnData: typed }));
    for (const content of [whole.subarray(0, -20), whole.subarray(0, 40)]) {
      writeFileSync(path, content);
      await expect(read(path)).rejects.toThrow(/is a Parquet file that cannot be read: it is dam/);
    }
    writeFileSync(path, gzipSync(whole));
    await expect(read(path)).rejects.toThrow(/is a gzip archive, and what it holds is a Parquet/);
    await expect(read(write([{ name: 'a', data: [1] }]))).rejects.toThrow(/found among "a"/);
    await expect(read(write(typed), { quotes: false })).rejects.toThrow(/--no-quotes: .*Parquet/);
    const csv = join(folder, 'PAR1.csv');
    writeFileSync(csv, 'PAR1,user,item\n1,2,3\n');
    expect((await read(csv)).rows).toEqual([['2', '3', none, none]]);
  });

  it('that do not fit into memory need DuckDB', async () => {
    const file = new FileHead(write(typed));
    const reading = () => recogniseParquet(file, {}, 1);
    if (!isOptionalThere('@duckdb/node-api')) {
      console.warn('@duckdb/node-api is not installed: only the advice to install it is tested');
      const advice = /needs 1 MiB of memory.*npm install @duckdb\/node-api/;
      await expect(reading()).rejects.toThrow(advice);
      return;
    }
    const { rows, refused } = await rowsOf(await reading());
    expect({ rows, refused }).toEqual({ rows: typedRows, refused: [] });
    const other = new FileHead(write(declared.columnData, declared));
    for (const timestamp of ['date', 'day']) {
      const options = { columns: { timestamp } };
      const large = await rowsOf(await recogniseParquet(other, options, 1));
      expect(large.rows).toEqual((await read(other.path, options)).rows);
    }
  });
});
