/** Groups of the map's items by a field. */

import { describe, expect, it } from 'vitest';
import type { Field, Fields, MapItem } from '../server/api.js';
import { fieldGroups } from './field-groups.js';

function itemsOf(values: readonly (Fields[string] | undefined)[]): MapItem[] {
  return values.map((value, k) => ({
    itemId: String(k),
    title: null,
    genre: null,
    year: null,
    x: 0,
    y: 0,
    clicks: 1,
    fields: value === undefined ? {} : { of: value },
  }));
}

function groups(type: Field['type'], values: readonly (Fields[string] | undefined)[]) {
  const items = itemsOf(values);
  const { counts, of } = fieldGroups(items, { name: 'of', type });
  return { counts, of: items.map(of) };
}

describe('groups by a field', () => {
  it('are texts by their number of items, and the first entry of a list', () => {
    expect(groups('text', ['b', 'a', 'b', undefined])).toEqual({
      counts: [
        ['b', 2],
        ['a', 1],
      ],
      of: ['b', 'a', 'b', null],
    });
    expect(groups('list', [['x', 'y'], ['y']]).of).toEqual(['x', 'y']);
  });

  it('join the rarer ones of many texts', () => {
    const values = Array.from({ length: 40 }, (_, k) => `v${k < 30 ? k % 15 : k}`);
    const { counts, of } = groups('text', values);
    expect(counts).toHaveLength(16);
    expect(counts.at(-1)).toEqual(['Others', 10]);
    expect(of[0]).toBe('v0');
    expect(of[39]).toBe('Others');
  });

  it('are truth values as words, and dates by year, the newest first', () => {
    expect(groups('boolean', [true, false, true]).counts).toEqual([
      ['Yes', 2],
      ['No', 1],
    ]);
    expect(groups('date', ['2020-05-01', '2024-01-02', '2020-07-09']).counts).toEqual([
      ['2024', 1],
      ['2020', 2],
    ]);
  });

  it('are few numbers by themselves, and many in parts of about as many items', () => {
    expect(groups('number', [3, 1.5, 3]).counts).toEqual([
      ['1.5', 1],
      ['3', 2],
    ]);
    const values = Array.from({ length: 100 }, (_, k) => 1000 - k);
    const { counts, of } = groups('number', [...values, undefined]);
    expect(counts).toEqual([
      ['to 920', 20],
      ['above 920 to 940', 20],
      ['above 940 to 960', 20],
      ['above 960 to 980', 20],
      ['above 980 to 1,000', 20],
    ]);
    expect(of.at(0)).toBe('above 980 to 1,000');
    expect(of.at(99)).toBe('to 920');
    expect(of.at(-1)).toBeNull();
  });

  it('leave out a part that many equal numbers fill', () => {
    const values = [...new Array(60).fill(5), ...Array.from({ length: 40 }, (_, k) => 6 + k)];
    const { counts } = groups('number', values);
    expect(counts.map(([name]) => name)).toEqual(['to 5', 'above 5 to 25', 'above 25 to 45']);
    expect(counts.reduce((sum, [, count]) => sum + count, 0)).toBe(100);
  });
});
