/** Ratings files: their formats, their names and their bad rows. */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IdIndex } from './id-index.js';
import { RatingParser } from './rating.js';
import { RatingList } from './rating-list.js';
import { dataSetName, recogniseRatings } from './ratings-file.js';
import { findRatingsFiles } from './ratings-folder.js';
import type { RatingsFileOptions, ReadRemarks } from './ratings-format.js';
import { parseCsv } from './text/fields.js';
import { PlainRatings } from './text/plain-ratings.js';
import type { TableFormat } from './text/table-rows.js';
import { TimeReader } from './values/times.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-ratings-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function read(name: string, content: string | Buffer, options: RatingsFileOptions = {}) {
  const path = join(folder, name);
  writeFileSync(path, content);
  const users = new IdIndex();
  const items = new IdIndex();
  const rows: unknown[][] = [];
  const refused = [];
  let remarks: ReadRemarks | undefined;
  const swallowed = [];
  let spannedLines = 0;
  const file = await recogniseRatings(path, options);
  for await (const batch of file.read(users, items)) {
    const { count, users: u, items: i, ratings, timestamps } = batch.ratings;
    for (let k = 0; k < count; k++) {
      rows.push([users.ids[u[k]!], items.ids[i[k]!], ratings[k], timestamps[k]]);
    }
    refused.push(...batch.refused);
    remarks = batch.remarks;
    swallowed.push(...batch.swallowed);
    spannedLines += batch.spannedLines;
  }
  return { rows, refused, swallowed, spannedLines, remarks };
}

