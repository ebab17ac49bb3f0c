/** Files of items: columns, types of fields, availability, and imports before, with and after ratings. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError, DataError } from '../../errors.js';
import { importRatings } from '../import.js';
import { RatingsDatabase } from '../store/sqlite/ratings-database.js';
import { availabilityOf } from './availability.js';
import { FieldTyping, typed } from './field-typing.js';
import { type ItemsImportOptions, importItems } from './import-items.js';

let folder: string;
let home: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-items-import-'));
  home = join(folder, 'home');
});
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

const importText = (content: string, options: ItemsImportOptions = {}) =>
  importItems(home, write('products.csv', content), options);

/** What the home holds of an item. */
function stored(...ids: string[]) {
  const database = RatingsDatabase.open(home);
  try {
    return database.storedItems(ids);
  } finally {
    database.close();
  }
}

const orders = 'customer,sku,ordered_at\na,1,10\na,2,20\nb,2,30\nb,3,40\n';

describe('the columns of items', () => {
  it.each([
    ['sku,name,category,in_stock', ['sku', 'name', 'category', 'in_stock']],
    ['SKU,Product Name,Genres,Availability', ['SKU', 'Product Name', 'Genres', 'Availability']],
    [' sku , name,category ,in_stock', ['sku', 'name', 'category', 'in_stock']],
    ['item_id,title,categories,active', ['item_id', 'title', 'categories', 'active']],
    ['product_id,product,genre,stock', ['product_id', 'product', 'genre', 'stock']],
    ['ASIN\ttitle\tcategory\tavailable', ['ASIN', 'title', 'category', 'available']],
    ['movieId,movie_title,genres,isAvailable', ['movieId', 'movie_title', 'genres', 'isAvailable']],
  ])('are found by the names of %s', async (header, names) => {
    const delimiter = header.includes('\t') ? '\t' : ',';
    const row = ['1', 'One', 'A|B', 'yes'].join(delimiter);
    const { columns } = await importText(`${header}\n${row}\n`);
    expect(columns!.map(({ name }) => name)).toEqual(names);
    expect(stored('1')[0]!.entry).toMatchObject({ title: 'One', genres: ['A', 'B'] });
  });

  it('may be separated by semicolons, with decimal commas and a line for Excel', async () => {
    const summary = await importText('sep=;\nsku;name;price\n1;"Soap; mild";2,50\n');
    expect(summary.columns!.map(({ name }) => name)).toEqual(['sku', 'name']);
    expect(stored('1')[0]).toMatchObject({
      entry: { title: 'Soap; mild' },
      fields: { price: 2.5 },
    });
  });

  it('may be the keys of JSON lines, of every line and of objects within', async () => {
    const lines = [
      '{"sku": "1", "name": " Soap ", "tags": ["mild", "green"], "in_stock": false, "price": 2.50}',
      '',
      '{"sku": 2, "name": null, "category": ["A", "B"], "maker": {"name": "Alba"}, "tags": [], "in_stock": true}',
    ];
    const summary = await importItems(home, write('products.jsonl', lines.join('\r\n')));
    expect(summary.columns!.map(({ name }) => name)).toEqual([
      'sku',
      'name',
      'category',
      'in_stock',
    ]);
    const [soap, other] = stored('1', '2');
    expect(soap).toMatchObject({
      entry: { title: 'Soap' },
      available: false,
      fields: { price: 2.5, tags: ['mild', 'green'], in_stock: false },
    });
    expect(other).toMatchObject({
      entry: { title: null, genres: ['A', 'B'] },
      available: true,
      fields: { 'maker.name': 'Alba', in_stock: true },
    });
    const bad = write('bad.jsonl', '{"sku":"1"}\n{"sku":"2"\n{"name":"x"}\n');
    await expect(importItems(home, bad)).rejects.toThrow(/bad\.jsonl, line 2: .*one JSON object/);
    expect((await importItems(home, bad, { skipBadRows: true })).refused).toBe(2);
    await expect(importItems(home, bad, { delimiter: ';' })).rejects.toThrow(/is JSON lines/);
  });

  it('may be an object in one line and a value in another', async () => {
    const lines = ['{"sku": "1", "maker": "Alba"}', '{"sku": "2", "maker": {"name": "Alba"}}'];
    await importItems(home, write('products.jsonl', lines.join('\n')));
    expect(stored('1', '2').map(({ fields }) => fields)).toEqual([{}, { 'maker.name': 'Alba' }]);
  });

  it('may be named, or refused', async () => {
    const content = 'id,sku,a,b,year,in_stock\n9,1,One,X,MMXX,no\n';
    await expect(importText(content)).rejects.toThrow(
      /the id column of the items may be "id" or "sku".*--item-id-column id/s,
    );
    const itemColumns = { id: 'sku', title: 'a', category: 'b', year: null, available: null };
    const summary = await importText(content, { itemColumns });
    expect(summary).toMatchObject({ created: 1, soldOut: 0 });
    expect(stored('1')).toEqual([
      {
        entry: { itemId: '1', title: 'One', genres: ['X'], year: null },
        available: true,
        fields: { id: 9, year: 'MMXX', in_stock: false },
      },
    ]);
  });

  it.each([
    [{ id: 'none' }, ArgumentError, /--item-id-column "none": .* has no such column/],
    [{ id: 'sku', title: 'sku' }, ArgumentError, /"sku" is named twice/],
  ])('are refused where %j names none', async (itemColumns, type, message) => {
    const importing = importText('sku,name\n1,One\n', { itemColumns });
    await expect(importing).rejects.toThrow(type);
    await expect(importing).rejects.toThrow(message);
  });

  it('of ids are the same as in the ratings, among several', async () => {
    const items = write('products.csv', 'id,sku,name\n77,1,One\n');
    const summary = await importRatings(home, write('orders.csv', orders), { items });
    expect(summary.items!.columns![0]).toMatchObject({ purpose: 'id', name: 'sku' });
  });
});

