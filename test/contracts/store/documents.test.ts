/** The contract of the documents of a store. */
import { describe, expect, it } from 'vitest';
import type { Store } from '../../../src/data/store/store.js';
import { ArgumentError } from '../../../src/errors.js';
import { storeKinds } from '../../fixtures/stores.js';
import { openTwice } from './two-openings.js';

describe.each(storeKinds)('documents in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let store: Store;
  let other: Store;
  openTwice(start, (opened) => {
    ({ store, other } = opened);
  });

  it('are written, read, listed by id and removed', async () => {
    expect(await other.documents.read('nights', 'a')).toBeNull();
    expect(await other.documents.list('nights')).toEqual([]);
    const before = Math.floor(Date.now() / 1000);
    const value = { text: 'a\u0000"ü', list: [1, null, 0.1], deep: { yes: true } };
    await store.documents.write('nights', 'b/ü', value);
    await store.documents.write('nights', 'Z', 3);
    await store.documents.write('nights', 'a', []);
    await store.documents.write('nights-of-others', 'c', 'x');
    await store.documents.write('night', 'c', 'x');
    expect(await other.documents.read('nights', 'b/ü')).toEqual(value);
    const listed = await other.documents.list('nights');
    expect(listed.map(({ id, value }) => [id, value])).toEqual([
      ['Z', 3],
      ['a', []],
      ['b/ü', value],
    ]);
    for (const { at } of listed) {
      expect(Number.isInteger(at)).toBe(true);
      expect(at).toBeGreaterThanOrEqual(before);
      expect(at).toBeLessThan(before + 3600);
    }
    await other.documents.write('nights', 'a', { second: true });
    expect(await store.documents.read('nights', 'a')).toEqual({ second: true });
    expect(await store.documents.remove('nights', 'a')).toBe(true);
    expect(await store.documents.remove('nights', 'a')).toBe(false);
    expect(await other.documents.read('nights', 'a')).toBeNull();
    expect(await other.documents.list('nights')).toHaveLength(2);
  });

  it('hold the value of the time of the call', async () => {
    const value = { n: 1 };
    const written = store.documents.write('settings', 'home', value);
    value.n = 2;
    await written;
    expect(await other.documents.read('settings', 'home')).toEqual({ n: 1 });
  });

  it('are swapped only where they are what the caller read, so that one of many wins', async () => {
    const writers = [store, other];
    const swap = (k: number, before: unknown, after: unknown) =>
      writers[k % 2]!.documents.swap('locks', 'one', before, after);
    const race = async (before: unknown, round: number) => {
      const won = await Promise.all([1, 2, 3, 4].map((k) => swap(k, before, { round, holder: k })));
      expect(won.filter((isOne) => isOne)).toHaveLength(1);
      return { round, holder: 1 + won.indexOf(true) };
    };
    const first = await race(null, 1);
    expect(await store.documents.read('locks', 'one')).toEqual(first);
    const second = await race(first, 2);
    expect(await other.documents.read('locks', 'one')).toEqual(second);
    expect(await swap(1, { holder: 'nobody' }, null)).toBe(false);
    expect(await swap(1, null, { holder: 5 })).toBe(false);
    expect(await swap(2, second, null)).toBe(true);
    expect(await swap(2, second, null)).toBe(false);
    expect(await store.documents.read('locks', 'one')).toBeNull();
    await expect(swap(1, null, null)).rejects.toThrow(ArgumentError);
  });

  it('of many writers at once are all kept', async () => {
    const writers = [store, other];
    await Promise.all(
      Array.from({ length: 20 }, (_, k) => writers[k % 2]!.documents.write('many', `${k}`, k)),
    );
    const listed = await store.documents.list('many');
    expect(listed.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, k) => k),
    );
  });

  it.each([
    ['', 'a', 'is not a kind of document'],
    ['Nights', 'a', '"Nights" is not a kind of document; give lower-case words joined by hyphens'],
    ['a/b', 'a', 'is not a kind of document'],
    ['nights', '', 'is not an id of a document'],
    ['nights', 'a\u0000', 'is not an id of a document'],
    ['nights', 'x'.repeat(201), 'give 1 to 200 characters without control characters'],
  ])('refuse the kind %j with the id %j', async (kind, id, message) => {
    for (const call of [
      store.documents.read(kind, id),
      store.documents.write(kind, id, 1),
      store.documents.remove(kind, id),
    ]) {
      await expect(call).rejects.toThrow(ArgumentError);
      await expect(call).rejects.toThrow(message);
    }
  });

  it('hold no null', async () => {
    for (const value of [null, undefined, () => 1]) {
      await expect(store.documents.write('nights', 'a', value)).rejects.toThrow(
        'a document holds a JSON value other than null',
      );
    }
    expect(await other.documents.list('nights')).toEqual([]);
  });
});
