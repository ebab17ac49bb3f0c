/** The types of a file's fields, and its values as these types hold them. */
import { describe, expect, it } from 'vitest';
import { FieldTyping, partsOf, typed } from './field-typing.js';
import type { FieldValue } from './fields.js';

/** The type of a field that has these values, and the values as it holds them. */
function read(...values: FieldValue[]) {
  const typing = new FieldTyping();
  for (const value of values) typing.observe({ a: value });
  const type = typing.types().get('a')!;
  return [type, ...values.map((value) => typed(value, type))];
}

describe('a field', () => {
  it.each<[FieldValue[], unknown[]]>([
    [
      ['12', '-0.5', '+3', '1e+3', '2.5E-1', '.5'],
      ['number', 12, -0.5, 3, 1000, 0.25, 0.5],
    ],
    [
      [7, '8'],
      ['number', 7, 8],
    ],
    [['123456789012345'], ['number', 123456789012345]],
    // Ids are no numbers, because they would not be the same afterwards.
    [['1234567890123456'], ['text', '1234567890123456']],
    [['1234-567890123456.7'], ['text', '1234-567890123456.7']],
    [['007'], ['text', '007']],
    [['5.'], ['text', '5.']],
    [['12 €'], ['text', '12 €']],
    [['x1'], ['text', 'x1']],
    [['1.2.3'], ['text', '1.2.3']],
    [['1e3'], ['text', '1e3']],
    [['1e+'], ['text', '1e+']],
    [['Infinity'], ['text', 'Infinity']],
    [
      ['true', 'No', 'YES', 'false'],
      ['boolean', true, false, true, false],
    ],
    [
      [true, 'no'],
      ['boolean', true, false],
    ],
    [
      ['true', '1'],
      ['text', 'true', '1'],
    ],
    [
      ['maybe', 'no'],
      ['text', 'maybe', 'no'],
    ],
    [
      ['2023-11-14', '2023/1/2 10:00'],
      ['date', '2023-11-14', '2023/1/2 10:00'],
    ],
    [
      ['2023-11-14', 'soon'],
      ['text', '2023-11-14', 'soon'],
    ],
    [['2023-02-30'], ['text', '2023-02-30']],
    [
      ['a|b', 'c'],
      ['list', ['a', 'b'], ['c']],
    ],
    [
      ['1|2', '3'],
      ['list', ['1', '2'], ['3']],
    ],
    [
      ['a| b |', 'true', '2023-11-14'],
      ['list', ['a', 'b'], ['true'], ['2023-11-14']],
    ],
    [
      ['["a", 1, {"b": 2}]', 'c'],
      ['list', ['a', '1', '{"b":2}'], ['c']],
    ],
    [['[]'], ['list', []]],
    [['["a"]'], ['list', ['a']]],
    [
      [['x', 1], 'y'],
      ['list', ['x', 1], ['y']],
    ],
    [
      [['x', 1], 2],
      ['list', ['x', 1], [2]],
    ],
    [['[1, 2'], ['list', ['[1, 2']]],
    [
      ['a', 'b'],
      ['text', 'a', 'b'],
    ],
    // A list whose other values are prose is prose too.
    [
      ['a|b', 'c'.repeat(49)],
      ['text', 'a|b', 'c'.repeat(49)],
    ],
    [
      ['a|b', 'c'.repeat(48)],
      ['list', ['a', 'b'], ['c'.repeat(48)]],
    ],
    [['https://a/b|https://c/d'], ['text', 'https://a/b|https://c/d']],
    [
      ['a|b', 'https://c/d'],
      ['list', ['a', 'b'], ['https://c/d']],
    ],
    [
      [['a', 'b'], 'c'.repeat(49)],
      ['text', 'a|b', 'c'.repeat(49)],
    ],
    [
      [1, 'x'],
      ['text', '1', 'x'],
    ],
    [
      [true, 'x'],
      ['text', 'true', 'x'],
    ],
  ])('of %j: %j', (values, expected) => {
    expect(read(...values)).toEqual(expected);
  });

  it('has a type of its own, in the order of the first values', () => {
    const typing = new FieldTyping();
    typing.observe({ b: '1', a: 'x' });
    typing.observe({ c: 'yes', a: '1' });
    typing.observe({ b: 'y' });
    expect([...typing.types()]).toEqual([
      ['b', 'text'],
      ['a', 'text'],
      ['c', 'boolean'],
    ]);
  });
});

describe('partsOf', () => {
  it.each([
    ['', []],
    ['a', ['a']],
    [' a | b ', ['a', 'b']],
    ['[1, "2"]', ['1', '2']],
    ['{"a": 1}', ['{"a": 1}']],
    ['[a|b]', ['[a', 'b]']],
    [`["${'x'.repeat(60)}"]`, ['x'.repeat(60)]],
    [`a|${'x'.repeat(49)}`, null],
    ['http://a|b', null],
    ['http://a', ['http://a']],
  ])('of %j', (text, parts) => {
    expect(partsOf(text)).toEqual(parts);
  });
});
