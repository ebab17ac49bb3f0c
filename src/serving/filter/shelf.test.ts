/** A model's items in memory, and how they follow changes of the catalogue. */
import { describe, expect, it } from 'vitest';
import type { ItemId } from '../../data/ids.js';
import type { Field } from '../../data/items/fields.js';
import type { StoredItem } from '../../data/store/catalogue.js';
import { Shelf } from './shelf.js';

const price: Field[] = [{ name: 'price', type: 'number' }];

function item(
  id: string,
  { price: own = 1, genres = [] as string[], year = null as number | null, available = true } = {},
): StoredItem {
  const entry = { itemId: id as ItemId, title: id.toUpperCase(), genres, year };
  return { entry, available, fields: { price: own } } as unknown as StoredItem;
}

const first = () =>
  new Shelf({
    version: 'one',
    fields: price,
    items: [
      item('a', { price: 5, genres: ['x'], year: 1999 }),
      item('b', { price: 15, genres: ['x', 'y'], available: false }),
      item('c', { price: 25 }),
    ],
  });

describe('Shelf', () => {
  it('has what is stored of each item', () => {
    const shelf = first();
    expect(Array.from(shelf.years)).toEqual([1999, Number.NaN, Number.NaN]);
    expect([...shelf.unavailable]).toEqual([1]);
    expect([...shelf.ofGenre('x')!]).toEqual([0, 1]);
    expect(shelf.ofGenre('z')).toBeUndefined();
    expect([...shelf.fitting('price<20')]).toEqual([1, 1, 0]);
    expect(shelf.json(0)).toEqual(['"a"', '"title":"A","genres":["x"],"year":1999}']);
  });

  it('takes over changes in a new shelf, and stays as it was itself', () => {
    const shelf = first();
    shelf.fitting('price<20');
    shelf.json(1);
    const next = new Shelf(
      {
        version: 'two',
        fields: price,
        items: [
          item('c', { price: 2, genres: ['y', 'z'], year: 2020, available: false }),
          item('b', { price: 30, genres: ['z'], year: 1980 }),
        ],
      },
      { shelf, places: [2, 1] },
    );
    expect(next.version).toBe('two');
    expect(Array.from(next.years)).toEqual([1999, 1980, 2020]);
    expect([...next.unavailable]).toEqual([2]);
    expect([...next.ofGenre('x')!]).toEqual([0]);
    expect([...next.ofGenre('y')!]).toEqual([2]);
    expect([...next.ofGenre('z')!].sort()).toEqual([1, 2]);
    expect([...next.fitting('price<20')]).toEqual([1, 0, 1]);
    expect(next.json(1)).toEqual(['"b"', '"title":"B","genres":["z"],"year":1980}']);
    expect(next.json(0)).toEqual(shelf.json(0));
    expect([...shelf.unavailable]).toEqual([1]);
    expect([...shelf.ofGenre('y')!]).toEqual([1]);
    expect(shelf.ofGenre('z')).toBeUndefined();
    expect([...shelf.fitting('price<20')]).toEqual([1, 1, 0]);
    expect(shelf.items[1]!.entry.year).toBeNull();
    expect(shelf.json(1)[1]).toContain('"genres":["x","y"]');
  });

  it('works filters out anew where the fields have other types', () => {
    const shelf = first();
    shelf.fitting('price=5');
    const fields: Field[] = [{ name: 'price', type: 'text' }];
    const next = new Shelf({ version: 'two', fields, items: [] }, { shelf, places: [] });
    expect(() => next.fitting('price<20')).toThrow(/price is a text/);
  });

  it('keeps a hundred filters, and drops the one that was used longest ago', () => {
    const shelf = first();
    const kept = shelf.fitting('price<1');
    const dropped = shelf.fitting('price<2');
    for (let k = 3; k <= 100; k++) shelf.fitting(`price<${k}`);
    expect(shelf.fitting('price<1')).toBe(kept);
    shelf.fitting('price<101');
    expect(shelf.fitting('price<1')).toBe(kept);
    const again = shelf.fitting('price<2');
    expect(again).not.toBe(dropped);
    expect([...again]).toEqual([...dropped]);
  });
});
