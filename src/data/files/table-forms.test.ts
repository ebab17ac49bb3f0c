/** Every form of a text table that an import reads: delimiters, quotes, headers, names, numbers and times. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { UnderstoodColumns } from './columns.js';
import { IdIndex } from './id-index.js';
import { recogniseRatings } from './ratings-file.js';
import type { RatingsFileOptions } from './ratings-format.js';
import type { Delimiter } from './text/delimiters.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-forms-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function recognise(content: string, options: RatingsFileOptions = {}, name = 'a.csv') {
  const path = join(folder, name);
  writeFileSync(path, content);
  return recogniseRatings(path, options);
}

/** The columns in words, such as `user=sku:2`. */
function words({ used }: UnderstoodColumns): string {
  return used.map(({ purpose, name, place }) => `${purpose}=${name ?? ''}:${place}`).join(' ');
}

async function read(content: string, options: RatingsFileOptions = {}, name = 'a.csv') {
  const file = await recognise(content, options, name);
  const users = new IdIndex();
  const items = new IdIndex();
  const rows: unknown[][] = [];
  const refused: { line: number; rule: string }[] = [];
  let remarks = {};
  for await (const batch of file.read(users, items)) {
    const { count, users: u, items: i, ratings, timestamps, weights } = batch.ratings;
    for (let k = 0; k < count; k++) {
      const row: unknown[] = [users.ids[u[k]!], items.ids[i[k]!]];
      for (const column of [ratings, timestamps, weights]) {
        const value = column?.[k] ?? Number.NaN;
        if (!Number.isNaN(value)) row.push(value);
      }
      rows.push(row);
    }
    refused.push(...batch.refused.map(({ line, rule }) => ({ line, rule })));
    remarks = batch.remarks;
  }
  return { rows, refused, remarks, columns: file.columns };
}