describe('a field', () => {
  const typesOf = (values: string[]) => {
    const typing = new FieldTyping();
    for (const field of values) if (field !== '') typing.observe({ field });
    const type = typing.types().get('field')!;
    return [type, ...values.filter(Boolean).map((value) => typed(value, type))];
  };

  it.each([
    [
      ['1', '2.50', '-.5', '1e+20'],
      ['number', 1, 2.5, -0.5, 1e20],
    ],
    [
      ['007', '12'],
      ['text', '007', '12'],
    ],
    [
      ['4006381333931', '0'],
      ['number', 4006381333931, 0],
    ],
    [
      ['12345678901234567890', '1'],
      ['text', '12345678901234567890', '1'],
    ],
    [
      ['12E5', '1'],
      ['text', '12E5', '1'],
    ],
    [
      ['True', 'no', 'YES'],
      ['boolean', true, false, true],
    ],
    [
      ['true', '1'],
      ['text', 'true', '1'],
    ],
    [
      ['2024-02-29', '2024-01-01 10:00'],
      ['date', '2024-02-29', '2024-01-01 10:00'],
    ],
    [
      ['2024-02-30', '2024-01-01'],
      ['text', '2024-02-30', '2024-01-01'],
    ],
    [
      ['red|blue', 'green'],
      ['list', ['red', 'blue'], ['green']],
    ],
    [
      ['a||b|', 'c'],
      ['list', ['a', 'b'], ['c']],
    ],
    [
      ['["a","b"]', '[]', '["c"]'],
      ['list', ['a', 'b'], [], ['c']],
    ],
    [
      ['Soft | warm | and more prose than a list would ever have in any one of its entries', 'x'],
      ['text'],
    ],
    [['https://a.example/x|y', 'https://b.example'], ['text']],
    [
      ['1', '2|3'],
      ['list', ['1'], ['2', '3']],
    ],
  ])('with the values %j is %j', (values, expected) => {
    expect(typesOf(values).slice(0, expected.length)).toEqual(expected);
  });

  it('holds every value that it was found from', () => {
    const value = fc.oneof(
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.constantFrom('yes', 'false', '2024-01-01', 'a|b', '["x"]', '007', 'x'),
      fc.string({ minLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const [type, ...held] = typesOf(values);
        expect(held.every((one) => one !== null)).toBe(true);
        if (type === 'text') expect(held).toEqual(values);
        if (type === 'number') expect(held.every(Number.isFinite)).toBe(true);
      }),
    );
  });

  it('is typed by the whole file, absent where it is empty, and merged by name', async () => {
    const first = await importText('sku,price,code,note\n1,5,007,\n2,6.5,12,NULL\n3,,13,good\n');
    expect(first.fields).toEqual([
      { name: 'price', type: 'number' },
      { name: 'code', type: 'text' },
      { name: 'note', type: 'text' },
    ]);
    expect(stored('1', '2', '3').map(({ fields }) => fields)).toEqual([
      { price: 5, code: '007' },
      { price: 6.5, code: '12' },
      { code: '13', note: 'good' },
    ]);
    const second = await importText('sku,price,colour\n1,7,red\n4,8,blue\n');
    expect(second).toMatchObject({ created: 1, changed: 1, unchanged: 0, widened: [] });
    expect(stored('1')[0]!.fields).toEqual({ price: 7, code: '007', colour: 'red' });
  });

  it('becomes text for every item when files disagree, and says so', async () => {
    await importText('sku,size\n1,40\n2,41\n');
    const { widened } = await importText('sku,size\n3,XL\n');
    expect(widened).toEqual([{ name: 'size', from: 'number', to: 'text' }]);
    expect(stored('1', '3').map(({ fields }) => fields.size)).toEqual(['40', 'XL']);
    expect((await importText('sku,size\n4,42\n')).widened).toEqual([]);
    expect(stored('4')[0]!.fields).toEqual({ size: '42' });
  });
});

