/** Which file the titles of an import come from. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, importRatings } from '../import.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-titles-import-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const movieLens = 'userId,movieId,rating,timestamp\n1,10,5,0\n';
const uItem = (id: number) => `${id}|One|01-Jan-1996|||${Array(19).fill(0).join('|')}\n`;
const movies = 'movieId,title,genres\n10,One,Drama\n';

/** Imports the first file. */
async function importFirst(files: Readonly<Record<string, string>>, options: ImportOptions = {}) {
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  const source = join(folder, Object.keys(files)[0]!);
  return importRatings(join(folder, 'home'), source, options);
}

describe('titles beside the ratings', () => {
  it.each([
    ['u.data', '1\t10\t5\t0\n', 'u.item', uItem(10)],
    ['ratings.dat', '1::10::5::0\n', 'movies.dat', '10::One::Drama\n'],
    ['ratings.csv', movieLens, 'movies.csv', movies],
    ['ratings.csv', movieLens, 'movies.dat', '10::One::Drama\n'],
    ['Ratings.csv', movieLens, 'MOVIES.CSV', movies],
  ])('of %s are taken, and said', async (name, ratings, items, titles) => {
    const {
      titles: count,
      dataset,
      remarks,
    } = await importFirst({ [name]: ratings, [items]: titles });
    expect([count, dataset.files]).toEqual([1, [name, items]]);
    const path = join(folder, items);
    expect(remarks).toEqual([
      `titles are from ${path}, beside the ratings; --no-items leaves them out`,
    ]);
  });

  it.each([
    ['plays.csv', movieLens, 'movies.csv', movies],
    ['ratings.csv', 'user,item\n1,10\n', 'movies.csv', movies],
    ['ratings.csv', 'user,item\n1,10\n', 'movies.dat', '10::One::Drama\n'],
    ['ua.base', '1\t10\t5\t0\n', 'u.item', uItem(10)],
    ['plays.csv', movieLens, 'u.item', 'no titles at all'],
  ])('of %s %j are not taken from %s unless named', async (name, ratings, items, titles) => {
    const files = { [name]: ratings, [items]: titles };
    const { titles: count, dataset, remarks } = await importFirst(files);
    expect([count, dataset.files]).toEqual([0, [name]]);
    const path = join(folder, items);
    expect(remarks).toEqual([
      expect.stringMatching(`^${path} lies beside.*--items ${path} --replace$`),
    ]);
  });

  it('that are broken do not stop the import', async () => {
    const other = await importFirst({ 'ratings.csv': movieLens, 'movies.csv': 'a,b\n1,2\n' });
    expect(other).toMatchObject({ titles: 0, stored: 1, refused: 0 });
    expect(other.remarks).toEqual([
      expect.stringMatching(
        /movies\.csv lies beside.*cannot be read.*must name a column with the ids/,
      ),
    ]);
    const bad = await importFirst(
      { 'ratings.csv': movieLens, 'movies.csv': `${movies}11\n12,Three,Drama\n13\n` },
      { replace: true },
    );
    expect(bad).toMatchObject({ titles: 2, stored: 1, refused: 2 });
    expect(bad.remarks.at(-1)).toMatch(
      /^2 rows of .*movies\.csv are left out \(line 3: the row has 1 fields/,
    );
  });

  it('are left out where the caller says so', async () => {
    const files = { 'ratings.csv': movieLens, 'movies.csv': movies };
    expect(await importFirst(files, { items: false })).toMatchObject({ titles: 0, remarks: [] });
  });
});

describe('a named titles file', () => {
  it('is taken wherever it lies, before the one beside the ratings', async () => {
    const files = {
      'plays.csv': movieLens,
      'movies.csv': 'broken',
      'other/names.csv': movies,
    };
    const summary = await importFirst(files, { items: join(folder, 'other/names.csv') });
    expect(summary).toMatchObject({ titles: 1, remarks: [] });
    expect(summary.dataset.files).toEqual(['plays.csv', 'names.csv']);
  });

  it('stops the import where it is broken', async () => {
    const items = join(folder, 'names.csv');
    const files = { 'plays.csv': movieLens, 'names.csv': `${movies}11\n` };
    await expect(importFirst(files, { items })).rejects.toThrow(/names\.csv, line 3, column title/);
    await expect(importFirst(files, { items: join(folder, 'none') })).rejects.toThrow(
      /cannot be read/,
    );
    const skipped = await importFirst(files, { items, skipBadRows: true });
    expect(skipped).toMatchObject({ titles: 1, refused: 1 });
  });

  it('has quotes as the caller says', async () => {
    const items = join(folder, 'names.csv');
    const files = {
      'plays.csv': movieLens,
      'names.csv': 'movieId,title,genres\n10,"Heroes,Drama\n11,Single 12",War\n',
    };
    const joined = await importFirst(files, { items });
    expect(joined).toMatchObject({ titles: 1 });
    const again = `--no-quotes --items ${items} --replace`;
    expect(joined.remarks).toEqual([expect.stringMatching(`lines 2 to 3 into one row.*${again}$`)]);
    const plain = await importFirst(files, { items, quotes: false, replace: true });
    expect(plain).toMatchObject({ titles: 2, remarks: [] });
  });
});