describe('a delimiter', () => {
  const two = [
    ['u', 'a b', 4],
    ['v', 'c', 3.5],
  ];
  it.each([
    [',', 'user,item,rating\nu,a b,4\nv,c,3.5\n'],
    [';', 'user;item;rating\nu;a b;4\nv;c;3.5\n'],
    [';', 'user;item;rating\nu;a b;4\nv;c;3,5\n'],
    [';', '"user";"item";"rating"\r\n"u";"a b";"4"\r\n"v";"c";"3,5"\r\n'],
    ['|', 'user|item|rating\nu|"a b"|4\nv|c|3.5\n'],
    ['\t', 'user\titem\trating\nu\ta b\t4\nv\tc\t3.5\n'],
    ['::', 'user::item::rating\nu::a b::4\nv::c::3.5\n'],
    [' ', 'user item rating\nu "a b" 4\nv c 3.5\n'],
    [' ', '  user   item\trating \n  u "a b"\t 4\n\n  v   c   3.5  \r\n'],
    [';', 'sep=;\nuser;item;rating\nu;a b;4\nv;c;3,5\n'],
    [',', '\ufeff"sep=,"\r\nuser,item,rating\r\nu,a b,4\r\nv,c,3.5\r\n'],
    ['\t', 'sep=\t\nuser\titem\trating\nu\ta b\t4\nv\tc\t3.5\n'],
    // Excel fills the line with delimiters.
    [';', 'sep=;;;\nuser;item;rating\nu;a b;4\nv;c;3,5\n'],
    // Other delimiters inside fields.
    [',', 'user,item,rating,"tags; all|of\tthem"\nu,a b,4,x;y\nv,c,3.5,x;z\n'],
    [';', 'user;item;rating;note\nu;a b;4;one, two\nv;c;3,5;three\n'],
    ['\t', 'user\titem\trating\tnote, or none\nu\ta b\t4\tone, two\nv\tc\t3.5\tno, none\n'],
    ['|', 'user|item|rating|when, at\nu|a b|4|2, 3\nv|c|3.5|2, 4\n'],
    [';', 'user;item;rating;note\n"u";a b;4;"x;y\nz"\n"v";c;3,5;"one"\n'],
  ])('%j is found in %j', async (delimiter, content) => {
    const { rows, refused, columns } = await read(content);
    expect({ rows, refused, delimiter: columns.delimiter }).toEqual({
      rows: two,
      refused: [],
      delimiter,
    });
  });

  it.each([
    [',', '1,2,3\n2,3,4\n'],
    [';', '1;2;3,5\n2;3;4\n'],
    [';', 'Anna B;Cola Light;x\nBert C;Mate, kalt;y\n'],
    ['|', '1|2|3\n2|3|4\n'],
    [' ', '1 2 3\n 2  3   4\n'],
    ['\t', 'u\tcola, mate\tx\nv\ttea, ice\ty\n'],
    [',', 'u,"a;b",x\nv,"c;d",y\n'],
  ])('%j is found without a header in %j', async (delimiter, content) => {
    const { columns } = await recognise(content, { header: false });
    expect(columns).toMatchObject({ delimiter, hasHeader: false });
  });

  it.each([
    ['who,what|x\n1,2|x\n', {}, /^\S+a\.csv, line 1: .* commas or by bars/],
    ['sep=^\nwho,what|x\n1,2|x\n', {}, /^\S+a\.csv, line 2: .* commas or by bars/],
    ['who~what\n1~2\n', {}, /^\S+a\.csv, line 1: .* but tildes/],
    ['who,what|x\n1,2|x\n3,4|y\n', {}, /commas or by bars\. Choose one, .*--delimiter ','$/],
    ['1|2;3\n1|4;5\n', { header: false }, /semicolons or by bars\. .*--delimiter ';'$/],
    ['1 2 4,5\n1 3 3,5\n', { header: false }, /commas or by blanks\./],
  ])('in doubt is refused: %j', async (content, options, message) => {
    await expect(recognise(content, options)).rejects.toThrow(message);
  });

  it('is the one that the caller gives', async () => {
    const columns = { user: 'who', item: 'what|x' };
    const { rows } = await read('who,what|x\n1,2|x\n', { delimiter: ',', columns });
    expect(rows).toEqual([['1', '2|x']]);
    const bars = { user: 'who,what', item: 'x' };
    const other = await read('who,what|x\n1,2|x\n', { delimiter: '|', columns: bars });
    expect(other.rows).toEqual([['1,2', 'x']]);
    const told = await read('sep=;\nuser,item;x\n1,2;x\n', {
      delimiter: ',',
      columns: { item: 'item;x' },
    });
    expect(told.rows).toEqual([['1', '2;x']]);
    await expect(recognise('user,item\n1,2\n', { delimiter: ';' })).rejects.toThrow(
      /^--delimiter ";": the first line of .*a\.csv has no semicolons; it is "user,item"/,
    );
    const unknown = { delimiter: 'tab' as Delimiter };
    await expect(recognise('user,item\n1,2\n', unknown)).rejects.toThrow(
      /^delimiter is "tab"; give one of ",", ";", /,
    );
  });

  it('is not looked for in a first line whose quotes are wrong', async () => {
    const content = 'user,item,12" vinyl\nu,a,1\n';
    const found = await recognise(content).catch(String);
    expect(found).toBe(await recognise(content, { delimiter: ',' }).catch(String));
    expect(found).toMatch(/line 1: the quotes of the first line do not enclose whole fields/);
  });

  it('may have quotes or not, as the caller says', async () => {
    const content = 'user;item;name\nu;a;"x;y"\nv;b;12" vinyl\n';
    expect(await read(content)).toMatchObject({ rows: [['u', 'a']], refused: [{ line: 3 }] });
    expect(await read(content, { quotes: false })).toMatchObject({
      rows: [['v', 'b']],
      refused: [{ line: 2, rule: 'the row has 4 fields where 3 are expected' }],
    });
  });
});

describe('a decimal comma', () => {
  it('stands in ratings, times and weights of a file with semicolons', async () => {
    const content = 'user;item;rating;timestamp;qty\nu;a;4,5;1700000000,25;1,5\nv;b;,5;5;"2,0"\n';
    expect((await read(content, { columns: { weight: 'qty' } })).rows).toEqual([
      ['u', 'a', 4.5, 1_700_000_000.25, 1.5],
      ['v', 'b', 0.5, 5, 2],
    ]);
  });

  it('is no separator of thousands, and no part of a number elsewhere', async () => {
    const { refused } = await read('user;item;rating\nu;a;5\nu;b;1.000,5\n');
    expect(refused).toEqual([{ line: 3, rule: 'a rating must be a number' }]);
    const tabs = await read('user\titem\trating\nu\ta\t5\nu\tb\t4,5\n');
    expect(tabs.refused).toEqual([{ line: 3, rule: 'a rating must be a number' }]);
  });
});