describe('formats', () => {
  it.each([
    ['u.data', '1\t2\t3\t99\n', [['1', '2', 3, 99]]],
    ['any.txt', '1\t2\t3\t99\n', [['1', '2', 3, 99]]],
    ['ratings.dat', '1::2::3.5::99\n1::3::4', [['1', '2', 3.5, 99]]],
    ['other', '1::2::3.5\n', [['1', '2', 3.5, Number.NaN]]],
    ['ratings.csv', 'userId,movieId,rating,timestamp\r\n1,2,0.5,99\r\n', [['1', '2', 0.5, 99]]],
    ['bom.csv', '\ufeffuser_id,item_id\n007,ü\n', [['007', 'ü', Number.NaN, Number.NaN]]],
    ['a.tsv', 'Item\tUser\trating\nx y\tu\t4\n', [['u', 'x y', 4, Number.NaN]]],
    ['blank-first.csv', '\n \r\nuser,item\nu,i\n', [['u', 'i', NaN, NaN]]],
    ['q.csv', 'user,item,note\n"a,b","c ""d""","e\nf"\n"","",""\n', [['a,b', 'c "d"', NaN, NaN]]],
  ])('%s', async (name, content, rows) => {
    expect((await read(name, content)).rows).toEqual(rows);
  });

  it('takes named columns, finds the others, and treats every row as a click without ratings', async () => {
    const content = 'when,who,what,stars\n5,u,i,9\n';
    const columns = { user: 'who', item: 'what' };
    const scale = { low: 0, high: 10 };
    const clicks = await read('a.csv', content, { columns: { ...columns, rating: null } });
    expect(clicks.rows).toEqual([['u', 'i', NaN, NaN]]);
    const found = await read('a.csv', content, { columns, scale });
    expect(found.rows).toEqual([['u', 'i', 9, NaN]]);
    const named = { columns: { ...columns, rating: 'stars', timestamp: 'when' } };
    const { rows } = await read('a.csv', content, { ...named, scale });
    expect(rows).toEqual([['u', 'i', 9, 5]]);
    await expect(read('a.csv', content, { columns: { ...columns, user: 'x' } })).rejects.toThrow(
      /--user-column "x".*"when", "who", "what", "stars"/,
    );
    await expect(read('a.csv', content)).rejects.toThrow(/neither is found among "when", "who"/);
    const same = { columns: { ...columns, item: 'who' } };
    await expect(read('a.csv', content, same)).rejects.toThrow(/"who" is named twice/);
    const ambiguous = read('b.csv', 'who,what,who\n1,2,3\n', { columns });
    await expect(ambiguous).rejects.toThrow(/--user-column "who".*more than once/);
  });

  it('looks at the first rows for the times of a column that is not called timestamp', async () => {
    const times = await read('a.csv', 'user,item,created_at\nu,i,\nu,j,1500000000\n');
    expect(times.rows).toEqual([['u', 'j', NaN, 1500000000]]);
    expect(times.refused).toMatchObject([{ line: 2, column: 'created_at' }]);
    const dates = await read('a.csv', 'user,item,created_at\nu,i,late\nu,j,later\n');
    expect(dates.rows).toEqual([
      ['u', 'i', NaN, NaN],
      ['u', 'j', NaN, NaN],
    ]);
    await expect(recogniseRatings(join(folder, 'a.csv'))).resolves.toMatchObject({
      columns: { ignored: [{ name: 'created_at', why: 'no times' }] },
    });
    const dated = await read('a.csv', 'user,item,timestamp\nu,i,late\n');
    expect(dated.refused).toMatchObject([{ line: 2, column: 'timestamp' }]);
  });

  it('refuses a scale where no column has ratings', async () => {
    const scale = { low: 0, high: 10 };
    const message = /--scale 0\.\.10: no column of .*a\.csv is read as ratings\. .*--rating-column/;
    await expect(read('a.csv', 'user,item,plays\nu,i,3\n', { scale })).rejects.toThrow(message);
    const refused = { scale, columns: { rating: null } };
    await expect(read('a.csv', 'user,item,rating\nu,i,3\n', refused)).rejects.toThrow(message);
    expect((await read('a.csv', 'user,item,rating\nu,i,7\n', { scale })).rows).toHaveLength(1);
  });

  it('reads a file without a header without its ratings and times', async () => {
    const columns = { rating: null, timestamp: null };
    const { rows } = await read('u.data', '1\t2\t300\tnever\n', { columns });
    expect(rows).toEqual([['1', '2', NaN, NaN]]);
    const file = await recogniseRatings(join(folder, 'u.data'), { columns: { rating: null } });
    expect(file).toMatchObject({
      scale: null,
      columns: {
        hasHeader: false,
        used: [
          { purpose: 'user', name: null, place: 1 },
          { purpose: 'item', name: null, place: 2 },
          { purpose: 'timestamp', name: null, place: 4 },
        ],
        ignored: [{ name: null, place: 3, why: 'refused' }],
      },
    });
  });

  it.each([
    ['empty.csv', '', /the file is empty/],
    ['blank.csv', '\n\n', /the file is empty/],
    ['json.csv', '[{"a":1}]\n', /is JSON/],
    ['quote.csv', 'us"er,item\n', /quotes of the first line .*--no-quotes/],
    ['a.zip', 'PK\x03\x04rest', /is a zip archive/],
    ['long.csv', 'x'.repeat(3 << 20), /at most 1048576 bytes/],
  ])('%s is refused in one sentence', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  it('refuses a file that can be read only once, such as a pipe', async () => {
    await expect(recogniseRatings('/dev/null')).rejects.toThrow(/is not a regular file/);
  });

  it.skipIf(process.platform === 'win32')(
    'does not wait for the writer of a named pipe',
    async () => {
      const pipe = join(folder, 'pipe.csv');
      execFileSync('mkfifo', [pipe]);
      await expect(recogniseRatings(pipe)).rejects.toThrow(/is not a regular file/);
    },
    // Opening it would take a thread that never comes back.
    5_000,
  );

  it.each([
    { low: 10, high: 0 },
    { low: 3, high: 3 },
    { low: Number.NaN, high: 5 },
    { low: 0, high: Number.POSITIVE_INFINITY },
  ])('refuses $low to $high as a scale', async (scale) => {
    await expect(read('scale.csv', 'user,item,rating\n1,2,3\n', { scale })).rejects.toThrow(
      /^scale is from .*; give two numbers up to 1e9, the lower one first$/,
    );
  });

  it('takes blanks around a rating and a time', async () => {
    const { rows, refused } = await read(
      'spaced.csv',
      'userId, itemId, rating, timestamp\nu1, a, 4, 17\nu2 ,b ,3.5 ,-5 \n',
    );
    expect(rows).toEqual([
      ['u1', 'a', 4, 17],
      ['u2', 'b', 3.5, -5],
    ]);
    expect(refused).toEqual([]);
  });

  it('says whether the ratings file of a folder is missing or ambiguous', () => {
    const dir = join(folder, 'dir');
    mkdirSync(dir);
    expect(() => findRatingsFiles(join(folder, 'none'))).toThrow(/cannot be read/);
    expect(() => findRatingsFiles(dir)).toThrow(/holds no ratings file/);
    writeFileSync(join(dir, 'movies.csv'), '');
    writeFileSync(join(dir, 'mine.csv'), '');
    expect(findRatingsFiles(dir)).toEqual([join(dir, 'mine.csv')]);
    writeFileSync(join(dir, 'ratings.dat'), '');
    writeFileSync(join(dir, 'ratings.csv'), '');
    expect(() => findRatingsFiles(dir)).toThrow(/several files.*ratings.csv, ratings.dat/);
  });
});

describe('quotes', () => {
  const names = ['"Heroes', 'Low', 'Station', 'Single 12"'];
  const table = (delimiter: string) =>
    ['user,item,name,rating', ...names.map((name, i) => `u${i + 1},i${i + 1},${name},${i + 1}`)]
      .join('\n')
      .replaceAll(',', delimiter);
  const four = names.map((_, i) => [`u${i + 1}`, `i${i + 1}`, i + 1, Number.NaN]);

  it('are ordinary characters in a TSV, unless the caller says otherwise', async () => {
    const plain = await read('a.tsv', table('\t'));
    expect(plain).toMatchObject({ rows: four, refused: [], swallowed: [], spannedLines: 4 });
    const quoted = await read('a.tsv', table('\t'), { quotes: true });
    expect(quoted.rows).toEqual([['u1', 'i1', 4, Number.NaN]]);
    expect(quoted.swallowed).toMatchObject([{ line: 2, lastLine: 5 }]);
    const header = await read('b.tsv', '"user"\t"item"\n"u"\t"i"\n', { quotes: true });
    expect(header.rows).toEqual([['u', 'i', Number.NaN, Number.NaN]]);
  });

  it('that join lines of a CSV into one row are remarked on where the lines could be rows', async () => {
    const joined = await read('a.csv', table(','));
    expect(joined).toMatchObject({
      rows: [['u1', 'i1', 4, Number.NaN]],
      refused: [],
      swallowed: [{ line: 2, lastLine: 5, rows: [{ 0: 'u2' }, { 0: 'u3' }, { 0: 'u4' }] }],
      spannedLines: 4,
    });
    const plain = await read('a.csv', table(','), { quotes: false });
    expect(plain).toMatchObject({ rows: four, refused: [], swallowed: [], spannedLines: 4 });
    // Lines with fewer or more fields are no rows.
    const mixed = 'user,item,name,rating\r\n1,2,"a\r\n3,4,5\r\n6,7,8,4\r\n9,9,9,9,9\r\n1,2",3\r\n';
    expect((await read('c.csv', mixed)).swallowed).toEqual([
      { line: 2, lastLine: 6, rows: [['6', '7', '8', '4']] },
    ]);
    const note = 'user,item,note,rating\n1,2,"one, two,\nthree, four, five, six\nand so on",3\n';
    expect(await read('b.csv', note)).toMatchObject({
      rows: [['1', '2', 3, Number.NaN]],
      swallowed: [],
      spannedLines: 3,
    });
  });

  it('that swallow rows into one that breaks a rule are not to be left out', async () => {
    const text = 'user,item,name,rating\nu1,i1,"Heroes,3\nu2,i2,Low,4\nu4,i4,Single 12",many\n';
    const { rows, refused } = await read('a.csv', `${text}u5,i5,Five,5\n`);
    expect(rows).toEqual([['u5', 'i5', 5, Number.NaN]]);
    expect(refused).toMatchObject([{ line: 2, remedy: expect.stringMatching(/--no-quotes/) }]);
  });

  it('inside a field refuse that line alone', async () => {
    const { rows, refused } = await read(
      'a.csv',
      'user,item,name\n1,2,Single 12"\n"3",4,"A ""B"""\n5,"6"x,C\n7,8,"D\n9,10,E\n',
    );
    expect(rows.map(([user]) => user)).toEqual(['3', '9']);
    expect(refused.map(({ line, rule, row }) => [line, rule, row])).toEqual([
      [2, 'a quote must stand at the beginning of a field', '1,2,Single 12"'],
      [4, expect.stringMatching(/^a closing quote must be followed/), '5,"6"x,C'],
      [5, 'a quote that opens must close', '7,8,"D'],
    ]);
    expect(refused[0]!.remedy).toMatch(/--no-quotes/);
  });
});

describe('dataSetName', () => {
  it.each([
    ['some/ratings.csv', 'ratings'],
    ['some/U.DATA', 'U'],
    ['my.txt', 'my'],
    ['some/ml-1m', 'ml-1m'],
    ['some/ml-1m/', 'ml-1m'],
    ['v1.5', 'v1.5'],
    ['some/mine.csv/', 'mine'],
    ['.', '.'],
  ])('%s is called %s', (source, name) => {
    expect(dataSetName(source)).toBe(name);
  });
});

describe('weights', () => {
  async function weightsOf(content: string) {
    const path = join(folder, 'w.csv');
    writeFileSync(path, content);
    const columns = { weight: 'qty' };
    const file = await recogniseRatings(path, { columns });
    const weights: unknown[] = [];
    const refused: unknown[] = [];
    for await (const batch of file.read(new IdIndex(), new IdIndex())) {
      weights.push(...(batch.ratings.weights ?? []).slice(0, batch.ratings.count));
      refused.push(...batch.refused.map(({ line, column, rule }) => [line, column, rule]));
    }
    return { weights, refused, used: file.columns.used.at(-1), ratings: file.scale };
  }

  it('are read from the column that the caller names, whichever way their rows are read', async () => {
    const rows = 'u,i,2\nu,j,"0.5"\nu,k,1e2\nu,l, 3 \nu,m,0\n';
    expect(await weightsOf(`user,item,qty\n${rows}`)).toEqual({
      weights: [2, 0.5, 100, 3, 0],
      refused: [],
      used: { purpose: 'weight', name: 'qty', place: 3 },
      ratings: null,
    });
  });

  it('are numbers, below 0 for what was sent back', async () => {
    const { weights, refused } = await weightsOf('user,item,qty\nu,i,1\nu,j,-1\nu,k,\nu,l,many\n');
    expect(weights).toEqual([1, -1]);
    expect(refused).toEqual([
      [4, 'qty', 'a weight must not be empty'],
      [5, 'qty', 'a weight must be a number'],
    ]);
  });

  it('are not read unless the caller asks, and take no memory then', async () => {
    const path = join(folder, 'w.csv');
    writeFileSync(path, 'user,item,qty\nu,i,2\n');
    const file = await recogniseRatings(path);
    expect(file.columns.ignored).toEqual([{ name: 'qty', place: 3, why: 'weight' }]);
    for await (const { ratings } of file.read(new IdIndex(), new IdIndex())) {
      expect([ratings.count, ratings.weights]).toEqual([1, null]);
    }
  });
});

describe('RatingList', () => {
  it('keeps weights as it grows and when lists with and without weights are joined', () => {
    const list = new RatingList();
    for (let k = 0; k < 1500; k++) list.push(k, k, 1, 1);
    list.weigh(7);
    const plain = new RatingList();
    plain.push(1, 1, 1, 1);
    list.append(plain);
    list.push(2, 2, 2, 2);
    const joined = new RatingList();
    joined.append(plain);
    joined.append(list);
    const at = [0, 1498, 1499, 1500, 1501];
    expect(at.map((k) => list.weights![k])).toEqual([NaN, NaN, 7, NaN, NaN]);
    expect(at.map((k) => joined.weights![k + 1])).toEqual([NaN, NaN, 7, NaN, NaN]);
    expect([joined.count, joined.weights!.length >= joined.count]).toEqual([1503, true]);
    list.clear();
    list.push(3, 3, 3, 3);
    expect(list.weights![0]).toBeNaN();
  });
});

describe('ids', () => {
  it('lose the blanks around them, which is counted; other texts stay apart', async () => {
    const content = 'user,item\nu1, 3\nu1,3\n u2\t,1\nu2,1.0\n"u 3", 3 \nü\u3000,é\n';
    const { rows, remarks } = await read('ids.csv', content);
    expect(rows.map((row) => row.slice(0, 2))).toEqual([
      ['u1', '3'],
      ['u1', '3'],
      ['u2', '1'],
      ['u2', '1.0'],
      ['u 3', '3'],
      ['ü', 'é'],
    ]);
    expect(remarks).toMatchObject({ trimmedIds: 4, milliseconds: 0, microseconds: 0 });
  });

  it('are not counted in a line that quotes make part of another row', async () => {
    const { rows, remarks } = await read('q.csv', 'user,item,note\nu,i,"x\n v, j,z\n"\n');
    expect([rows.length, remarks?.trimmedIds]).toEqual([1, 0]);
  });

  it('may have 500 characters of any plane', async () => {
    const long = '\u{1F600}'.repeat(500);
    expect((await read('long.csv', `user,item\n${long},1\n`)).rows[0]![0]).toBe(long);
  });
});

describe('times', () => {
  it('keep fractions and sign; milliseconds and microseconds become seconds, and are counted', async () => {
    const texts = ['7', '-86400', '1430000000.25', '1430000000123', '1430000000123.5'];
    const content = [...texts, '1430000000123456', '1.43e9'].map((time) => `1,2,3,${time}\n`);
    const { rows, remarks } = await read(
      't.csv',
      `user,item,rating,timestamp\n${content.join('')}`,
    );
    const seconds = [7, -86_400, 1_430_000_000.25, 1_430_000_000.123, 1_430_000_000.1235];
    expect(rows.map((row) => row[3])).toEqual([...seconds, 1_430_000_000.123456, 1.43e9]);
    expect(remarks).toMatchObject({ trimmedIds: 0, milliseconds: 2, microseconds: 1 });
  });

  it('are counted once, whichever way their rows are read', async () => {
    const plain = '1,2,3,1430000000123\n';
    const { rows, remarks } = await read(
      't.csv',
      `user,item,rating,timestamp\n${plain}1,2,9,1430000000123\n${plain}"1",2,3,1430000000123\n`,
    );
    expect(rows).toEqual(Array(3).fill(['1', '2', 3, 1_430_000_000.123]));
    expect(remarks).toMatchObject({ milliseconds: 3 });
  });
});

describe('bad rows', () => {
  const header = 'userId,movieId,rating,timestamp\n';
  it.each([
    ['1,2,3', 'timestamp', '', /timestamp is missing/],
    ['1,2,3,4,5', '5', '5', /5 fields where 4/],
    [',2,3,4', 'userId', '', /must not be empty/],
    ['1,,3,4', 'movieId', '', /must not be empty/],
    ['1,2,,4', 'rating', '', /must not be empty/],
    ['1,2,x,4', 'rating', 'x', /must be a number/],
    ['1,2,0x5,4', 'rating', '0x5', /must be a number/],
    ['1,2,1e999,4', 'rating', '1e999', /must be a number/],
    ['1,2,5.5,4', 'rating', '5.5', /from 0.5 to 5/],
    ['1,2,-1,4', 'rating', '-1', /from 0.5 to 5/],
    ['1,2,3,2015-02-29', 'timestamp', '2015-02-29', /must be a day of the calendar/],
    ['1,2,3,late', 'timestamp', 'late', /must be a number, seconds since 1970, or a date/],
    ['1,2,3,', 'timestamp', '', /must be a number, seconds since 1970/],
    ['1,2,3,1700000000123456789', 'timestamp', '1700000000123456789', /years 1 to 9999/],
    [' ,2,3,4', 'userId', ' ', /must not be empty/],
    [`${'x'.repeat(501)},2,3,4`, 'userId', 'x'.repeat(501), /at most 500 characters/],
    ['1,a\x1bb,3,4', 'movieId', 'a\x1bb', /control character/],
    ['1,a\u0085b,3,4', 'movieId', 'a\u0085b', /control character/],
    ['1,"a\nb",3,4', 'movieId', 'a\nb', /control character/],
    ['1,a\0b,3,4', 'movieId', 'a\0b', /NUL/],
    ['1,2,"3,4', undefined, undefined, /quote that opens must close/],
  ])('%j', async (row, column, value, rule) => {
    const content = `${header}1,1,3,4\n${row}\n1,3,5,4\n`;
    const { rows, refused } = await read('ratings.csv', content);
    expect(rows.map((good) => good[1])).toEqual(['1', '3']);
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ line: 3, ...(column && { column, value }) });
    expect(refused[0]!.rule).toMatch(rule);
  });

  it('counts the rows whose rating is a number outside of the scale', async () => {
    const content = `${header}1,1,9,4\n1,2,x,4\n1,3,-1,4\n1,4,9,4\n1,5,5,4\n`;
    const { refused, remarks } = await read('ratings.csv', content);
    expect([refused.length, remarks?.outOfScale]).toEqual([4, 3]);
    expect(refused.map(({ remedy }) => /--scale/.test(remedy ?? ''))).toEqual([
      true,
      false,
      true,
      true,
    ]);
  });

  it('refuses broken UTF-8 and a line of ten megabytes', async () => {
    const latin1 = Buffer.from(`${header}1,1,3,4\n\xe9,2,3,4\n`, 'latin1');
    const { refused } = await read('ratings.csv', latin1);
    expect(refused).toMatchObject([{ line: 3, column: 'userId', rule: 'must be valid UTF-8' }]);
    const long = await read('ratings.csv', `${header}${'9'.repeat(10 << 20)},2,3,4\n1,1,3,4\n`);
    expect(long.rows).toHaveLength(1);
    expect(long.refused).toMatchObject([{ line: 2 }]);
  });

  it('counts the lines of blank rows and of quoted line breaks', async () => {
    const { rows, refused } = await read('q.csv', 'note,user,item\n\n"a\nb",u,c\n\n,,d\n');
    expect(rows).toHaveLength(1);
    expect(refused).toMatchObject([{ line: 6, column: 'user' }]);
  });
});