describe('availability', () => {
  it.each([
    ['true', true],
    ['No', false],
    ['0', false],
    ['0.0', false],
    ['12', true],
    ['-1', false],
    ['In stock', true],
    ['out_of_stock', false],
    ['OutOfStock', false],
    ['https://schema.org/InStock', true],
    ['sold out', false],
    ['ships in 3 days', null],
  ])('of %s is %s', (text, expected) => expect(availabilityOf(text)).toBe(expected));

  it('is a field of its own too, and an empty one leaves it as it was', async () => {
    const first = await importText('sku,in_stock\n1,yes\n2,sold out\n3,\n');
    expect(first).toMatchObject({ soldOut: 1, notAvailability: null });
    expect(stored('1', '2', '3').map(({ available, fields }) => [available, fields])).toEqual([
      [true, { in_stock: true }],
      [false, { in_stock: false }],
      [true, {}],
    ]);
    await importText('sku,name\n2,Two\n');
    expect(stored('2')[0]!.available).toBe(false);
    await importText('sku,stock\n2,5\n');
    expect(stored('2')[0]).toMatchObject({ available: true, fields: { stock: 5 } });
  });

  it('is not taken from a column that says something else', async () => {
    const summary = await importText('sku,availability\n1,no\n2,in 3 weeks\n');
    expect(summary).toMatchObject({ soldOut: 0, notAvailability: 'in 3 weeks' });
    expect(stored('1')[0]).toMatchObject({ available: true, fields: { availability: 'no' } });
  });
});

describe('an import of items', () => {
  it('before the ratings, with them and after them gives the same home', async () => {
    const products = 'sku,name,price\n3,Three,3\n1,One,1\n4,Four,4\n';
    const items = write('products.csv', products);
    const ratings = write('orders.csv', orders);
    const seen = async (steps: (() => Promise<unknown>)[]) => {
      rmSync(home, { recursive: true, force: true });
      for (const step of steps) await step();
      const database = RatingsDatabase.open(home);
      try {
        const { importedAt: _, files: __, catalogue: ___, ...dataset } = database.dataset()!;
        const { userIds, itemIds, clicks, positions } = database.labelledClicks(null, 1);
        const rows = userIds.map((_, u) => Array.from(clicks.row(u), (item) => itemIds[item]));
        const search = database.listItems({ query: 'four', n: 5 }).map(({ itemId }) => itemId);
        return {
          dataset,
          userIds,
          rows,
          positions,
          items: database.storedItems(['1', '2', '4']),
          search,
        };
      } finally {
        database.close();
      }
    };
    const together = await seen([() => importRatings(home, ratings, { items })]);
    const before = await seen([() => importItems(home, items), () => importRatings(home, ratings)]);
    const after = await seen([() => importRatings(home, ratings), () => importItems(home, items)]);
    expect(before).toEqual(together);
    expect(after).toEqual(together);
    expect(together.search).toEqual(['4']);
  });

  it('reads archives and encodings, as ratings do', async () => {
    const path = join(folder, 'products.csv.gz');
    writeFileSync(path, gzipSync(Buffer.from('sku,name\n1,Caf\u00e9\n', 'latin1')));
    await importItems(home, path, { encoding: 'latin1' });
    expect(stored('1')[0]!.entry.title).toBe('Caf\u00e9');
  });

  it('says how many of them are rated, and is stored whole or not at all', async () => {
    await importRatings(home, write('orders.csv', orders));
    expect(await importText('sku,name\n1,One\n9,Nine\n')).toMatchObject({ created: 1, rated: 1 });
    const bad = 'sku,name,year\n1,Uno,2020\n,Nobody,2021\n2,Two,soon\n';
    await expect(importText(bad)).rejects.toThrow(DataError);
    await expect(importText(bad)).rejects.toThrow(/line 3, column sku.*must not be empty/s);
    expect(stored('1')[0]!.entry.title).toBe('One');
    const skipped = await importText(bad, { skipBadRows: true });
    expect(skipped).toMatchObject({ read: 3, refused: 2, changed: 1 });
    expect(readFileSync(skipped.refusedFile!, 'utf8')).toContain('must be a year');
    expect(stored('1')[0]!.entry).toMatchObject({ title: 'Uno', year: 2020 });
    await expect(importText('sku,name\n')).rejects.toThrow(/holds no item/);
  });

  it('with replace is the whole catalogue, and the ratings stay', async () => {
    await importRatings(home, write('orders.csv', orders));
    await importText('sku,name,price\n1,One,5\n8,Eight,8\n');
    const summary = await importText('sku,name\n1,Uno\n2,Two\n', { replace: true });
    expect(summary).toMatchObject({ changed: 2, created: 0, removed: 2 });
    expect(stored('1', '3', '8').map(({ available, fields }) => [available, fields])).toEqual([
      [true, {}],
      [false, {}],
      [false, {}],
    ]);
    expect(summary.dataset).toMatchObject({ ratings: 4, items: 3 });
  });
});
