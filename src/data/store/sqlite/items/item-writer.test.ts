/** Changes of items: what readers see of them, and what they leave alone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../../../errors.js';
import { materialHash, readMaterial } from '../../../../home/material.js';
import { ItemKeeper } from '../../../../serving/items/item-keeper.js';
import { Vocabulary } from '../../../../serving/items/vocabulary.js';
import type { ItemId } from '../../../ids.js';
import { importRatings } from '../../../import.js';
import { homePlace } from '../../place.js';
import { openDatabase } from '../connection.js';
import { RatingsDatabase } from '../ratings-database.js';
import { SqliteStore } from '../sqlite-store.js';
import { ItemWriter } from './item-writer.js';

let folder: string;
let home: string;
let db: Database;
let database: RatingsDatabase;

const ratings = Array.from({ length: 60 }, (_, k) => `u${k % 12},i${(k * 7) % 10},5,${k}`);

async function importRows(rows: readonly string[], options = {}) {
  const file = join(folder, 'rows.csv');
  writeFileSync(file, `userId,movieId,rating,timestamp\n${rows.join('\n')}\n`);
  return importRatings(home, file, options);
}

function write<T>(change: (items: ItemWriter) => T): T {
  return db.transaction(() => change(new ItemWriter(db))).immediate();
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-items-'));
  home = join(folder, 'home');
  await importRows(ratings);
  db = openDatabase(home);
  database = RatingsDatabase.open(home);
});
afterEach(() => {
  db.close();
  database.close();
  rmSync(folder, { recursive: true });
});

const stored = (id: string) => database.storedItems([id])[0]!;
const found = (query: string) => database.listItems({ query, n: 20 }).map(({ itemId }) => itemId);

describe('a change of an item', () => {
  it('is read back: title, categories, year, availability and fields', () => {
    const fields = { price: 9.5, tags: ['red', 'blue'], brand: 'Alba', inStock: true };
    const change = { itemId: 'new', title: 'Soap', genres: ['Bath'], year: 2024, fields };
    expect(write((items) => items.put(change))).toBe('created');
    expect(stored('new')).toEqual({
      entry: { itemId: 'new', title: 'Soap', genres: ['Bath'], year: 2024 },
      available: true,
      fields,
    });
    expect(found('soap')).toEqual(['new']);
    expect(database.genres()).toEqual([{ genre: 'Bath', items: 1 }]);
    expect(
      write((items) => items.merge({ itemId: 'new', fields: { price: 8, brand: null } })),
    ).toBe('changed');
    expect(stored('new').fields).toEqual({ price: 8, tags: ['red', 'blue'], inStock: true });
    expect(stored('new').entry.title).toBe('Soap');
    expect(write((items) => items.put({ itemId: 'new', title: 'Bar' }))).toBe('changed');
    expect(stored('new')).toMatchObject({ entry: { title: 'Bar', genres: [] }, fields: {} });
    expect(found('soap')).toEqual([]);
    expect(found('bar')).toEqual(['new']);
  });

  it('raises the version once a transaction, and only if something changed', () => {
    const before = database.catalogueVersion();
    write((items) => {
      items.merge({ itemId: 'i1', title: 'One' });
      items.merge({ itemId: 'i2', title: 'Two' });
    });
    const after = database.catalogueVersion();
    expect(after).not.toBe(before);
    expect(database.catalogueChanges(before)!.items.map(({ entry }) => entry.itemId)).toEqual([
      'i1',
      'i2',
    ]);
    expect(write((items) => items.merge({ itemId: 'i1', title: 'One' }))).toBe('unchanged');
    expect(database.catalogueVersion()).toBe(after);
    expect(database.catalogueChanges(after)!.items).toEqual([]);
    expect(database.catalogueChanges('0 never 7')).toBeNull();
  });

  it('takes a removed item out of item, list and search until it is written again', () => {
    write((items) => items.put({ itemId: 'i1', title: 'Soap', fields: { price: 3 } }));
    expect(write((items) => items.remove('i1'))).toBe(true);
    expect(write((items) => items.remove('i1'))).toBe(false);
    expect(write((items) => items.remove('nobody'))).toBe(false);
    expect(database.item('i1')).toBeNull();
    expect(database.listItems({ n: 100 }).map(({ itemId }) => itemId)).not.toContain('i1');
    expect([...found('soap'), ...found('i1')]).toEqual([]);
    expect(stored('i1')).toMatchObject({ available: false, fields: {} });
    expect(database.userHistory('u7')!.map(({ itemId }) => itemId)).toContain('i9');
    write((items) => items.merge({ itemId: 'i1', title: 'Soap', available: true }));
    expect(database.item('i1')).toMatchObject({ title: 'Soap' });
  });

  it('refuses a value of another type, and says the type', () => {
    write((items) => items.put({ itemId: 'i1', fields: { price: 3, made: '2024-02-29' } }));
    const wrong = (fields: Record<string, string | number>) => () =>
      write((items) => items.merge({ itemId: 'i2', fields }));
    expect(wrong({ price: 'cheap' })).toThrow(ArgumentError);
    expect(wrong({ price: 'cheap' })).toThrow(
      'fields.price is "cheap", and price is a number for every item; give a number',
    );
    expect(wrong({ made: '2023-02-29' })).toThrow(/give a date/);
    expect(database.itemFields()).toEqual([
      { name: 'price', type: 'number' },
      { name: 'made', type: 'date' },
    ]);
  });

  it('widens a field to text, and the stored values with it', () => {
    write((items) => items.put({ itemId: 'i1', title: 'One', fields: { size: 42, other: 1 } }));
    const before = database.catalogueVersion();
    const widened = write(({ fields }) => {
      const change = fields.types.widen('size', 'list')!;
      fields.store();
      fields.convert(change);
      return change;
    });
    expect(widened).toEqual({ name: 'size', from: 'number', to: 'text' });
    expect(stored('i1').fields).toEqual({ size: '42', other: 1 });
    expect(database.catalogueChanges(before)!.items).toHaveLength(1);
  });
});

describe('ratings, split and hash', () => {
  const material = async () => {
    const read = await readMaterial(home, { heldoutUsers: 2, minClicks: 1, threshold: 3 });
    const { split, dataset } = read;
    return { hash: materialHash(read), split, dataset };
  };

  it('stay the same whatever becomes of items', async () => {
    const before = await material();
    write((items) => {
      items.put({ itemId: 'a new one', title: 'New' });
      items.put({ itemId: 'i3', title: 'Three', available: false });
      items.remove('i4');
    });
    expect(await material()).toEqual(before);
  });

  it('are those of the same rows without items, also when these were there first', async () => {
    const before = await material();
    write((items) => {
      items.put({ itemId: 'unsold', title: 'Unsold' });
      items.put({ itemId: 'i5', title: 'Five' });
    });
    await importRows(ratings, { replace: true });
    expect(stored('unsold').entry.title).toBe('Unsold');
    expect(stored('i5').entry.title).toBe('Five');
    expect(database.item('i5')!.clicks).toBe(6);
    const { dataset: _, ...after } = await material();
    expect({ ...after, dataset: before.dataset }).toEqual(before);
    await importRows(['u1,unsold,5,99', 'u2,later,5,99'], { append: true });
    expect(database.item('unsold')).toMatchObject({ title: 'Unsold', clicks: 1 });
    const { dataset, split } = await material();
    expect(dataset).toMatchObject({ items: 12, catalogue: 12 });
    expect(split.vocabulary.slice(0, before.split.vocabulary.length)).toEqual(
      before.split.vocabulary,
    );
  });

  it('of replaced ratings go with the items that came with them', async () => {
    await importRows(['a,x,5,1', 'b,y,5,2'], { replace: true });
    expect(database.item('i1')).toBeNull();
    expect(database.dataset()).toMatchObject({ items: 2, catalogue: 2 });
  });
});

describe('the items of a model', () => {
  it('follow single changes without reading the others again', async () => {
    let whole = 0;
    const store = new SqliteStore(homePlace(home));
    const source = {
      version: () => store.version(),
      wholeCatalogue: (ids: readonly string[]) => {
        whole++;
        return store.wholeCatalogue(ids);
      },
      catalogueChanges: (since: string) => store.catalogueChanges(since),
      genres: () => store.genres(),
    };
    const ids = ['i0', 'i1', 'i2', 'i3'] as ItemId[];
    const keeper = new ItemKeeper(source, new Vocabulary(ids));
    let known = await keeper.current();
    const before = known;
    expect(known.mask([2], {})).toEqual([2]);
    write((items) =>
      items.put({ itemId: 'i1', title: 'Soap', genres: ['Bath'], available: false }),
    );
    write((items) => items.put({ itemId: 'i3', genres: ['Bath'], year: 2000 }));
    write((items) => items.put({ itemId: 'unknown to the model', genres: ['Bath'] }));
    known = await keeper.current();
    expect(known.mask([2], {}).sort()).toEqual([1, 2]);
    expect(known.mask([], { genre: ['Bath'] })).toEqual([0, 1, 2]);
    expect(known.mask([], { minYear: 1999 })).toEqual([0, 1, 2]);
    expect(known.entries([1])[0]!.title).toBe('Soap');
    expect(known.jsonOf([1])).toEqual([['"i1"', '"title":"Soap","genres":["Bath"],"year":null}']]);
    write((items) => items.merge({ itemId: 'i1', available: true, genres: ['Kitchen'] }));
    known = await keeper.current();
    expect(known.jsonOf([1])[0]![1]).toContain('Kitchen');
    expect(known.mask([], { genre: ['Bath', 'Kitchen'] })).toEqual([0, 2]);
    expect(whole).toBe(1);
    write((items) => items.remove('i0'));
    expect((await keeper.current()).mask([], {})).toEqual([0]);
    // What a request holds stays as it was.
    expect(before.mask([2], {})).toEqual([2]);
    expect(before.entries([1])[0]!.title).not.toBe('Soap');
    await store.close();
  });
});