describe('PlainRatings', () => {
  const field = fc.oneof(
    { weight: 8, arbitrary: fc.nat(2000).map(String) },
    { weight: 2, arbitrary: fc.double({ min: 0, max: 5, noNaN: true }).map((x) => x.toFixed(4)) },
    fc.constantFrom('0', '007', '5.', '.5', '4.50', '-1', '', 'é', 'a b', '1e2', '99999999', '+3'),
    fc.constantFrom('2023-11-14', '2023-11-14 09:30', '2023-02-30', '2024-02-29T23:59:59.125Z'),
    fc.constantFrom('1969-12-31', '2023-11-14T09:30:15+01:00', '2023-11-14T09:30:15.12345Z'),
    fc.constantFrom('2023-11-14T', '2023-11-14T24:00', '1970-01-01T00:30+01:00', '2023-1-4'),
    fc.constantFrom(' b', 'b ', 'b\u00a0', '\u0085', '1430000000123', '1430000000.5', '-7'),
    fc.double({ min: 0, max: 5, noNaN: true }).map(String),
    fc.string({ maxLength: 3 }).filter((text) => !/["\0\n\r]/.test(text)),
  );
  const cases = fc.constantFrom(
    { delimiter: ',', encoding: 'utf8' },
    { delimiter: '\t', encoding: 'latin1' },
    { delimiter: '::', encoding: 'utf8' },
    { delimiter: ';', encoding: 'utf8' },
    { delimiter: '|', encoding: 'utf8' },
    { delimiter: ' ', encoding: 'utf8' },
  ) as fc.Arbitrary<Pick<TableFormat, 'delimiter' | 'encoding'>>;

  it('reads every row as csv-parse and RatingParser do', () => {
    const roles = ['other', 'user', 'item', 'rating', 'timestamp', 'weight'] as const;
    const columns = [...roles];
    const places = { user: 1, item: 2, rating: 3, timestamp: 4, weight: 5 };
    const scale = { low: 0, high: 1000 };
    const end = fc.constantFrom('\n', '\r\n', '\r', '');
    let plainRows = 0;
    fc.assert(
      fc.property(
        fc.array(field, { minLength: 5, maxLength: 7 }),
        end,
        cases,
        (fields, lineEnd, part) => {
          const format: TableFormat = { ...part, quoted: true, columns, header: false };
          const decimalCommas = part.delimiter === ';';
          const parserTimes = new TimeReader({ decimalCommas });
          const parser = new RatingParser(columns, places, {
            scale,
            times: parserTimes,
            decimalCommas,
          });
          const bytes = Buffer.from(fields.join(part.delimiter) + lineEnd, part.encoding);
          const users = new IdIndex();
          const items = new IdIndex();
          const list = new RatingList();
          const times = new TimeReader();
          const plain = new PlainRatings({ format, roles, scale, users, items, times });
          const next = plain.read(bytes, 0, list);
          if (next < 0) {
            expect([list.count, users.ids.length, items.ids.length]).toEqual([0, 0, 0]);
            return;
          }
          plainRows++;
          expect(next).toBeGreaterThanOrEqual(bytes.length);
          expect({
            userId: users.ids[0],
            itemId: items.ids[0],
            rating: list.ratings[0],
            timestamp: list.timestamps[0],
            weight: list.weights![0],
          }).toEqual(parser.parse(parseCsv(bytes, format)![0]!));
          expect(times.withoutZone).toBe(parserTimes.withoutZone);
        },
      ),
      { numRuns: 5000 },
    );
    expect(plainRows).toBeGreaterThan(100);
  });
});
