/** The types of fields, their names and their values. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import {
  dateOf,
  type FieldType,
  type FieldValue,
  fieldTypes,
  isFieldName,
  readFields,
  typeOf,
  valueAs,
  widerType,
} from './fields.js';

it('holds texts and lists in a list, and any other two types in a text', () => {
  for (const a of fieldTypes) {
    for (const b of fieldTypes) {
      const both = new Set<FieldType>([a, b]);
      const isListed = both.size === 2 && both.has('list') && both.has('text');
      expect(widerType(a, b), `${a} and ${b}`).toBe(a === b ? a : isListed ? 'list' : 'text');
    }
  }
});

it.each<[FieldValue, FieldType]>([
  [1, 'number'],
  [false, 'boolean'],
  ['x', 'text'],
  ['', 'text'],
  ['2023-11-14', 'date'],
  [[], 'list'],
])('%j is of the type %s', (value, type) => {
  expect(typeOf(value)).toBe(type);
});

it.each<[FieldValue, FieldType, FieldValue | null]>([
  ['x', 'text', 'x'],
  [1.5, 'text', '1.5'],
  [true, 'text', 'true'],
  [['a', 2], 'text', 'a|2'],
  ['x', 'list', ['x']],
  [1, 'list', [1]],
  [['a'], 'list', ['a']],
  ['2023-11-14', 'date', '2023-11-14'],
  ['x', 'date', null],
  [20231114, 'date', null],
  [1, 'number', 1],
  ['1', 'number', null],
  [true, 'number', null],
  [true, 'boolean', true],
  ['true', 'boolean', null],
  [['a'], 'boolean', null],
])('%j as %s is %j', (value, type, held) => {
  expect(valueAs(value, type)).toEqual(held);
});

it('gives dates in milliseconds', () => {
  expect(dateOf('1970-01-02')).toBe(86_400_000);
  expect(dateOf('x')).toBeNaN();
});

it.each([
  ['a', true],
  ['prix en €', true],
  ['x'.repeat(100), true],
  ['x'.repeat(101), false],
  ['', false],
  [' a', false],
  ['a ', false],
  ['a\nb', false],
  ['\ud800', false],
])('%j can name a field: %s', (name, can) => {
  expect(isFieldName(name)).toBe(can);
});

describe('readFields', () => {
  it('gives the values, and null for what is to be removed', () => {
    const fields = {
      a: 'x'.repeat(20_000),
      b: -1.5,
      c: false,
      d: null,
      e: ['x', 1, true],
      f: new Array(1000).fill(1),
      g: '',
      h: [],
    };
    expect(readFields(fields)).toEqual(fields);
    expect(readFields({})).toEqual({});
  });

  it.each([[null], ['x'], [7], [[]], [['a']], [undefined]])('refuses %j for fields', (given) => {
    expect(() => readFields(given)).toThrow(ArgumentError);
    expect(() => readFields(given)).toThrow(/^fields is .*; give an object of names and values$/);
  });

  it.each([
    ['x'.repeat(20_001)],
    ['\ud800'],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [{}],
    [undefined],
    [[null]],
    [['a', ['b']]],
    [new Array(1001).fill(1)],
    [['x', '\udc00']],
  ])('refuses the value %#', (value) => {
    expect(() => readFields({ ok: 1, price: value })).toThrow(
      /^fields\.price is .*; give a number,/,
    );
  });

  it('names the field whose name is none', () => {
    expect(() => readFields({ ' a': 1 })).toThrow(
      /^fields has the name " a"; give a name of 1 to 100 characters/,
    );
  });
});