describe('a file without a header', () => {
  it.each([
    ['u,i\nv,j\n', {}, 'user=:1 item=:2'],
    ['u,i,7\nv,j,9\n', {}, 'user=:1 item=:2'],
    ['u,i,4.5\nv,j,3\n', {}, 'user=:1 item=:2 rating=:3'],
    ['u,i,4.5,1700000000\nv,j,3,1700000001\n', {}, 'user=:1 item=:2 rating=:3 timestamp=:4'],
    // Quantities look the same.
    ['u,i,4,1700000000\nv,j,3,1700000001\n', {}, 'user=:1 item=:2 timestamp=:4'],
    ['u;i;4,5;2023-11-14\nv;j;3;2023-11-15\n', {}, 'user=:1 item=:2 rating=:3 timestamp=:4'],
    ['u,i,2023-11-14,3\nv,j,2023-11-15,4\n', {}, 'user=:1 item=:2 timestamp=:3'],
    ['u,i,20231114,x\nv,j,20231115,y\n', {}, 'user=:1 item=:2 timestamp=:3'],
    ['u,i,9,1700000000123,1700000000\n', {}, 'user=:1 item=:2'],
    ['2023-11-14,u,i\n2023-11-15,v,j\n', {}, 'user=:2 item=:3 timestamp=:1'],
    ['u,2023-11-14,i,4.5\nv,2023-11-15,j,4\n', {}, 'user=:1 item=:3 rating=:4 timestamp=:2'],
    ['u,2023-11-14,i\n', { item: '3' }, 'user=:1 item=:3 timestamp=:2'],
    ['u,2023-11-14\n', {}, 'user=:1 item=:2'],
    ['1700000000,1700000001\n', {}, 'user=:1 item=:2'],
    ['x,u,i\n', { user: '2', item: '3' }, 'user=:2 item=:3'],
    ['i,u\n', { user: '2' }, 'user=:2 item=:1'],
    ['i,u\n', { item: '1' }, 'user=:2 item=:1'],
    ['u,i,3,2\n', { weight: '3' }, 'user=:1 item=:2 weight=:3'],
    ['u,i,4.5\n', { weight: '3' }, 'user=:1 item=:2 weight=:3'],
    ['u,i,4.5\n', { rating: null }, 'user=:1 item=:2'],
    ['u,i,3\n', { rating: '3' }, 'user=:1 item=:2 rating=:3'],
  ])('%j with %j: %s', async (content, columns, expected) => {
    const file = await recognise(content, { columns, header: false });
    expect([words(file.columns), file.columns.hasHeader]).toEqual([expected, false]);
  });

  it('has its first line among its rows, and numbers for names in messages', async () => {
    const { rows, refused } = await read('\nu,i,4.5\nv,j,3\nw,k,x\n', {
      header: false,
      columns: { rating: '3' },
    });
    expect(rows).toEqual([
      ['u', 'i', 4.5],
      ['v', 'j', 3],
    ]);
    expect(refused).toEqual([{ line: 4, rule: 'a rating must be a number' }]);
    const told = await read('sep=;\nu;i;4,5\n', { header: false });
    expect(told.rows).toEqual([['u', 'i', 4.5]]);
  });

  it.each([
    '1,10,5\n2,20,4\n',
    'anna,cola,3\n',
    'anna;cola;4,5\n',
    'anna@shop.example,cola\nbert@shop.example,mate\n',
    'anna,cola,2023-11-14T09:30:00Z\n',
    '196 242 3 881250949\n',
    'user1,item1,5\nuser2,item9,4\n',
    'user_01,item_7\nuser_02,item_9\n',
  ])('is refused where the caller does not say so: %j', async (content) => {
    await expect(recognise(content)).rejects.toThrow(/looks like a row\. .*--no-header.*--header$/);
    await expect(recognise(content, { header: false })).resolves.toMatchObject({});
  });

  it.each([
    'user1,item1\nuser2x,item2x\n',
    'user,item,code1x\nu,i,code2\n',
    'user,item,code1\nu,i,code2\nv,j,other\n',
    'user,item,1code\nu,i,2code\n',
    'user,item,code1\nu,i\n',
  ])('is another one where names end with numbers: %j', async (content) => {
    expect((await recognise(content)).columns.hasHeader).toBe(true);
  });

  it('has numbers alone', async () => {
    const header = false;
    await expect(recognise('u,i\n', { header, columns: { user: 'u' } })).rejects.toThrow(
      /^--user-column "u": .* is read without a header, .* numbers, from 1 to 2$/,
    );
    await expect(recognise('u,i\n', { header, columns: { user: '3' } })).rejects.toThrow(/1 to 2/);
    await expect(recognise('u,i\n', { header, columns: { user: '0' } })).rejects.toThrow(/1 to 2/);
    const same = { user: '1', item: '1' };
    await expect(recognise('u,i\n', { header, columns: same })).rejects.toThrow(/named twice/);
    const none = { rating: '1', timestamp: '2' };
    await expect(recognise('1,2\n', { header, columns: none })).rejects.toThrow(/than the user/);
    await expect(recognise('u\nv\n', { header })).rejects.toThrow(/one field.*Separate/);
  });

  it.each(['1,2,3\n2,3,4\n', '7,8,3\n2,3,4\n'])(
    'must be said also where columns have numbers: %j',
    async (content) => {
      const columns = { user: '2', item: '1' };
      await expect(recognise(content, { columns })).rejects.toThrow(
        /looks like a row.*--no-header/,
      );
      const { rows } = await read(content, { header: false, columns });
      expect(rows).toHaveLength(2);
      // Words are names, whatever numbers the columns have.
      const named = await recognise(`a,b,rating\n${content}`, { columns });
      expect(words(named.columns)).toBe('user=b:2 item=a:1 rating=rating:3');
    },
  );

  it.each(['u.data', 'ratings.dat'])("has MovieLens' names of columns in %s", async (name) => {
    const delimiter = name === 'u.data' ? '\t' : '::';
    const bad = [
      ['', '1', '3', '9'],
      ['1', '', '3', '9'],
      ['1', '2', 'x', '9'],
      ['1', '2', '3', 'x'],
    ];
    const lines = [['1', '2', '3', '9'], ...bad].map((row) => row.join(delimiter));
    const file = await recognise(`${lines.join('\n')}\n`, {}, name);
    const columns: unknown[] = [];
    for await (const { refused } of file.read(new IdIndex(), new IdIndex())) {
      columns.push(...refused.map(({ column }) => column));
    }
    expect(columns).toEqual(['userId', 'movieId', 'rating', 'timestamp']);
  });

  it("is MovieLens' where it looks so, and its columns may have numbers", async () => {
    const data = '1\t2\t3\t99\n2\t3\t4\t98\n';
    expect(words((await recognise(data, {}, 'u.data')).columns)).toBe(
      'user=:1 item=:2 rating=:3 timestamp=:4',
    );
    expect((await read(data, { header: false }, 'b.txt')).rows[0]).toEqual(['1', '2', 3, 99]);
    const columns = { user: '2', item: '1', weight: '3' };
    expect((await read(data, { columns }, 'u.data')).rows[0]).toEqual(['2', '1', 99, 3]);
    const header = await recognise(data, { header: true, columns: { user: '1', item: '2' } });
    expect(words(header.columns)).toBe('user=1:1 item=2:2');
    const dates = await read('1\t2\t3\t20231114\n1\t3\t3\t20231115\n', {}, 'u.data');
    expect(dates.rows[1]).toEqual(['1', '3', 3, Date.UTC(2023, 10, 15) / 1000]);
  });
});

