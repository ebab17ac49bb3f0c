/** The rows of a file of items as changes, and the words of a query for items. */
import { describe, expect, it } from 'vitest';
import type { ItemRow } from '../../files/items/item-row.js';
import { FieldTypes } from './field-types.js';
import { ItemTyping, notAvailabilityOf } from './item-typing.js';
import { searchWords } from './search-words.js';

type Row = Omit<ItemRow, 'itemId'>;

function read(
  rows: readonly Row[],
  {
    availability = undefined as string | undefined,
    notAvailability = null as string | null,
    types = new FieldTypes([]),
  } = {},
) {
  const typing = new ItemTyping();
  const named = rows.map((row, k): ItemRow => ({ itemId: `i${k}` as never, ...row }));
  for (const row of named) typing.observe(row);
  const widened = typing.begin(types, { availability, notAvailability });
  const changes = named.map((row) => typing.changeOf(row));
  return { widened, changes, ...typing.outcome() };
}

describe('ItemTyping', () => {
  it('types each field by all rows', () => {
    const { changes, fields, widened, soldOut, notAvailability } = read([
      { title: 'A', fields: { price: '1', size: '2' } },
      { year: null, fields: { price: '2.5', size: 'L' } },
      { genres: ['a'] },
    ]);
    expect(changes).toEqual([
      { itemId: 'i0', title: 'A', available: undefined, fields: { price: 1, size: '2' } },
      { itemId: 'i1', year: null, available: undefined, fields: { price: 2.5, size: 'L' } },
      { itemId: 'i2', genres: ['a'], available: undefined, fields: {} },
    ]);
    expect(fields).toEqual([
      { name: 'price', type: 'number' },
      { name: 'size', type: 'text' },
    ]);
    expect([widened, soldOut, notAvailability]).toEqual([[], 0, null]);
  });

  it('makes room in the fields of the catalogue', () => {
    const types = new FieldTypes([
      { name: 'price', type: 'number' },
      { name: 'tags', type: 'list' },
    ]);
    const { widened, changes, fields } = read([{ fields: { price: 'low', tags: 'a' } }], { types });
    expect(widened).toEqual([{ name: 'price', from: 'number', to: 'text' }]);
    expect(changes[0]!.fields).toEqual({ price: 'low', tags: ['a'] });
    expect(fields).toEqual([
      { name: 'price', type: 'text' },
      { name: 'tags', type: 'list' },
    ]);
  });

  it('knows by a field which items are to be had', () => {
    const rows = ['in stock', 'sold out', 'no'].map((stock): Row => ({ fields: { stock } }));
    const { changes, fields, soldOut } = read([...rows, { fields: {} }], { availability: 'stock' });
    expect(changes.map(({ available }) => available)).toEqual([true, false, false, undefined]);
    expect(changes.map((one) => one.fields!.stock)).toEqual([true, false, false, undefined]);
    expect([fields, soldOut]).toEqual([[{ name: 'stock', type: 'boolean' }], 2]);
  });

  it('keeps a number of pieces as a number', () => {
    const rows = ['3', '0'].map((stock): Row => ({ fields: { stock } }));
    const { changes, fields } = read(rows, { availability: 'stock' });
    expect(changes.map(({ available }) => available)).toEqual([true, false]);
    expect(changes.map((one) => one.fields!.stock)).toEqual([3, 0]);
    expect(fields).toEqual([{ name: 'stock', type: 'number' }]);
  });

  it('decides nothing by a field that says something else', () => {
    const rows = ['yes', 'blue'].map((stock): Row => ({ fields: { stock, other: 'no' } }));
    const found = notAvailabilityOf({ itemId: 'i' as never, ...rows[1] }, 'stock');
    expect(found).toBe('blue');
    const given = { availability: 'stock', notAvailability: found };
    const { changes, soldOut, notAvailability } = read(rows, given);
    expect(changes.map(({ available }) => available)).toEqual([undefined, undefined]);
    expect(changes.map((one) => one.fields)).toEqual([
      { stock: 'yes', other: false },
      { stock: 'blue', other: false },
    ]);
    expect([soldOut, notAvailability]).toEqual([0, 'blue']);
  });

  it('keeps the text of a field that was no yes or no before', () => {
    const types = new FieldTypes([{ name: 'stock', type: 'text' }]);
    const { changes } = read([{ fields: { stock: 'no' } }], { availability: 'stock', types });
    expect(changes[0]).toMatchObject({ available: false, fields: { stock: 'no' } });
  });

  it.each([
    [{}, null],
    [{ fields: {} }, null],
    [{ fields: { stock: 'yes' } }, null],
    [{ fields: { stock: '' } }, ''],
    [{ fields: { stock: ['a'], other: 'x' } }, 'a'],
  ])('finds in %j what is no availability', (row, found) => {
    expect(notAvailabilityOf({ itemId: 'i' as never, ...row }, 'stock')).toBe(found);
  });
});

describe('searchWords', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['', [], []],
    [' - & ', [], []],
    ['star wars', ['star', 'wars'], []],
    ['  a\t b\u3000c ', ['a', 'b', 'c'], []],
    ["it's 12%", ["it's", '12%'], []],
    ['a\0b', ['a', 'b'], []],
    ['神隠し', [], ['神隠し']],
    ['千と、千尋 2001', ['2001'], ['千と', '千尋']],
    ['神%隠', [], ['神', '隠']],
    ['abc-神 x', ['abc', 'x'], ['神']],
    ['ที่นี่', [], ['ที่นี่']],
  ])('of %j are %j and %j', (query, beginnings, parts) => {
    expect(searchWords(query)).toEqual({ beginnings, parts });
  });

  it('are twenty at most', () => {
    const many = Array.from({ length: 30 }, (_, k) => `w${k}`);
    expect(searchWords(many.join(' ')).beginnings).toEqual(many.slice(0, 20));
    const mixed = searchWords(`${'神 '.repeat(15)}${many.join(' ')}`);
    expect([mixed.parts.length, mixed.beginnings.length]).toEqual([15, 5]);
  });
});
