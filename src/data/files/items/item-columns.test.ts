/** How the header of a file of items is understood. */
import { describe, expect, it } from 'vitest';
import { ArgumentError, DataError } from '../../../errors.js';
import { type ItemColumnNames, namesItems, understandItems } from './item-columns.js';

const understood = (header: string, wanted: ItemColumnNames = {}, idName?: string) =>
  understandItems({ path: 'items.csv', line: 2, header: header.split(','), idName }, wanted);

describe('understandItems', () => {
  it.each<[string, ItemColumnNames, string | undefined, object, string[]]>([
    // The usual names come before the doubtful ones.
    ['Item,SKU-1,stock,in_stock', {}, undefined, { id: 1, title: 0, available: 3 }, ['stock']],
    ['product,name', {}, undefined, { id: 0, title: 1 }, []],
    ['sku,product', {}, undefined, { id: 0, title: 1 }, []],
    ['sku,type,Year of release', {}, undefined, { id: 0, category: 1, year: 2 }, []],
    // The ratings know one of several ids, however it is written there.
    ['id,Item ID,price', {}, 'item_id', { id: 1 }, ['id', 'price']],
    ['number,colour', { id: 'number' }, undefined, { id: 0 }, ['colour']],
    [' sku , name', { title: 'sku ', id: 'name' }, undefined, { title: 0, id: 1 }, []],
    ['sku,title,year', { title: null, year: null }, undefined, { id: 0 }, ['title', 'year']],
    // A name of no field is no field, and blanks around a name are none of it.
    ['sku,, size ,\u0007', {}, undefined, { id: 0 }, ['size']],
  ])('%s with %j', (header, wanted, idName, places, fields) => {
    const columns = understood(header, wanted, idName);
    expect(columns.places).toEqual(places);
    const others = columns.fields.map(({ name }) => name);
    const { available } = columns.places;
    const names = header.split(',').map((name) => name.trim());
    // What says whether an item is available is a field too.
    const expected = available === undefined ? fields : [...fields, names[available]];
    expect(others).toEqual(expected);
    for (const { name, place } of columns.fields) expect(names[place]).toBe(name);
  });

  it('keeps the fields in the order of the file', () => {
    const { fields } = understood('a,in_stock,sku,b');
    expect(fields.map(({ place }) => place)).toEqual([0, 1, 3]);
  });

  it.each<[string, ItemColumnNames, RegExp]>([
    ['a,b', { id: 'c' }, /^--item-id-column "c": the header of items.csv .* has "a", "b"$/],
    ['a,a', { id: 'a' }, /^--item-id-column "a": .* more than once; rename one$/],
    ['a,b', { id: 'a', year: 'a' }, /^the column "a" is named twice; id, title, /],
  ])('refuses the flags for %s with %j', (header, wanted, message) => {
    expect(() => understood(header, wanted)).toThrow(ArgumentError);
    expect(() => understood(header, wanted)).toThrow(message);
  });

  it.each([
    ['a,b', /^items.csv, line 2: .*"a", "b"/s],
    [Array.from({ length: 20 }, (_, k) => `c${k}`).join(','), /"c18", "c19"(?!, …)/s],
    [Array.from({ length: 21 }, (_, k) => `c${k}`).join(','), /"c18", "c19", …/s],
    ['id,sku', /^items.csv, line 2: .*"id" or "sku".*--item-id-column id/s],
    ['id, id ', /^items.csv, line 2: .*"id"/s],
    ['sku,a, a', /^items.csv, line 2: .*"a"/s],
  ])('refuses %s', (header, message) => {
    expect(() => understood(header)).toThrow(DataError);
    expect(() => understood(header)).toThrow(message);
  });

  it('tells a name that stands twice from two names', () => {
    const twice = (header: string) => {
      try {
        understood(header);
      } catch (error) {
        return (error as Error).message;
      }
      throw new Error('it is understood');
    };
    expect(twice('id,id')).toBe(twice('sku,x,x').replaceAll('"x"', '"id"'));
    expect(twice('id,sku')).not.toMatch(/twice/);
  });
});

it('namesItems wants a name of ids', () => {
  expect(namesItems(['colour', 'Product ID'])).toBe(true);
  expect(namesItems(['colour', 'track'])).toBe(true);
  expect(namesItems(['colour', 'title'])).toBe(false);
});