describe('a header', () => {
  it.each([
    [
      'order_id,customer_email,sku,qty,ordered_at',
      'user=customer_email:2 item=sku:3 timestamp=ordered_at:5',
    ],
    ['User ID,Item-ID,Score', 'user=User ID:1 item=Item-ID:2 rating=Score:3'],
    ['visitorid,event,itemid', 'user=visitorid:1 item=itemid:3'],
    ['User-ID,ISBN,Book-Rating', 'user=User-ID:1 item=ISBN:2 rating=Book-Rating:3'],
    ['user_id,artist,track', 'user=user_id:1 item=track:3'],
    ['user_id,artist,plays', 'user=user_id:1 item=artist:2'],
    ['InvoiceNo,StockCode,CustomerID', 'user=CustomerID:3 item=StockCode:2'],
    ['user_id,parent_asin,rating', 'user=user_id:1 item=parent_asin:2 rating=rating:3'],
    ['email,Lineitem sku', 'user=email:1 item=Lineitem sku:2'],
    ['user,email,item', 'user=user:1 item=item:3'],
    ['user_id:token,item_id:token,rating:float', 'user=user_id:1 item=item_id:2 rating=rating:3'],
  ])('%s', async (header, expected) => {
    const row = header.split(',').map((_, i) => `${i + 1}`);
    expect(words((await recognise(`${header}\n${row}\n`)).columns)).toBe(expected);
  });

  it.each([
    [{ user: 'who', item: 'WHAT' }, 'user=who:1 item=what:2'],
    [{ user: '1', item: '2' }, 'user=who:1 item=what:2'],
    [{ user: 'who', item: '3', timestamp: 'what' }, 'user=who:1 item=7:3 timestamp=what:2'],
    [{ user: 'who', item: '7' }, 'user=who:1 item=7:3'],
    [{ user: '4', item: '5' }, 'user=twice:4 item=twice:5'],
  ])('may be named as %j', async (columns, expected) => {
    const file = await recognise('who,what,7,twice,twice\nu,5,i,a,b\n', { columns });
    expect(words(file.columns)).toBe(expected);
  });

  it('without a name that the caller gives, or with it twice, is refused', async () => {
    const header = 'who,what,twice,twice\nu,i,a,b\n';
    for (const user of ['whom', '5', '0', '1.0']) {
      await expect(recognise(header, { columns: { user, item: 'what' } })).rejects.toThrow(
        `--user-column "${user}": the header of`,
      );
    }
    await expect(recognise(header, { columns: { user: 'twice' } })).rejects.toThrow(
      /more than once; give its number, 3 or 4$/,
    );
    await expect(recognise('user,item,Rating,Rating\nu,i,1,2\n')).rejects.toThrow(
      /"Rating" or "Rating"\. Choose one, such as with --rating-column 3$/,
    );
    await expect(recognise('session_id,email,sku\n1,2,3\n')).rejects.toThrow(
      /user column may be "session_id" or "email"/,
    );
  });

  it('of RecBole has types, which a flag may name or not', async () => {
    const content =
      'user_id:token\tv:token\trating:float\ttimestamp:float\nu\ti\t4\t1700000000.5\n';
    for (const item of ['v', 'v:token', '2']) {
      const { rows, columns } = await read(content, { columns: { item } }, 'ml.inter');
      expect(rows).toEqual([['u', 'i', 4, 1_700_000_000.5]]);
      expect(words(columns)).toBe('user=user_id:1 item=v:2 rating=rating:3 timestamp=timestamp:4');
    }
  });

  it('may be of numbers where the caller says that it is one', async () => {
    const { rows } = await read('1,2\nu,i\n', { header: true, columns: { user: '1', item: '2' } });
    expect(rows).toEqual([['u', 'i']]);
    await expect(recognise('user,item\nu,i\n', { header: false })).resolves.toMatchObject({
      columns: { hasHeader: false },
    });
  });
});

