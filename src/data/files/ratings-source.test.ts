/** What an import reads: several files, the parts of a folder, standard input and pipes. */

import { execFileSync } from 'node:child_process';
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Interrupted } from '../../errors.js';
import { type ImportOptions, type ImportProgress, importRatings } from '../import.js';
import { RatingsDatabase } from '../store/sqlite/ratings-database.js';
import { dataSetName } from './ratings-file.js';
import { findRatingsFiles } from './ratings-folder.js';

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-sources-'));
  home = join(folder, 'home');
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

const header = 'user,item,rating,timestamp\n';

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, content);
  return path;
}

/** Imports, and gives the stored rows in file order as texts. */
async function stored(source: string | string[], options: ImportOptions = {}): Promise<string[]> {
  await importRatings(home, source, { replace: true, ...options });
  return rows();
}

function rows(): string[] {
  const database = RatingsDatabase.open(home);
  const { userIds, itemIds, clicks } = database.labelledClicks(null, 1);
  const found = userIds.flatMap((user, u) =>
    [...clicks.row(u)].map((item) => `${user} ${itemIds[item]}`),
  );
  database.close();
  return found.sort();
}

describe('several files', () => {
  it('are one data set, whatever each is packed and written like', async () => {
    const paths = [
      file('a.csv', `${header}u1,i1,5,1\n`),
      file('b.csv.gz', gzipSync(`${header}u2,i2,4,2\n`)),
      file('c.csv', Buffer.from(`\ufeff${header}u3,i3,4,3\n`, 'utf16le')),
      file('d.tsv', 'timestamp\titem\tuser\trating\n4\ti4\tu4\t5\n'),
      file('e.csv', 'u5,i5,4,5\n'),
      file('f.csv', ''),
      file('g.csv.gz', gzipSync('')),
      file('h.csv', header),
    ];
    const progress: ImportProgress[] = [];
    const summary = await importRatings(home, paths, { onProgress: (p) => progress.push(p) });
    expect(rows()).toEqual(['u1 i1', 'u2 i2', 'u3 i3', 'u4 i4', 'u5 i5']);
    expect(summary).toMatchObject({ read: 5, lines: 5, dataset: { name: 'a' } });
    expect(summary.dataset.files.slice(0, 3)).toEqual(['a.csv', 'b.csv.gz', 'c.csv']);
    expect(summary.remarks).toEqual([`6 files are one data set, from ${paths[0]} to ${paths[7]}`]);
    expect(progress.at(-1)).toMatchObject({ rows: 5 });
    expect(progress.at(-1)!.bytesRead).toBe(progress.at(-1)!.bytesTotal);
  });

  it('have the hash of one file with the same rows, and remarks on all of them', async () => {
    const body = ['u1, i1,5,1500000000000\n', 'u2, i2,4,1500000000000\n'];
    const parts = body.map((row, k) => file(`${k}.csv`, header + row));
    const several = await importRatings(home, parts);
    const whole = file('whole.csv', header + body.join(''));
    const one = await importRatings(home, whole, { replace: true });
    expect(several.dataset.dataHash).toBe(one.dataset.dataHash);
    expect(several).toMatchObject({ trimmedIds: 2, milliseconds: 2 });
  });

  it('are read in the order in which they are given', async () => {
    const before = file('b.csv', `${header}u,i,5,1\n`);
    const after = file('a.csv', `${header}u,i,1,2\n`);
    await importRatings(home, [before, after]);
    const database = RatingsDatabase.open(home);
    expect(database.userRatings('u')).toMatchObject([{ rating: 1 }]);
    database.close();
  });

  it('name the file and its line in an error', async () => {
    const good = file('a.csv', `${header}u1,i1,5,1\n`);
    const bad = file('b.csv', `${header}u2,i2,5,1\nu3,,5,1\n`);
    await expect(importRatings(home, [good, bad])).rejects.toMatchObject({
      place: { file: bad, line: 3, column: 'item' },
    });
    const other = file('c.csv', 'customer,item,rating,timestamp\nu2,i2,5,1\n');
    await expect(importRatings(home, [good, other])).rejects.toThrow(
      `${other}, line 1: its columns are other ones than those of ${good}: user customer, `,
    );
    const pairs = [file('d.csv', 'user,item\nu1,i1\n'), file('e.csv', 'customer,product\nu,i\n')];
    await expect(importRatings(home, pairs)).rejects.toThrow(/other ones than those of/);
    const words = [pairs[0]!, file('w.csv', 'kunde,artikel\nu2,i2\n')];
    await expect(importRatings(home, words)).rejects.toThrow(
      `${words[1]}, line 1: its columns are other ones than those of ${words[0]}: its first line is "kunde,artikel"`,
    );
    await expect(importRatings(home, [good, good])).rejects.toThrow(/a\.csv" is given twice/);
    await expect(importRatings(home, [])).rejects.toThrow(/no source is given/);
    const empty = [file('f.csv', ''), file('g.csv', '')];
    await expect(importRatings(home, empty)).rejects.toThrow(/f\.csv: the file is empty/);
  });
});

describe('a folder', () => {
  const partNames = [
    'part-00000-8e.c000.csv',
    'part-00001-8e.c000.csv',
    'part-00002-8e.c000.csv.gz',
  ];

  it.each([
    [partNames, partNames],
    [
      ['part-1.csv', 'part-10.csv', 'part-2.csv', 'movies.csv'],
      ['part-1.csv', 'part-2.csv', 'part-10.csv'],
    ],
    [
      ['part-r-00000', 'part-r-00001'],
      ['part-r-00000', 'part-r-00001'],
    ],
    [
      ['orders-2025.csv.gz', 'orders-2024.csv', 'notes.txt'],
      ['orders-2024.csv', 'orders-2025.csv.gz'],
    ],
    [['mine.csv.zst', 'movies.csv'], ['mine.csv.zst']],
    [['ratings.csv.gz', 'other.csv', 'movies.csv'], ['ratings.csv.gz']],
    [['a.tsv'], ['a.tsv']],
    [['a_.csv', '_b.csv'], ['a_.csv']],
  ])('with %j holds the ratings in %j', (names, found) => {
    const program = ['_SUCCESS', '.part-00000.csv.crc', '._a.csv'];
    for (const name of [...names, ...program]) file(`data/${name}`, '');
    mkdirSync(join(folder, 'data/old.csv'));
    const data = join(folder, 'data');
    expect(findRatingsFiles(data)).toEqual(found.map((name) => join(data, name)));
  });

  it.each([
    [['orders.csv', 'sales.csv'], /several files that may be meant \(orders\.csv, sales\.csv\)/],
    [['part-0.csv', 'orders.csv'], /several files/],
    [['notes.txt'], /no ratings file/],
  ])('with %j is refused', (names, message) => {
    for (const name of names) file(`data/${name}`, '');
    expect(() => findRatingsFiles(join(folder, 'data'))).toThrow(message);
  });

  it('of parts is one data set, each part with the header or without', async () => {
    file('shop/part-00000.csv', `${header}u1,i1,5,1\n`);
    file('shop/part-00001.csv', 'u2,i2,4,2\nu2,i3,4,2\n');
    file('shop/part-00002.csv', '');
    file('shop/_SUCCESS', '');
    expect(await stored(join(folder, 'shop'))).toEqual(['u1 i1', 'u2 i2', 'u2 i3']);
    const database = RatingsDatabase.open(home);
    expect(database.dataset()).toMatchObject({ name: 'shop' });
    database.close();
  });

  it('of parts without headers is one data set', async () => {
    file('ml/part-0.dat', '1::2::5::9\n');
    file('ml/part-1.dat', '3::4::5::9\n');
    expect(await stored(join(folder, 'ml'))).toEqual(['1 2', '3 4']);
  });
});

describe('standard input', () => {
  function pipe(content: string | Buffer | Readable): void {
    const stream = content instanceof Readable ? content : Readable.from([content]);
    vi.spyOn(process, 'stdin', 'get').mockReturnValue(stream as typeof process.stdin);
  }

  it('is looked at and then read, and nothing of it stays', async () => {
    const temporary = join(folder, 'temporary');
    mkdirSync(temporary);
    vi.stubEnv('TMPDIR', temporary);
    pipe(gzipSync(`${header}u1,i1,5,1\n`));
    expect(await stored('-')).toEqual(['u1 i1']);
    pipe(`${header}u1,i1,5,1\nu2,,5,1\n`);
    await expect(stored('-')).rejects.toThrow(/^standard input, line 3, column item/);
    pipe('');
    await expect(stored('-')).rejects.toThrow(/^standard input: the file is empty/);
    expect(readdirSync(temporary)).toEqual([]);
    expect(rows()).toEqual(['u1 i1']);
  });

  it('is called stdin unless the caller gives a name', async () => {
    pipe(`${header}u1,i1,5,1\n`);
    const unnamed = await importRatings(home, '-');
    expect(unnamed).toMatchObject({
      remarks: [],
      dataset: { name: 'stdin', files: ['standard input'] },
    });
    pipe(`${header}u1,i1,5,1\n`);
    const named = await importRatings(home, '-', { replace: true, name: 'plays' });
    expect(named.dataset.name).toBe('plays');
  });

  it('may end a list of files', async () => {
    const first = file('a.csv', `${header}u1,i1,5,1\n`);
    pipe('u2,i2,4,2\n');
    expect(await stored([first, '-'])).toEqual(['u1 i1', 'u2 i2']);
  });

  it('can be left while its writer is silent', async () => {
    const controller = new AbortController();
    pipe(new Readable({ read: () => controller.abort(new Interrupted('SIGINT', 'stopped')) }));
    await expect(stored('-', { signal: controller.signal })).rejects.toThrow(/stopped/);
  });

  it('says which disk is too full for it', async () => {
    vi.stubEnv('TMPDIR', join(folder, 'nowhere'));
    pipe(header);
    await expect(stored('-')).rejects.toThrow(/standard input cannot be copied to .*\$TMPDIR/);
  });

  it.skipIf(process.platform === 'win32')(
    'may be a named pipe, whose folder says nothing of its titles',
    async () => {
      const path = join(folder, 'pipe.csv');
      execFileSync('mkfifo', [path]);
      file('movies.csv', 'movieId,title,genres\ni1,One,\n');
      const importing = importRatings(home, path);
      const writer = createWriteStream(path);
      writer.end(`${header}u1,i1,5,1\n`);
      expect(await importing).toMatchObject({ stored: 1, titles: 0, remarks: [] });
    },
  );
});

describe('dataSetName', () => {
  it.each([
    ['plays.csv.gz', 'plays'],
    ['some/plays.tsv.ZST', 'plays'],
    ['a/shop.zip', 'shop'],
    ['-', 'stdin'],
    ['/dev/stdin', 'stdin'],
    ['/dev/fd/63', 'stdin'],
  ])('of %s is %s', (source, name) => {
    expect(dataSetName(source)).toBe(name);
  });
});
