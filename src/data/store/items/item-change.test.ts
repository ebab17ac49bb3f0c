/** What becomes of an item when it is changed, and of the types of its fields. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../errors.js';
import type { Field } from '../../items/fields.js';
import { converted, FieldTypes } from './field-types.js';
import {
  type ChangeContext,
  changedItem,
  type ItemChange,
  type ItemValues,
  nothingSaid,
  ofItem,
  removedItem,
} from './item-change.js';

const before: ItemValues = {
  title: 'A',
  year: 1999,
  genres: ['a'],
  available: false,
  fields: { price: 1, colour: 'red' },
  addedAt: 5,
  own: false,
  removed: false,
};

function change(
  stored: ItemValues | null,
  what: Omit<ItemChange, 'itemId'>,
  context: Partial<ChangeContext> = {},
) {
  const types = new FieldTypes([{ name: 'price', type: 'number' }]);
  return changedItem(
    stored,
    { itemId: 'x', ...what },
    { keep: true, now: 9, own: false, types, ...context },
  );
}

describe('changedItem', () => {
  it('changes what is named and keeps the rest', () => {
    expect(change(before, { title: 'B' })).toEqual({
      outcome: 'changed',
      values: { ...before, title: 'B' },
    });
    expect(change(before, { title: null, year: null, genres: [], available: true })).toEqual({
      outcome: 'changed',
      values: { ...before, title: null, year: null, genres: [], available: true },
    });
    expect(
      change(before, { fields: { colour: null, size: 'L', price: 2 } }).values!.fields,
    ).toEqual({ price: 2, size: 'L' });
  });

  it('gives what is not named its default where an item is written whole', () => {
    const { values } = change(before, { year: 0 }, { keep: false });
    expect(values).toEqual({ ...nothingSaid, year: 0, addedAt: 5 });
    expect(change(before, {}, { keep: false }).values).toEqual({ ...nothingSaid, addedAt: 5 });
  });

  it('writes nothing where nothing changes, and knows the order of fields', () => {
    expect(change(before, {})).toEqual({ outcome: 'unchanged', values: null });
    expect(change(before, { title: 'A', genres: ['a'], fields: { price: 1 } })).toEqual({
      outcome: 'unchanged',
      values: null,
    });
    const turned = { colour: 'red', price: 1 };
    const whole = { ...before, fields: turned };
    expect(change(before, whole, { keep: false }).outcome).toBe('changed');
    expect(change(before, { ...whole, fields: before.fields }, { keep: false }).outcome).toBe(
      'unchanged',
    );
  });

  it.each<[Partial<ItemValues>]>([
    [{ title: 'B' }],
    [{ year: 2000 }],
    [{ genres: ['b'] }],
    [{ available: true }],
    [{ fields: {} }],
  ])('is changed where only this differs: %j', (other) => {
    expect(change({ ...before, ...other }, { ...before }, { keep: false }).outcome).toBe('changed');
  });

  it('makes an item of the shop’s own, and leaves it one', () => {
    expect(change(before, {}, { own: true })).toEqual({
      outcome: 'changed',
      values: { ...before, own: true },
    });
    expect(change({ ...before, own: true }, { title: 'B' }).values!.own).toBe(true);
  });

  it('creates an item, also one that was removed', () => {
    const values = { ...nothingSaid, title: 'B', addedAt: 9, own: true };
    expect(change(null, { title: 'B' }, { own: true })).toEqual({ outcome: 'created', values });
    expect(change(null, {}).values).toEqual({ ...nothingSaid, addedAt: 9 });
    const removed = removedItem(before);
    expect(removed).toEqual({ ...nothingSaid, addedAt: 5, own: true, removed: true });
    expect(removedItem(null)).toEqual({ ...nothingSaid, own: true, removed: true });
    expect(change(removed, { title: 'B' })).toEqual({ outcome: 'created', values });
  });
});

describe('the types of fields', () => {
  it('are those of the first values', () => {
    const types = new FieldTypes([{ name: 'a', type: 'number' }]);
    expect(types.accept('a', 2)).toBe(2);
    expect(types.isChanged).toBe(false);
    expect(types.accept('b', 'x')).toBe('x');
    expect(types.isChanged).toBe(true);
    expect(types.accept('b', 7)).toBe('7');
    expect([types.type('a'), types.type('b'), types.type('c')]).toEqual([
      'number',
      'text',
      undefined,
    ]);
    expect(types.list()).toEqual([
      { name: 'a', type: 'number' },
      { name: 'b', type: 'text' },
    ]);
  });

  it.each<[Field['type'], unknown, RegExp]>([
    ['number', 'x', /^fields\.a is "x", and a is a number for every item; give a number$/],
    ['boolean', 1, /^fields\.a is 1, and a is true or false for every item; give true or false$/],
    ['date', 'soon', /and a is a date such as 2026-01-31 for every item; give a date such as/],
  ])('refuse a value of another one: %s', (type, value, message) => {
    const types = new FieldTypes([{ name: 'a', type }]);
    expect(() => types.accept('a', value as never)).toThrow(ArgumentError);
    expect(() => types.accept('a', value as never)).toThrow(message);
    expect(types.isChanged).toBe(false);
  });

  it('become wider where values of two types meet', () => {
    const types = new FieldTypes([{ name: 'a', type: 'number' }]);
    expect(types.widen('a', 'number')).toBeNull();
    expect(types.isChanged).toBe(false);
    expect(types.widen('a', 'date')).toEqual({ name: 'a', from: 'number', to: 'text' });
    expect([types.isChanged, types.type('a')]).toEqual([true, 'text']);
    expect(types.widen('b', 'list')).toBeNull();
    expect(types.type('b')).toBe('list');
    expect(types.widen('b', 'text')).toBeNull();
  });

  it('are a thousand at most', () => {
    const fields = Array.from({ length: 999 }, (_, k): Field => ({ name: `f${k}`, type: 'text' }));
    const types = new FieldTypes(fields);
    types.accept('last', 1);
    expect(() => types.accept('more', 1)).toThrow(
      /^more would be field 1001, and items have at most 1000; leave fields out$/,
    );
    expect(() => types.widen('more', 'text')).toThrow(ArgumentError);
    expect(types.accept('last', 2)).toBe(2);
  });

  it('convert the values of an item that has the field', () => {
    const widened = { name: 'a', from: 'number', to: 'text' } as const;
    const made = converted({ b: 2, a: 1, c: 'x' }, widened);
    expect(Object.entries(made!)).toEqual([
      ['b', 2],
      ['a', '1'],
      ['c', 'x'],
    ]);
    expect(converted({ b: 2 }, widened)).toBeNull();
  });
});

it('names the item in an error of its values alone', () => {
  const wrong = new ArgumentError('year is "x"; give an integer');
  const named = () =>
    ofItem('a"b', () => {
      throw wrong;
    });
  expect(named).toThrow(ArgumentError);
  expect(named).toThrow(/^item "a\\"b": year is "x"; give an integer$/);
  expect(() =>
    ofItem('a', () => {
      throw new TypeError('x');
    }),
  ).toThrow(/^x$/);
  expect(ofItem('a', () => 7)).toBe(7);
});