describe('a time', () => {
  const day = Date.UTC(2023, 10, 14) / 1000;
  const at = (hours: number, minutes = 0, seconds = 0) =>
    day + 3600 * hours + 60 * minutes + seconds;
  async function timesOf(texts: readonly string[], name = 'time') {
    const lines = texts.map((text, i) => `u;i${i};${text}\n`);
    const { rows, refused, remarks } = await read(`user;item;${name}\n${lines.join('')}`);
    return { times: rows.map((row) => row[2]), refused, remarks };
  }

  it.each([
    ['1700000000', 1_700_000_000],
    ['1700000000.25', 1_700_000_000.25],
    ['-86400', -86_400],
    ['1700000000123', 1_700_000_000.123],
    ['1700000000123456', 1_700_000_000.123456],
    ['2023-11-14', day],
    ['2023-11-14T09:30', at(9, 30)],
    ['2023-11-14T09:30:15', at(9, 30, 15)],
    ['2023-11-14 09:30:15', at(9, 30, 15)],
    ['2023-11-14 09:30:15.123456', at(9, 30, 15.123456)],
    ['2023-11-14T09:30:15,5', at(9, 30, 15.5)],
    ['2023-11-14T09:30:15Z', at(9, 30, 15)],
    ['2023-11-14t09:30:15z', at(9, 30, 15)],
    ['2023-11-14T09:30:15+01:00', at(8, 30, 15)],
    ['2023-11-14T09:30:15.5-0530', at(15, 0, 15.5)],
    ['2023-11-14 09:30:15 +02', at(7, 30, 15)],
    ['2023-11-14 09:30:15 UTC', at(9, 30, 15)],
    ['2023-11-14T24:00:00Z', at(24)],
    ['2023/11/14 9:05', at(9, 5)],
    ['2023.11.14', day],
    ['2023-11-14 1:05 PM', at(13, 5)],
    ['2023-11-14 12:05 am', at(0, 5)],
    ['20231114T093000Z', at(9, 30)],
    ['20231114', day],
    ['202311140930', at(9, 30)],
    ['20231114093015', at(9, 30, 15)],
    ['1969-12-31T23:59:59.5Z', -0.5],
    ['0099-03-01', -59_037_897_600],
    ['2024-02-29', Date.UTC(2024, 1, 29) / 1000],
  ])('%s', async (text, seconds) => {
    expect(await timesOf([text])).toMatchObject({ times: [seconds], refused: [] });
  });

  it.each([
    '2023-02-30',
    '2023-02-29',
    '2023-13-01',
    '2023-00-10',
    '2023-11-14T25:00',
    '2023-11-14T24:00:01',
    '2023-11-14T23:60',
    '2023-11-14T23:59:60',
    '2023-11-14 13:00 PM',
    '2023-11-14T10:00+25:00',
    '0000-01-01',
  ])('%s is none, in a row of its own', async (text) => {
    expect(await timesOf(['2023-11-14', text])).toMatchObject({
      times: [day],
      refused: [{ line: 3, rule: 'must be a day of the calendar and a time of the day' }],
    });
  });

  it.each(['yesterday', '2023-11', '2023-11-14T', '2023-11/14', '14 Nov 2023', ''])(
    '%j is none that can be read',
    async (text) => {
      const rule = /^must be a number, seconds since 1970, or a date such as 2023-11-14 or /;
      const { times, refused } = await timesOf(['2023-11-14', text]);
      expect([times, refused.length]).toEqual([[day], 1]);
      expect(refused[0]!.rule).toMatch(rule);
    },
  );

  it('without a zone is UTC, and counted', async () => {
    const texts = ['2023-11-14', '2023-11-14T09:30', '2023-11-14T09:30Z', '1700000000'];
    expect((await timesOf(texts)).remarks).toMatchObject({ withoutZone: 2 });
  });

  it('without separators is a date where each of the first rows is one, else a number', async () => {
    const rule = 'must be a date such as 20231114, as the first rows have';
    expect(await timesOf(['20231114', '', '20231115'])).toMatchObject({
      times: [day, day + 86_400],
      refused: [{ line: 3, rule }],
      remarks: { withoutZone: 2, compactDates: 2 },
    });
    const many = Array(120).fill('20231114');
    expect((await timesOf([...many, '20230230', '1700000000'])).refused).toEqual([
      { line: 122, rule: 'must be a day of the calendar and a time of the day' },
      { line: 123, rule },
    ]);
    expect((await timesOf(['20231114', '20231399'])).times).toEqual([20_231_114, 20_231_399]);
  });

  it.each([
    ['31/12/2023', /days first.*`sed -E .*\\3-\\2-\\1#g' .*--no-timestamp-column$/],
    ['12/31/2023 9:30 PM', /months first.*`sed -E .*\\3-\\1-\\2#g'/],
    ['01.02.2023', /"01\.02\.2023" may begin with the day or with the month.*sed.*sed/],
    ['1-2-23', /"1-2-23" may mean several days\. Write the dates as 2023-12-31/],
  ])('with the year last is refused: %s', async (text, message) => {
    await expect(timesOf([text])).rejects.toThrow(message);
    await expect(timesOf([text], 'timestamp')).rejects.toThrow(message);
    const rows = await read(`user;item;time\nu;i;${text}\n`, { columns: { timestamp: null } });
    expect(rows.rows).toEqual([['u', 'i']]);
    // Another column has the times then.
    const other = await read(`user;item;time;date\nu;i;2023-11-14;${text}\n`);
    expect(other.rows).toEqual([['u', 'i', day]]);
  });

  it('is looked for in a column with a name of times alone', async () => {
    const { columns } = await recognise('user,item,time\nu,i,late\n');
    expect(columns.ignored).toEqual([{ name: 'time', place: 3, why: 'no times' }]);
    const two = await recognise('user,item,order_date,created_at\nu,i,2023-11-14,2023-11-14\n');
    expect(words(two.columns)).toBe('user=user:1 item=item:2 timestamp=created_at:4');
    expect(two.columns.ignored).toEqual([{ name: 'order_date', place: 3, why: 'other' }]);
  });
});
