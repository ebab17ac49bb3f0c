/** Reading JSON lines. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdIndex } from '../id-index.js';
import { recogniseRatings } from '../ratings-file.js';
import type { RatingsFileOptions } from '../ratings-format.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-json-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(content: string | Buffer, options: RatingsFileOptions = {}) {
  const path = join(folder, 'a.jsonl');
  writeFileSync(path, content);
  const users = new IdIndex();
  const items = new IdIndex();
  const rows: unknown[][] = [];
  const refused = [];
  const file = await recogniseRatings(path, options);
  for await (const batch of file.read(users, items)) {
    const { count, users: u, items: i, ratings, timestamps } = batch.ratings;
    for (let k = 0; k < count; k++) {
      rows.push([users.ids[u[k]!], items.ids[i[k]!], ratings[k], timestamps[k]]);
    }
    refused.push(...batch.refused);
  }
  return { rows, refused, columns: file.columns };
}

const none = Number.NaN;

describe('JSON lines without a good row', () => {
  it.each([
    ['{"user":"u","item":"i","rating":"good"}', /^Name another column with --rating-column/],
    ['{"user":"u","item":"i","rating":""}', /^Name another column with --rating-column/],
    ['{"user":"u","item":"i","rating":9}', /--scale/],
    ['{"user":"u","item":"","rating":"3"}', /^Compare the columns of the file/],
    ['{"user":"","item":"i","rating":"3"}', /^Compare the columns of the file/],
    ['{"user":"u","item":"i","timestamp":"soon"}', /^Write the times as seconds/],
    ['{"user":"u","item":"","x":1}', /^Compare the columns of the file/],
  ])('%s', async (line, remedy) => {
    const { refused } = await read(`${line}\n`);
    expect(refused).toMatchObject([{ line: 1, remedy: expect.stringMatching(remedy) }]);
  });

  it('read their times where a key says so, and their weights where the caller does', async () => {
    const line = '{"user":"u","item":"i","rating":4,"timestamp":7,"qty":2}\n';
    const { rows, columns } = await read(line, { columns: { weight: 'qty' } });
    expect(rows).toEqual([['u', 'i', 4, 7]]);
    expect(columns.used.map(({ purpose }) => purpose)).toEqual([
      'user',
      'item',
      'rating',
      'timestamp',
      'weight',
    ]);
    const [late] = (await read(`${line}{"user":"u","item":"i","rating":"x"}\n`)).refused;
    expect(late).not.toHaveProperty('remedy');
  });
});

describe('JSON lines', () => {
  it('have their columns by name, those of objects by their paths', async () => {
    const flat =
      '{"reviewerID":"A","asin":"B","overall":4.0,"unixReviewTime":1400000000,"x":[1]}\n';
    expect((await read(flat)).rows).toEqual([['A', 'B', 4, 1400000000]]);
    const nested = [
      '{"user": {"id": 7, "name": "Ann"}, "product": {"sku": {"code": "s-1"}}, "stars": 5}',
      '',
      '{"product": {"sku": {"code": "s-2"}}, "user": {"name": "Ben", "id": 8}, "stars": "4"}',
    ].join('\r\n');
    const columns = { user: 'user.id', item: 'product.sku.code' };
    const { rows, columns: understood } = await read(nested, { columns });
    expect(rows).toEqual([
      ['7', 's-1', 5, none],
      ['8', 's-2', 4, none],
    ]);
    expect(understood).toMatchObject({
      delimiter: null,
      used: [{ name: 'user.id' }, { name: 'product.sku.code' }, { name: 'stars' }],
      ignored: [{ name: 'user.name' }],
    });
    const dotted = '{"user.id": "whole", "user": {"id": "part"}, "item": 1}\n';
    const named = { columns: { user: 'user.id' } };
    expect((await read(dotted, named)).rows).toEqual([['whole', '1', none, none]]);
    expect((await read(gzipSync(`\ufeff${flat}`))).rows).toHaveLength(1);
  });

  it('keep the text of numbers that are ids', async () => {
    const ids = ['1', '1.0', '-0', '1e3', '12345678901234567890', '007'];
    const lines = ids.map((id, k) => `{"note":"a 1.5 \\" 2","user":${id},"item":{"id":${k}}}\n`);
    const { rows, refused } = await read(lines.join(''));
    expect(rows.map(([user]) => user)).toEqual(ids.slice(0, 5));
    expect(refused).toMatchObject([{ line: 6 }]);
  });

  it('may have a value where others have nothing or an object', async () => {
    const lines = [
      '{"user":null,"item":{"id":1}}',
      '{"user":{"id":2},"item":3}',
      '{"user":{"id":4},"item":5}',
    ];
    const { rows, refused } = await read(lines.join('\n'));
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['2', '3'],
      ['4', '5'],
    ]);
    expect(refused).toMatchObject([{ line: 1, column: 'item', value: '{"id":1}' }]);
  });

  it('have times as numbers and as dates', async () => {
    const times = ['1400000000', '1400000000500', '"2014-05-13T16:53:20.5Z"', '"1400000000"'];
    const lines = times.map((time) => `{"user":"u","item":"i","ts":${time}}\n`);
    const { rows } = await read(lines.join(''));
    expect(rows.map((row) => row[3])).toEqual([14e8, 14e8 + 0.5, 14e8 + 0.5, 14e8]);
  });

  it('that break a rule are bad rows with their line', async () => {
    const lines = [
      '{"user":"u","item":"i","rating":4}',
      '{"user":"u","item":"i","rating":4',
      '[1, 2]',
      '',
      '{"user":null,"item":"i","rating":4}',
      '{"item":"i","rating":4}',
      '{"user":{"id":1},"item":"i","rating":4}',
      '{"user":"u","item":true,"rating":4}',
      '{"user":"u","item":["i"],"rating":4}',
      '{"user":"u","item":"i","rating":40}',
      '{"user":"u","item":"i"}',
      `{"user":"u","item":"${'x'.repeat(2 << 20)}"}`,
      '{"user":"v","item":"i","rating":3}',
    ];
    const { rows, refused } = await read(lines.join('\n'));
    expect(rows.map(([user]) => user)).toEqual(['u', 'v']);
    const object = 'the line must be one JSON object';
    expect(refused).toMatchObject([
      { line: 2, rule: object, row: lines[1] },
      { line: 3, rule: object },
      { line: 5, column: 'user', rule: expect.stringMatching(/must not be empty/) },
      { line: 6, column: 'user' },
      { line: 7, column: 'user', value: '{"id":1}', rule: 'must be a text or a number' },
      { line: 8, column: 'item', value: 'true' },
      { line: 9, column: 'item', value: '["i"]' },
      { line: 10, column: 'rating', value: '40' },
      { line: 11, column: 'rating' },
      { line: 12, rule: expect.stringMatching(/at most 1048576 bytes/) },
    ]);
    const latin = Buffer.from('{"user":"caf\xe9","item":"i"}\n', 'latin1');
    const good = Buffer.from('{"user":"u","item":"i"}\n');
    expect((await read(Buffer.concat([good, latin]))).refused).toMatchObject([
      { line: 2, rule: 'must be valid UTF-8', remedy: expect.stringMatching(/--encoding latin1/) },
    ]);
    expect((await read(latin, { encoding: 'latin1' })).rows).toEqual([['café', 'i', none, none]]);
  });

  it('are refused where they are a document, or have no columns of users and items', async () => {
    await expect(read('{\n "ratings": [{"user": 1}]\n}\n')).rejects.toThrow(/is JSON, not a table/);
    await expect(read('[{"user": 1, "item": 2}]')).rejects.toThrow(/is JSON, not a table.*jq -c/);
    await expect(read('{"a":1}\n')).rejects.toThrow(/neither is found among "a"/);
    const two = '{"user":1,"user_id":2,"item":3}\n';
    await expect(read(two)).rejects.toThrow(/"user" or "user_id".*--user-column/);
    await expect(read(two, { delimiter: ';' })).rejects.toThrow(/--delimiter: .* is JSON lines/);
    await expect(read(two, { header: false })).rejects.toThrow(/--no-header: .* is JSON lines/);
  });
});
