/** Which file the titles of an import come from. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
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
async function importFirst(
  files: Readonly<Record<string, string | Buffer>>,
  options: ImportOptions = {},
) {
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
    ['ratings.csv.gz', gzipSync(movieLens), 'movies.csv.gz', gzipSync(movies)],
    ['ratings.csv', movieLens, 'movies.csv.gz', gzipSync(movies)],
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
        /movies\.csv lies beside.*cannot be read \(line 1: the header must name a column with the ids/,
      ),
    ]);
    const cut = await importFirst(
      { 'ratings.csv': movieLens, 'movies.csv': Buffer.from([0x1f, 0x8b, 1]) },
      { replace: true },
    );
    expect(cut.remarks).toEqual([
      expect.stringMatching(/titles cannot be read \(is a gzip archive that is cut off/),
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

describe('a folder of a shop', () => {
  const orders = 'order_id,customer,sku,day\n1,ann,10,2024-01-01\n2,bob,20,2024-01-02\n';
  const products = 'sku,name,price\n10,One,5\n20,Two,6\n30,Three,7\n';

  async function importFolder(
    files: Readonly<Record<string, string>>,
    options: ImportOptions = {},
  ) {
    const shop = join(folder, 'shop');
    mkdirSync(shop);
    for (const [name, content] of Object.entries(files)) writeFileSync(join(shop, name), content);
    return importRatings(join(folder, 'home'), shop, options);
  }

  it.each([
    [{ 'orders.csv': orders, 'products.csv': products }],
    [{ 'a.csv': products, 'b.csv': orders }],
    [{ 'ratings.csv': orders, 'products.csv': products }],
    [{ 'orders.csv': orders, 'products.csv': products, 'customers.csv': 'id,name\n1,Ann\n' }],
    [{ 'orders.csv': orders, 'products.csv': products, '.old.csv': products, '_log.csv': orders }],
    [{ 'orders.csv': orders, 'products.csv': products, 'readme.md': products }],
  ])('is understood where one file has the items of the other', async (files) => {
    const { dataset, items, titles, remarks } = await importFolder(files);
    expect(remarks[0]).toMatch(/has the ratings, and .* the items; --no-items leaves these out$/);
    expect(dataset).toMatchObject({ name: 'shop', ratings: 2, items: 2 });
    expect([titles, items!.fields]).toEqual([3, [{ name: 'price', type: 'number' }]]);
    expect(items!.path).toMatch(/products\.csv$|a\.csv$/);
    const source = join(folder, 'shop');
    const without = { items: false, replace: true } as const;
    expect((await importRatings(join(folder, 'home'), source, without)).items).toBeNull();
  });

  it('is looked for by the columns and the encoding that the caller names', async () => {
    const odd = Buffer.from('number,name\n10,Caf\xe9\n20,Two\n', 'latin1');
    const files = { 'orders.csv': orders, 'products.csv': odd as never as string };
    await expect(importFolder(files)).rejects.toThrow(/products\.csv has not the items/);
    rmSync(join(folder, 'shop'), { recursive: true });
    const summary = await importFolder(files, {
      itemColumns: { id: 'number' },
      encoding: 'latin1',
    });
    expect(summary.titles).toBe(2);
  });

  it('is refused with the names of its files where none has, or two have', async () => {
    const other = 'sku,name\n7,One\n';
    await expect(importFolder({ 'orders.csv': orders, 'products.csv': other })).rejects.toThrow(
      /orders\.csv has ratings, and products\.csv has not the items that they name.*--items/,
    );
    rmSync(join(folder, 'shop'), { recursive: true });
    const three = { 'orders.csv': orders, 'old.csv': products, 'products.csv': products };
    await expect(importFolder(three)).rejects.toThrow(
      /old\.csv and products\.csv both have the items/,
    );
    const summary = await importRatings(join(folder, 'home'), join(folder, 'shop', 'orders.csv'), {
      items: join(folder, 'shop', 'products.csv'),
    });
    expect(summary.titles).toBe(3);
  });

  it('is refused where two files have ratings, and takes the parts of one table for one', async () => {
    const files = { 'orders.csv': orders, 'returns.csv': orders };
    await expect(importFolder(files)).rejects.toThrow(/orders\.csv, returns\.csv/);
    rmSync(join(folder, 'shop'), { recursive: true });
    const parts = {
      'orders-1.csv': orders,
      'orders-2.csv': 'order_id,customer,sku,day\n3,eve,10,2024-01-03\n',
    };
    expect((await importFolder(parts)).dataset).toMatchObject({ ratings: 3 });
  });
});
