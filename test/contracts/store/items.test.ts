import { describe, expect, it } from 'vitest';
import type { ItemRow } from '../../../src/data/files/items/item-row.js';
import type { ItemId } from '../../../src/data/ids.js';
import type { ItemQuestion } from '../../../src/data/store/catalogue.js';
import type { Store } from '../../../src/data/store/store.js';
import { ArgumentError } from '../../../src/errors.js';
import { nextMillisecond } from '../../fixtures/clock.js';
import { storeKinds } from '../../fixtures/stores.js';
import { openTwice } from './two-openings.js';

const row = (itemId: string, more: Omit<ItemRow, 'itemId'> = {}): ItemRow => ({
  itemId: itemId as ItemId,
  ...more,
});

describe.each(storeKinds)('items in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let store: Store;
  let other: Store;
  openTwice(start, (opened) => {
    ({ store, other } = opened);
  });

  const stored = async (id: string) => (await other.storedItems([id]))[0]!;
  const ids = async (question: Partial<ItemQuestion> = {}) =>
    (await other.listItems({ n: 100, ...question })).map(({ itemId }) => itemId);

  it('are written whole, changed in a part, and removed', async () => {
    const fields = { price: 9.5, tags: ['red', 'blue'], brand: 'Alba', inStock: true };
    const soap = { title: 'Soap', genres: ['Bath'], year: 2024, fields };
    expect(await store.items.put('new', soap)).toBe('created');
    expect(await stored('new')).toEqual({
      entry: { itemId: 'new', title: 'Soap', genres: ['Bath'], year: 2024 },
      available: true,
      fields,
    });
    expect(await other.item('new')).toEqual({
      itemId: 'new',
      title: 'Soap',
      genres: ['Bath'],
      year: 2024,
      clicks: 0,
      available: true,
      addedAt: expect.closeTo(Date.now() / 1000, -2),
    });
    expect(await ids({ query: 'soap' })).toEqual(['new']);
    expect(await other.genres()).toEqual([{ genre: 'Bath', items: 1 }]);
    expect(await store.items.put('new', soap)).toBe('unchanged');
    expect(await store.items.patch('new', { fields: { price: 8, brand: null } })).toBe('changed');
    expect((await stored('new')).fields).toEqual({
      price: 8,
      tags: ['red', 'blue'],
      inStock: true,
    });
    expect((await stored('new')).entry.title).toBe('Soap');
    expect(await store.items.patch('other', { title: 'Other' })).toBeNull();
    expect(await store.items.put('new', { title: 'Bar', available: false })).toBe('changed');
    expect(await stored('new')).toEqual({
      entry: { itemId: 'new', title: 'Bar', genres: [], year: null },
      available: false,
      fields: {},
    });
    expect(await ids({ query: 'soap' })).toEqual([]);
    expect(await ids({ query: 'bar' })).toEqual([]);
    expect(await ids({ query: 'bar', unavailable: true })).toEqual(['new']);
    expect(await store.items.delete('new')).toBe(true);
    expect(await store.items.delete('new')).toBe(false);
    expect(await store.items.delete('nobody')).toBe(false);
    expect(await other.item('new')).toBeNull();
    expect(await other.isRemoved('new')).toBe(true);
    expect(await other.isRemoved('nobody')).toBe(false);
    expect(await ids({ unavailable: true })).toEqual([]);
    expect(await stored('new')).toMatchObject({ available: false, fields: {} });
    expect(await store.items.patch('new', { title: 'Soap' })).toBeNull();
    expect(await store.items.put('new', { title: 'Soap' })).toBe('created');
    expect(await ids({ query: 'soap' })).toEqual(['new']);
  });

  it('keep the order and the text of fields and genres', async () => {
    const odd = { 'a "b"': 'x\\y\n\u0000{"', z: 1, a: -1e-7, list: ['1', 2, true, 'ü'] };
    await store.items.put('odd', { genres: ['"', "'", '\\', 'é'], fields: odd });
    const { fields, entry } = await stored('odd');
    expect(fields).toEqual(odd);
    expect(Object.keys(fields)).toEqual(Object.keys(odd));
    expect(entry.genres).toEqual(['"', "'", '\\', 'é']);
    expect((await other.genres()).map(({ genre }) => genre)).toEqual(['"', "'", '\\', 'é']);
    expect(await other.itemFields()).toEqual([
      { name: 'a "b"', type: 'text' },
      { name: 'z', type: 'number' },
      { name: 'a', type: 'number' },
      { name: 'list', type: 'list' },
    ]);
    await store.items.write(new Map([['odd', { fields: { z: null, first: '2024-01-31' } }]]), {
      merge: true,
    });
    expect(Object.keys((await stored('odd')).fields)).toEqual(['a "b"', 'a', 'list', 'first']);
    expect((await other.itemFields()).at(-1)).toEqual({ name: 'first', type: 'date' });
  });

  it('have fields of one type each; a wrong value changes nothing', async () => {
    await store.items.put('i1', { fields: { price: 3, made: '2024-02-29' } });
    const version = await other.catalogueVersion();
    const wrong = store.items.put('i2', { fields: { fresh: 1, price: 'cheap' } });
    await expect(wrong).rejects.toThrow(ArgumentError);
    await expect(wrong).rejects.toThrow(
      'fields.price is "cheap", and price is a number for every item; give a number',
    );
    await expect(store.items.patch('i1', { fields: { made: 'now' } })).rejects.toThrow(/a date/);
    await expect(store.items.put('i3', { title: '' })).rejects.toThrow(/title is/);
    await expect(store.items.put('a\u0000b', {})).rejects.toThrow(/itemId is/);
    const many = new Map<string, object>([
      ['i4', { title: 'Four' }],
      ['i5', { fields: { price: 'dear' } }],
    ]);
    await expect(store.items.write(many)).rejects.toThrow(/^item "i5": fields\.price is "dear"/);
    const rules = new Map<string, object>([['i6', { year: -1 }]]);
    await expect(store.items.write(rules)).rejects.toThrow(/^item "i6": year is -1/);
    expect(await other.catalogueVersion()).toBe(version);
    expect(await ids({ unavailable: true })).toEqual(['i1']);
    expect(await other.itemFields()).toEqual([
      { name: 'price', type: 'number' },
      { name: 'made', type: 'date' },
    ]);
    expect(await store.items.put('i7', { fields: { fresh: 'text now' } })).toBe('created');
  });

  it('are found by the version that they changed in', async () => {
    const before = await other.catalogueVersion();
    await store.items.write(
      new Map([
        ['i1', { title: 'One' }],
        ['i2', { title: 'Two' }],
      ]),
    );
    const after = await other.catalogueVersion();
    expect(after).not.toBe(before);
    const changes = await other.catalogueChanges(before);
    expect(changes).toMatchObject({ version: after, fields: [] });
    expect(changes!.items.map(({ entry }) => entry.title)).toEqual(['One', 'Two']);
    expect(await store.items.put('i1', { title: 'One' })).toBe('unchanged');
    expect(await other.catalogueVersion()).toBe(after);
    expect((await other.catalogueChanges(after))!.items).toEqual([]);
    expect(await other.catalogueChanges('0 never 7')).toBeNull();
    const whole = await other.wholeCatalogue(['i2', 'none', 'i1']);
    expect(whole.version).toBe(after);
    expect(whole.items).toEqual(await other.storedItems(['i2', 'none', 'i1']));
    expect(whole.items.map(({ entry }) => entry)).toEqual(
      await other.catalogue(['i2', 'none', 'i1']),
    );
  });

  it('of a long list are written all or none, and their outcomes counted', async () => {
    const list = (price: (k: number) => unknown) =>
      new Map(
        Array.from({ length: 1500 }, (_, k) => [
          `item ${k}`,
          { title: `Title ${k}`, fields: { price: price(k) } },
        ]),
      );
    await expect(store.items.write(list((k) => (k === 1400 ? 'x' : k)))).rejects.toThrow(
      /^item "item 1400": fields\.price/,
    );
    expect(await ids({ n: 5 })).toEqual([]);
    expect(await store.items.write(list((k) => k))).toEqual({
      created: 1500,
      changed: 0,
      unchanged: 0,
    });
    expect(await store.items.write(list((k) => Math.max(k, 10)))).toEqual({
      created: 0,
      changed: 10,
      unchanged: 1490,
    });
    expect(await ids({ n: 3, offset: 1498 })).toEqual(['item 1498', 'item 1499']);
    const whole = await other.wholeCatalogue(['item 3', 'item 1499']);
    expect(whole.items.map(({ fields }) => fields)).toEqual([{ price: 10 }, { price: 1499 }]);
  });

  it('of many writers at once are all kept', async () => {
    const writers = [store, other];
    const outcomes = await Promise.all(
      Array.from({ length: 60 }, (_, k) =>
        writers[k % 2]!.items.put(`i${k % 20}`, { title: `Title ${k}`, fields: { [`f${k}`]: k } }),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === 'created')).toHaveLength(20);
    expect((await ids()).toSorted()).toEqual(
      Array.from({ length: 20 }, (_, k) => `i${k}`).toSorted(),
    );
    expect(await other.itemFields()).toHaveLength(60);
    const parts = Array.from({ length: 30 }, (_, k) =>
      writers[k % 2]!.items.patch('i0', { fields: { [`part${k}`]: k } }),
    );
    expect(await Promise.all(parts)).toEqual(Array(30).fill('changed'));
    const { fields } = await stored('i0');
    expect(Object.keys(fields).filter((name) => name.startsWith('part'))).toHaveLength(30);
  });

  it('are listed in every order, by page, and by their state', async () => {
    const list = new Map(
      ['b Zebra', 'A zebra', 'a Ähre', 'Zebra zebra', 'ärmel'].map((title, k) => [
        `i${k}`,
        { title, available: k !== 1 },
      ]),
    );
    await store.items.write(list);
    await nextMillisecond();
    await store.items.put('later', { title: 'later Zebra' });
    await nextMillisecond();
    await store.items.put('untitled', {});
    await store.items.put('gone', { title: 'Zebra gone' });
    await store.items.delete('gone');
    expect(await ids()).toEqual(['i0', 'i2', 'i3', 'i4', 'later', 'untitled']);
    expect(await ids({ unavailable: true, n: 3, offset: 1 })).toEqual(['i1', 'i2', 'i3']);
    expect(await ids({ sort: 'title', unavailable: true })).toEqual([
      'i1',
      'i2',
      'i0',
      'later',
      'untitled',
      'i3',
      'i4',
    ]);
    expect(await ids({ sort: 'newest' })).toEqual(['untitled', 'later', 'i0', 'i2', 'i3', 'i4']);
    expect(await ids({ query: 'zebra' })).toEqual(['i3', 'i0', 'later']);
    expect(await ids({ query: 'zebra', sort: 'newest' })).toEqual(['later', 'i0', 'i3']);
    expect(await ids({ query: 'zebra', sort: 'title', unavailable: true })).toEqual([
      'i1',
      'i0',
      'later',
      'i3',
    ]);
    expect(await ids({ query: 'untit' })).toEqual(['untitled']);
    expect(await other.newestItems()).toEqual(
      ['untitled', 'later', 'i0', 'i2', 'i3', 'i4'].map((itemId) => ({ itemId, isRated: false })),
    );
  });

  it('of a file get the types that all its rows decide', async () => {
    await store.items.put('old', { title: 'Old', fields: { size: 42, kept: true } });
    await store.items.put('gone', { title: 'Gone' });
    const before = await other.catalogueVersion();
    const file = await store.writeItems();
    await file.add([
      row('a', { title: 'A', fields: { size: 'large', price: '1.50', stock: 'yes' } }),
      row('b', { title: 'B', genres: ['x', 'y'], fields: { price: '2', stock: 'no' } }),
    ]);
    await file.add([
      row('a', { year: 1999, fields: { price: '3' } }),
      row('old', { title: 'Old' }),
    ]);
    expect(await ids({ query: 'A' })).toEqual([]);
    const outcome = await file.commit({ availability: 'stock', isWhole: false });
    expect(outcome).toEqual({
      created: 2,
      changed: 1,
      unchanged: 1,
      rated: 0,
      soldOut: 1,
      removed: 0,
      widened: [{ name: 'size', from: 'number', to: 'text' }],
      notAvailability: null,
      fields: [
        { name: 'size', type: 'text' },
        { name: 'price', type: 'number' },
        { name: 'stock', type: 'boolean' },
      ],
    });
    expect(await stored('a')).toEqual({
      entry: { itemId: 'a', title: 'A', genres: [], year: 1999 },
      available: true,
      fields: { size: 'large', price: 3, stock: true },
    });
    expect(await stored('b')).toMatchObject({
      available: false,
      fields: { price: 2, stock: false },
    });
    expect((await stored('old')).fields).toEqual({ size: '42', kept: true });
    const changes = await other.catalogueChanges(before);
    expect(changes!.items.map(({ entry }) => entry.itemId).toSorted()).toEqual(['a', 'b', 'old']);
  });

  it('of a whole catalogue replace the others; a file that is given up changes nothing', async () => {
    await store.items.put('kept', { title: 'Kept', fields: { brand: 'Alba' } });
    await store.items.put('gone', { title: 'Gone' });
    const given = await store.writeItems();
    await given.add([row('kept', { title: 'Other' })]);
    await given.rollback();
    await given.rollback();
    expect((await stored('kept')).entry.title).toBe('Kept');
    const whole = await store.writeItems();
    await whole.add([row('kept', { title: 'Kept' }), row('new', { title: 'New' })]);
    const outcome = await whole.commit({ isWhole: true });
    expect(outcome).toMatchObject({ created: 1, changed: 1, unchanged: 0, removed: 1 });
    await whole.rollback();
    expect((await ids()).toSorted()).toEqual(['kept', 'new']);
    expect((await stored('kept')).fields).toEqual({});
    expect(await other.isRemoved('gone')).toBe(true);
  });

  const titles = {
    1: 'Amélie (2001)',
    2: 'Matrix, The (1999)',
    3: 'Matrix Reloaded, The (2003)',
    4: '"Great" Performances "Cats" (1998)',
    5: 'Los amantes del círculo polar (1998)',
    6: 'Amelia (2009)',
    7: 'Война и мир (1967)',
    8: '100% Wolf (2020)',
    10: '千と千尋の神隠し (2001)',
    11: 'ドラゴンボールZ 復活の「F」 (2015)',
    12: 'ลุงบุญมีระลึกชาติ (2010)',
    13: '神 (1999)',
    14: '千年女優 神隠しの夏 (2001)',
    15: 'Ha-Ha-Ha',
    16: 'X sci-fi sci',
    100: null,
  };

  it('are found by the beginnings of words, and by any part where there are no blanks', async () => {
    await store.items.write(new Map(Object.entries(titles).map(([id, title]) => [id, { title }])));
    const found: Record<string, string[]> = {};
    const expected: Record<string, string[]> = {
      amel: ['1', '6'],
      AMÉLIE: ['1'],
      circulo: ['5'],
      'the matr': ['2', '3'],
      'matrix rel': ['3'],
      ВОЙН: ['7'],
      '1998 polar': ['5'],
      '"Great': ['4'],
      '100%': ['8', '100'],
      nothing: [],
      'matrix OR amelie': [],
      'NEAR(matrix': [],
      'name:matrix': [],
      'matrix -reloaded': ['3'],
      '" * ^ ( - ': [],
      'amelie\0': ['1'],
      atrix: [],
      ha: ['15'],
      'ha-ha': ['15'],
      'sci-f': ['16'],
      'fi-sci': ['16'],
      'x-fi': [],
      神隠し: ['10', '14'],
      神隠: ['10', '14'],
      神: ['10', '13', '14'],
      '千尋 神隠し': ['10'],
      '神隠し(2001': ['10', '14'],
      '神隠し 1999': [],
      '千と千尋の神隠し「2001」': ['10'],
      ボールz: ['11'],
      '復活 F': ['11'],
      บุญมี: ['12'],
      '神%尋': ['10'],
    };
    for (const query of Object.keys(expected)) found[query] = (await ids({ query })).toSorted();
    const sorted = Object.entries(expected).map(([query, list]) => [query, list.toSorted()]);
    expect(found).toEqual(Object.fromEntries(sorted));
    expect((await ids({ query: 'a '.repeat(5000) })).toSorted()).toEqual(['1', '5', '6']);
    expect(await ids({ query: 'matrix' })).toEqual(['2', '3']);
    expect(await ids({ query: '神' })).toEqual(['13', '10', '14']);
    expect(await ids({ query: '神', n: 1, offset: 1 })).toEqual(['10']);
  });
});
