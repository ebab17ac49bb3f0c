/** Places of homes, and what messages show of them. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { homePlace, noDataset, placeAt, shownPlace, shownStore, storeFlag } from './place.js';

describe('homePlace', () => {
  it('takes no store, or the URL of a PostgreSQL database', () => {
    for (const none of [undefined, null, '', '  ']) {
      expect(homePlace('h', none)).toEqual({ folder: 'h', store: null });
    }
    expect(homePlace('h', ' postgres://host/shop ')).toEqual({
      folder: 'h',
      store: 'postgres://host/shop',
    });
    expect(homePlace('h', 'postgresql://host').store).toBe('postgresql://host');
    expect(placeAt('h')).toEqual({ folder: 'h', store: null });
    const place = homePlace('h', 'postgres://host/shop');
    expect(placeAt(place)).toBe(place);
  });

  it.each([
    'mysql://u:secret@host/x',
    'shop.db',
    'postgres:secret',
    '/var/secret',
    'u:secret@host',
  ])('refuses %s, and does not repeat a password', (text) => {
    const open = () => homePlace('h', text);
    expect(open).toThrow(ArgumentError);
    expect(open).toThrow(/^the store is ".*"; give a URL such as postgres:\/\/user@host/);
    if (text.includes('@')) expect(open).not.toThrow(/secret/);
  });
});

describe('what a message shows of a store', () => {
  it.each([
    ['postgres://u:secret@host:5432/shop?schema=a', 'postgres://u@host:5432/shop?schema=a'],
    ['postgres://host/shop?password=secret&schema=a', 'postgres://host/shop?schema=a'],
    ['postgres://host/shop?sslpassword=secret', 'postgres://host/shop'],
    ['postgres://u:sec@ret@host/shop', 'postgres://u@host/shop'],
    ['postgres://u:secret@host:port/shop', 'postgres://host:port/shop'],
    ['postgres://u:sec/ret@host/shop', 'postgres://host/shop'],
  ])('%s', (store, shown) => {
    expect(shownStore(store)).toBe(shown);
  });

  it('is what names a home whose data are not in its folder', () => {
    const place = homePlace('a b', 'postgres://u:secret@host/shop');
    expect(shownPlace(place)).toBe('postgres://u@host/shop');
    expect(shownPlace(homePlace('a b'))).toBe('a b');
    expect(storeFlag(place)).toBe(' --store postgres://u@host/shop');
    expect(storeFlag(homePlace('a b'))).toBe('');
    expect(noDataset(place).message).toBe(
      "there is no data set in postgres://u@host/shop; import one first, for example `multvae import sample --home 'a b' --store postgres://u@host/shop`",
    );
  });
});
