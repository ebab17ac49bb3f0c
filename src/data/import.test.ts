/** Imports: all or nothing, repeated, appended and replaced. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataError, HomeError, Interrupted } from '../errors.js';
import { type ImportOptions, importRatings } from './import.js';
import { RatingsDatabase } from './store/sqlite/ratings-database.js';

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-import-'));
  home = join(folder, 'home');
});
afterEach(() => rmSync(folder, { recursive: true }));

function file(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

function read<T>(use: (database: RatingsDatabase) => T): T {
  const database = RatingsDatabase.open(home);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

const header = 'userId,movieId,rating,timestamp\n';

describe('importRatings', () => {
  it('leaves what another import has refused so far, where it does not begin itself', async () => {
    const path = file('ratings.csv', `${header}a,x,5,1\n`);
    await importRatings(home, path);
    const pending = join(home, 'refused-rows.jsonl.importing');
    writeFileSync(pending, 'x');
    await expect(importRatings(home, path)).rejects.toThrow(HomeError);
    expect(existsSync(pending)).toBe(true);
    await importRatings(home, path, { replace: true });
    expect(existsSync(pending)).toBe(false);
  });

  it('keeps file order, and puts a later rating of the same pair in the earlier place', async () => {
    const path = file(
      'ratings.csv',
      `${header}b,x,5,1\na,y,4,2\nb,y,1,3\na,x,4.5,4\nb,x,2,5\na,z,5,6\n`,
    );
    const summary = await importRatings(home, path);
    expect(summary).toMatchObject({ read: 6, stored: 5, updated: 1, refused: 0, titles: 0 });
    expect(summary.dataset).toMatchObject({
      name: 'ratings',
      users: 2,
      items: 3,
      catalogue: 3,
      ratings: 5,
      scale: { low: 0.5, high: 5 },
      files: ['ratings.csv'],
    });
    read((database) => {
      expect(database.dataset()).toEqual(summary.dataset);
      expect(database.userIds(10)).toEqual(['b', 'a']);
      expect(database.userRatings('b')).toEqual([
        { itemId: 'x', rating: 2 },
        { itemId: 'y', rating: 1 },
      ]);
      expect(database.userRatings('c')).toBeNull();
      const { userIds, itemIds, clicks, positions } = database.labelledClicks(3.5, 1);
      expect([userIds, itemIds]).toEqual([['a'], ['x', 'y', 'z']]);
      expect([[...clicks.row(0)], [...positions]]).toEqual([
        [1, 0, 2],
        [1, 3, 5],
      ]);
    });
  });

  it('stores titles of rated items and of others', async () => {
    mkdirSync(join(folder, 'data'));
    file('data/ratings.csv', 'userId,movieId\n1,20\n');
    file('data/movies.dat', '10::Never (1990)::Drama\n20::Seen (1991)::Comedy|War\n');
    const { dataset } = await importRatings(home, join(folder, 'data'), {
      name: 'mine',
      items: join(folder, 'data/movies.dat'),
    });
    expect(dataset).toMatchObject({ name: 'mine', items: 1, catalogue: 2, scale: null });
    read((database) => {
      expect(database.catalogue(['10', '99', '20'])).toEqual([
        { itemId: '10', title: 'Never (1990)', genres: ['Drama'], year: 1990 },
        { itemId: '99', title: null, genres: [], year: null },
        { itemId: '20', title: 'Seen (1991)', genres: ['Comedy', 'War'], year: 1991 },
      ]);
      expect(database.userRatings('1')).toEqual([{ itemId: '20', rating: null }]);
      const { itemIds, clicks } = database.labelledClicks(3.5, 1);
      expect([itemIds, clicks.columns, clicks.clicks]).toEqual([['20', '10'], 2, 1]);
    });
    rmSync(join(folder, 'data/movies.dat'));
    file('data/ratings.csv', 'userId,movieId\n2,10\n');
    const appended = await importRatings(home, join(folder, 'data'), { append: true });
    expect(appended.dataset).toMatchObject({ name: 'mine', items: 2, catalogue: 2, users: 2 });
  });

  it('refuses a second import unless told to replace or append', async () => {
    const first = file('first.csv', `${header}1,1,5,0\n2,1,4,0\n`);
    const second = file('second.csv', `${header}2,1,3,0\n2,2,5,0\n`);
    const { dataset } = await importRatings(home, first);
    await expect(importRatings(home, second)).rejects.toThrow(HomeError);
    await expect(importRatings(home, second)).rejects.toThrow(
      /already holds first \(2 ratings\)\. --append .*--replace .*--home/,
    );
    expect(read((database) => database.dataset())).toEqual(dataset);
    const appended = await importRatings(home, second, { append: true });
    expect(appended).toMatchObject({ read: 2, stored: 1, updated: 1 });
    expect(appended.dataset).toMatchObject({ ratings: 3, users: 2, items: 2 });
    expect(appended.dataset.dataHash).not.toBe(dataset.dataHash);
    read((database) => {
      expect(database.userRatings('2')).toEqual([
        { itemId: '1', rating: 3 },
        { itemId: '2', rating: 5 },
      ]);
      expect([...database.labelledClicks(null, 1).positions]).toEqual([0, 1, 3]);
    });
    const replaced = await importRatings(home, second, { replace: true });
    expect(replaced.dataset).toMatchObject({ ratings: 2, users: 1, items: 2 });
    expect(read((database) => database.userRatings('1'))).toBeNull();
  });

  it('keeps the name of the data, and takes another one only when it is given', async () => {
    const rows = `${header}1,1,5,0\n`;
    const nameAfter = async (path: string, options: ImportOptions = {}) => {
      const { name, files } = (await importRatings(home, file(path, rows), options)).dataset;
      return [name, files];
    };
    expect(await nameAfter('plays-26.csv')).toEqual(['plays-26', ['plays-26.csv']]);
    const both = ['plays-26.csv', 'plays-27.csv'];
    expect(await nameAfter('plays-27.csv', { append: true })).toEqual(['plays-26', both]);
    expect(await nameAfter('plays-27.csv', { append: true })).toEqual(['plays-26', both]);
    expect(await nameAfter('plays-28.csv', { append: true, name: 'plays' })).toEqual([
      'plays',
      [...both, 'plays-28.csv'],
    ]);
    expect(await nameAfter('b.csv', { replace: true })).toEqual(['plays', ['b.csv']]);
    expect((await nameAfter('b.csv', { replace: true, name: 'ml-1m' }))[0]).toBe('ml-1m');
    // That name means the very rows that are published.
    expect((await nameAfter('b.csv', { append: true }))[0]).toBe('ml-1m');
    expect((await nameAfter('b.csv', { replace: true }))[0]).toBe('b');
    await expect(nameAfter('c.csv', { replace: true, name: '' })).rejects.toThrow(
      /the name of the data set is ""; give a string/,
    );
  });

  it('appends ratings of the same scale alone', async () => {
    const stars = file('stars.csv', `${header}1,1,5,0\n`);
    const older = file('u.data', '1\t2\t4\t0\n');
    const ten = { low: 0, high: 10 };
    await importRatings(home, stars);
    const scaled = importRatings(home, stars, { append: true, scale: ten });
    await expect(scaled).rejects.toThrow(
      /--scale 0\.\.10 is another scale than that of .*0\.5 to 5/,
    );
    const below = importRatings(home, stars, { append: true, scale: { low: -5, high: 5 } });
    await expect(below).rejects.toThrow(/--scale -5\.\.5 is another scale/);
    expect((await importRatings(home, older, { append: true })).dataset).toMatchObject({
      ratings: 2,
      scale: { low: 0.5, high: 5 },
    });
    const clicks = await importRatings(home, stars, { append: true, columns: { rating: null } });
    expect(clicks.dataset.scale).toEqual({ low: 0.5, high: 5 });
    await importRatings(home, stars, { replace: true, scale: ten });
    const assumed = importRatings(home, stars, { append: true });
    await expect(assumed).rejects.toThrow(/taken to be from 0\.5 to 5, .* --scale 0\.\.10/);
    await importRatings(home, stars, { replace: true, columns: { rating: null } });
    const rated = await importRatings(home, older, { append: true });
    expect(rated.dataset.scale).toEqual({ low: 1, high: 5 });
  });

  it('hashes the rows in their order, whatever the format, the titles and the blocks', async () => {
    const rows = Array.from({ length: 9000 }, (_, k) => [k % 70, k % 113, 1 + (k % 5), k]);
    const hashOf = async (path: string) =>
      (await importRatings(home, path, { replace: true })).dataset.dataHash;
    const csv = rows.map((row) => row.join(',')).join('\n');
    const plain = await hashOf(file('a.csv', header + csv));
    const quoted = rows.map((row) => row.map((value) => `"${value}"`).join(',')).join('\r\n');
    expect(await hashOf(file('b.csv', header + quoted))).toBe(plain);
    file('movies.csv', 'movieId,title,genres\n112,A,B\n');
    expect(await hashOf(file('u.data', rows.map((row) => row.join('\t')).join('\n')))).toBe(plain);
    const swapped = csv.replace('0,0,1,0\n1,1,2,1', '1,1,2,1\n0,0,1,0');
    expect(swapped).not.toBe(csv);
    expect(await hashOf(file('c.csv', header + swapped))).not.toBe(plain);
  });

  it('joins titles and ratings by ids without the blanks around them, and says what it changed', async () => {
    file('movies.csv', 'movieId,title,genres\n3 ,Three,\n');
    const path = file('ratings.csv', `${header}u1, 3,5,1430000000123\nu1,3.0,5,1430000000\n`);
    const summary = await importRatings(home, path);
    expect(summary).toMatchObject({ trimmedIds: 2, milliseconds: 1, microseconds: 0 });
    const history = read((database) => database.userHistory('u1'))!;
    expect(history.map(({ itemId, title, timestamp }) => [itemId, title, timestamp])).toEqual([
      ['3', 'Three', 1_430_000_000.123],
      ['3.0', null, 1_430_000_000],
    ]);
  });

  it('stops at the first bad row and stores nothing', async () => {
    const path = file('ratings.csv', `${header}1,1,5,0\n1,2,9,0\n1,,5,0\n`);
    const failure = await importRatings(home, path).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DataError);
    expect(failure).toMatchObject({
      exitCode: 2,
      place: { file: path, line: 3, column: 'rating', value: '9' },
      message: `${path}, line 3, column rating, value "9": a rating must be from 0.5 to 5. If the file has another scale, give it with --scale LOW..HIGH, such as --scale 0..10; if these are counts, add --no-rating-column; if neither, correct the row`,
    });
    expect(read((database) => [database.dataset(), database.userIds(1)])).toEqual([null, []]);
    file('movies.csv', 'movieId,title,genres\n1,A\n');
    const good = file('good.csv', `${header}1,1,5,0\n`);
    await expect(importRatings(home, good, { items: join(folder, 'movies.csv') })).rejects.toThrow(
      /movies.csv, line 2, column genres/,
    );
    expect(read((database) => database.dataset())).toBeNull();
  });

  it('skips bad rows with skipBadRows and writes them to a file', async () => {
    const path = file('ratings.csv', `${header}1,1,5,0\n1,2,9,0\nx\n1,3,5,0\n`);
    const summary = await importRatings(home, path, { skipBadRows: true });
    expect(summary).toMatchObject({ read: 4, stored: 2, refused: 2 });
    const lines = readFileSync(summary.refusedFile!, 'utf8').trim().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { file: path, line: 3, column: 'rating', value: '9', row: '1,2,9,0' },
      { file: path, line: 4, column: 'movieId', row: 'x' },
    ]);
    const none = file('none.csv', `${header}1,2,9,0\n`);
    const options: ImportOptions = { skipBadRows: true, replace: true };
    await expect(importRatings(home, none, options)).rejects.toThrow(
      /line 2, column rating, value "9": a rating must be .*\. No other row .*--scale/,
    );
    const empty = file('empty.csv', header);
    await expect(importRatings(home, empty, options)).rejects.toThrow(/holds no rating\. Give/);
    expect(read((database) => database.dataset())).toEqual(summary.dataset);
    expect(existsSync(join(home, 'refused-rows.jsonl.importing'))).toBe(false);
  });

  it('writes the bad rows in the order of their lines, whatever is wrong with them, over many blocks', async () => {
    // A NUL is found before the fields are read, all else after it.
    const faults = [
      'a,b,9,0',
      ',b,5,0',
      'a\0,b,5,0',
      'short',
      'a,,5,0',
      'a,b,5,noon',
      'a,b,5,0,7,8',
    ];
    const good = `user,item ${'x'.repeat(400)},5,0`;
    const rows = Array.from({ length: 3000 }, (_, k) =>
      k % 2 === 0 ? faults[(k / 2) % faults.length]! : good,
    );
    const path = file('ratings.csv', `${header}${rows.join('\n')}\n`);
    const summary = await importRatings(home, path, { skipBadRows: true });
    const lines = readFileSync(summary.refusedFile!, 'utf8').trim().split('\n');
    const found = lines.map((line) => JSON.parse(line) as { line: number; row: string });
    expect(found.map(({ line, row }) => [line, row])).toEqual(
      rows.flatMap((row, k) => (k % 2 === 0 ? [[k + 2, row]] : [])),
    );
  });

  it('leaves no write-ahead log as large as the data, also where a server has the home open', async () => {
    await importRatings(home, file('first.csv', `${header}1,1,5,0\n`));
    const server = RatingsDatabase.open(home);
    try {
      const rows = Array.from({ length: 5000 }, (_, k) => `${k},${k % 50},3,0\n`).join('');
      await importRatings(home, file('second.csv', header + rows), { replace: true });
      expect(server.dataset()).toMatchObject({ ratings: 5000 });
      expect(statSync(join(home, 'multvae.db-wal')).size).toBe(0);
    } finally {
      server.close();
    }
  });

  it('leaves the database unchanged when it is interrupted', async () => {
    const first = file('first.csv', `${header}1,1,5,0\n`);
    const { dataset } = await importRatings(home, first);
    const rows = Array.from({ length: 30_000 }, (_, k) => `${k},${k % 50},3,0\n`).join('');
    const controller = new AbortController();
    const stopped = importRatings(home, file('large.csv', header + rows), {
      replace: true,
      signal: controller.signal,
      onProgress: () => controller.abort(new Interrupted('SIGINT', 'stopped by SIGINT')),
    });
    await expect(stopped).rejects.toMatchObject({ exitCode: 130 });
    expect(read((database) => database.dataset())).toEqual(dataset);
  });

  it('refuses to import while another import runs', async () => {
    await importRatings(home, file('first.csv', `${header}1,1,5,0\n`));
    const other = RatingsDatabase.open(home);
    const writer = other.write('append');
    const path = file('second.csv', `${header}1,2,5,0\n`);
    await expect(importRatings(home, path, { append: true })).rejects.toThrow(HomeError);
    await writer.rollback();
    other.close();
    await importRatings(home, path, { append: true });
  });

  it('stores any sequence of rows', async () => {
    const rowsOf = fc.array(
      fc.tuple(
        fc.constantFrom('1', '2', '10', '010', 'ä'),
        fc.constantFrom('x', 'y', '3', '30'),
        fc.integer({ min: 1, max: 10 }),
      ),
      { minLength: 1, maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(rowsOf, rowsOf, async (first, second) => {
        const content = (rows: [string, string, number][]) =>
          header + rows.map(([user, item, stars]) => `${user},${item},${stars / 2},0\n`).join('');
        await importRatings(home, file('a.csv', content(first)), { replace: true });
        await importRatings(home, file('b.csv', content(second)), { append: true });
        const expected = new Map<string, { rating: number; position: number }>();
        [...first, ...second].forEach(([user, item, stars], position) => {
          const pair = JSON.stringify([user, item]);
          const known = expected.get(pair);
          expected.set(pair, { rating: stars / 2, position: known?.position ?? position });
        });
        read((database) => {
          const { userIds, itemIds, clicks, positions } = database.labelledClicks(null, 1);
          let k = 0;
          userIds.forEach((user, u) => {
            const ratings = database.userRatings(user)!;
            [...clicks.row(u)].forEach((item, r) => {
              const pair = JSON.stringify([user, itemIds[item]]);
              expect(expected.get(pair)).toEqual({
                rating: ratings[r]!.rating,
                position: positions[k++],
              });
              expect(ratings[r]!.itemId).toBe(itemIds[item]);
              expected.delete(pair);
            });
          });
          expect(expected.size).toBe(0);
        });
      }),
      { numRuns: 25 },
    );
  });
});
