/** Filters by fields: what fits, against a plain evaluation of the same tree, and what is refused. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ItemId } from '../../../data/ids.js';
import type { Field, FieldValue } from '../../../data/items/fields.js';
import type { StoredItem } from '../../../data/store/catalogue.js';
import { ArgumentError } from '../../../errors.js';
import { whereTest } from './predicate.js';

const fields: Field[] = [
  { name: 'price', type: 'number' },
  { name: 'brand', type: 'text' },
  { name: 'in_stock', type: 'boolean' },
  { name: 'made', type: 'date' },
  { name: 'tags', type: 'list' },
  { name: 'Net weight', type: 'number' },
  { name: 'constructor', type: 'text' },
];

function item(
  own: Record<string, FieldValue>,
  entry: Partial<StoredItem['entry']> = {},
): StoredItem {
  const base = { itemId: 'x' as ItemId, title: null, genres: [], year: null };
  return { entry: { ...base, ...entry }, available: true, fields: own };
}

const fits = (where: string, one: StoredItem) => whereTest(where, fields)(one);

describe('a filter', () => {
  const soap = item(
    {
      price: 9.5,
      brand: 'Alba',
      in_stock: true,
      made: '2024-05-01T12:00:00Z',
      tags: ['new', 'red'],
      'Net weight': 0,
    },
    { itemId: '007' as ItemId, title: 'Soap, mild', genres: ['Bath', 'Care'], year: 2024 },
  );
  const bare = item({});

  it.each([
    ['price<20', true, false],
    ['price < 9.5', false, false],
    ['price<=9.5', true, false],
    ['price=9.50', true, false],
    ['price==9.5', true, false],
    ['price!=9.5', false, true],
    ['price<>9.5', false, true],
    ['price>-5', true, false],
    ['price in (1, 9.5)', true, false],
    ['in_stock', true, false],
    ['not in_stock', false, true],
    ['in_stock = no', false, false],
    ['in_stock=TRUE', true, false],
    ['brand=Alba', true, false],
    ['brand=alba', false, false],
    ['brand != Alba', false, true],
    ['brand in (Alba,Sol) and price>=5', true, false],
    ['brand not in (Sol)', true, true],
    ['brand = "Alba"', true, false],
    ['title = "Soap, mild"', true, false],
    ["title = 'Soap, mild'", true, false],
    ['tags = red', true, false],
    ['tags in (blue, new)', true, false],
    ['tags != red', false, true],
    ['tags', true, false],
    ['genre=Bath', true, false],
    ['category in (Care) and genres != Food', true, false],
    ['year >= 2020', true, false],
    ['available', true, true],
    ['id=007', true, false],
    ['id=7', false, false],
    ['made >= 2024-05-01', true, false],
    ['made = 2024-05-01', true, false],
    ['made > 2024-05-01', false, false],
    ['made <= 2024-05-01', true, false],
    ['made < 2024-05-01', false, false],
    ['made < 2024-05-01T12:00:01Z', true, false],
    ['made = 2024-05-01T12:00:01Z', false, false],
    ['made = 2024-05-02', false, false],
    ['made = 2024-04-30', false, false],
    ['made >= 2024-05-01T12:00:00Z', true, false],
    ['made > 2024-05-01T12:00:00Z', false, false],
    ['in_stock = false', false, false],
    ['in_stock != FALSE', true, true],
    ['in_stock = yes', true, false],
    ['price <= 5 or price >= 9.6', false, false],
    ['price > 9.5', false, false],
    ['made = 2024-05-01T14:00:00+02:00', true, false],
    ['"Net weight" = 0', true, false],
    ['"Net weight"', false, false],
    ['constructor = x', false, false],
    ['price<1 or in_stock and brand=Alba', true, false],
    ['(price<1 or in_stock) and brand=Sol', false, false],
    ['NOT (price > 5 AND NOT in_stock) OR price in (3)', true, true],
    ['not not in_stock', true, false],
  ])('%s', (where, withFields, without) => {
    expect([fits(where, soap), fits(where, bare)]).toEqual([withFields, without]);
  });

  it.each([
    [
      'prize<20',
      'where, character 1: "prize" is no field of the items; give one of these: price, brand, in_stock, made, tags, Net weight, constructor, id, title, genre, year, available',
    ],
    [
      'price<cheap',
      'where, character 7: price is a number, and "cheap" is none; write one such as 9.99',
    ],
    [
      'brand<Sol',
      'where, character 7: < compares numbers and dates, and brand is a text; write =, != or in',
    ],
    [
      'in_stock>no',
      'where, character 10: > compares numbers and dates, and in_stock is true or false; write in_stock or not in_stock',
    ],
    [
      'in_stock=maybe',
      'where, character 10: in_stock is true or false, and "maybe" is neither; write in_stock, or not in_stock',
    ],
    [
      'made=soon',
      'where, character 6: made is a date, and "soon" is none; write one such as 2026-01-31',
    ],
    ['price<', 'where, character 7: the end is not expected here; write a value'],
    ['  price<  ', 'where, character 9: the end is not expected here; write a value'],
    ['brand not', 'where, character 7: "not" is not expected here; write and, or, or the end'],
    ['brand not Alba', 'where, character 7: "not" is not expected here; write and, or'],
    ['brand (Alba)', 'where, character 7: "(" is not expected here; write and, or, or the end'],
    ['brand, price', 'where, character 6: "," is not expected here; write and, or, or the end'],
    ['price 20', 'where, character 7: "20" is not expected here; write and, or, or the end'],
    [
      'brand=Sol Mar',
      'where, character 11: "Mar" is not expected here; write and, or, or the end. A text with blanks goes between quotes: "Sol Mar"',
    ],
    ['brand in Alba', 'where, character 10: "Alba" is not expected here; write ( and values'],
    ['brand in (Alba', 'where, character 15: the end is not expected here; write , or )'],
    ['(price<20', 'where, character 10: the end is not expected here; write )'],
    ['price<20)', 'where, character 9: ")" is not expected here'],
    ['and price<20', 'where, character 1: "and" is not expected here; write the name of a field'],
    ['', 'where, character 1: the end is not expected here; write the name of a field'],
    ['brand="Alba', 'where, character 7: the quote " is not closed; write " behind the text too'],
    ['!in_stock', 'where, character 1: "!" stands alone; write != or not'],
    [
      `${'('.repeat(51)}price${')'.repeat(51)}`,
      'where, character 51: parentheses and not are more than 50 deep',
    ],
    [
      `${'not '.repeat(51)}price`,
      'where, character 201: parentheses and not are more than 50 deep',
    ],
  ])('%s is refused', (where, message) => {
    expect(() => whereTest(where, fields)).toThrow(ArgumentError);
    expect(() => whereTest(where, fields)).toThrow(message);
  });

  it.each([
    ['price<', 'a value; a text with signs goes between quotes'],
    ['price<20)', 'and, or, or the end'],
    ['(price<20 "x"', ')'],
    ['brand in', '( and values with commas between them'],
    ['brand in (Alba', ', or )'],
  ])('%s is refused without advice about blanks', (where, wanted) => {
    expect(() => whereTest(where, fields)).toThrow(
      new RegExp(`not expected here; write ${wanted.replace(/[()]/g, '\\$&')}$`),
    );
  });

  it('that is too long is refused', () => {
    const long = `price<${'1'.repeat(1994)}`;
    expect(() => whereTest(long, fields)).not.toThrow();
    expect(() => whereTest(`${long}1`, fields)).toThrow(ArgumentError);
    expect(() => whereTest(`${long}1`, fields)).toThrow(
      'where has 2001 characters; give at most 2000',
    );
  });

  it('fits exactly what a plain evaluation of the same tree fits', () => {
    const brands = ['Alba', 'Sol', 'a "quoted" one', 'and', 'x y'];
    const one = fc.record(
      {
        price: fc.integer({ min: 0, max: 5 }),
        brand: fc.constantFrom(...brands),
        in_stock: fc.boolean(),
        tags: fc.subarray(['red', 'blue', 'new']),
      },
      { requiredKeys: [] },
    );
    type One = Partial<{ price: number; brand: string; in_stock: boolean; tags: string[] }>;
    type Tree = { readonly text: string; readonly test: (own: One) => boolean };
    const written = (text: string) => `"${text.replaceAll('"', '\\"')}"`;
    const signs: Record<string, (a: number, b: number) => boolean> = {
      '<': (a, b) => a < b,
      '<=': (a, b) => a <= b,
      '>': (a, b) => a > b,
      '>=': (a, b) => a >= b,
      '=': (a, b) => a === b,
    };
    const leaf: fc.Arbitrary<Tree> = fc.oneof(
      fc.tuple(fc.constantFrom(...Object.keys(signs)), fc.integer({ min: 0, max: 5 })).map(
        ([sign, bound]): Tree => ({
          text: `price ${sign}${bound}`,
          test: ({ price }) => price !== undefined && signs[sign]!(price, bound),
        }),
      ),
      fc.constantFrom(...brands).map(
        (brand): Tree => ({
          text: `brand!=${written(brand)}`,
          test: (own) => own.brand !== brand,
        }),
      ),
      fc.subarray(brands, { minLength: 1 }).map(
        (some): Tree => ({
          text: `brand in (${some.map(written).join(',')})`,
          test: ({ brand }) => brand !== undefined && some.includes(brand),
        }),
      ),
      fc.subarray(['red', 'blue', 'none'], { minLength: 1 }).map(
        (some): Tree => ({
          text: `tags not in(${some.join(' , ')})`,
          test: ({ tags = [] }) => !tags.some((tag) => some.includes(tag)),
        }),
      ),
      fc.constant<Tree>({ text: 'in_stock', test: (own) => own.in_stock === true }),
    );
    const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
      tree: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        leaf,
        tie('tree').map(
          ({ text, test }): Tree => ({ text: `not (${text})`, test: (own) => !test(own) }),
        ),
        fc.tuple(tie('tree'), tie('tree')).map(
          ([a, b]): Tree => ({
            text: `(${a.text}) and (${b.text})`,
            test: (own) => a.test(own) && b.test(own),
          }),
        ),
        fc.tuple(tie('tree'), tie('tree'), leaf).map(
          ([a, b, c]): Tree => ({
            text: `(${a.text}) or (${b.text}) and ${c.text}`,
            test: (own) => a.test(own) || (b.test(own) && c.test(own)),
          }),
        ),
      ),
    }));
    fc.assert(
      fc.property(tree, fc.array(one, { minLength: 1 }), ({ text, test }, items) => {
        fc.pre(text.length <= 2000);
        const where = whereTest(text, fields);
        expect(items.map((own) => where(item(own)))).toEqual(items.map((own) => test(own)));
      }),
      { numRuns: 500 },
    );
  });
});
