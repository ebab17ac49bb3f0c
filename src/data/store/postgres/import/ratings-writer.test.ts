/** An import into PostgreSQL beside other writes. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  postgresMissing,
  startPostgres,
  type TestPostgres,
} from '../../../../../test/fixtures/postgres.js';
import { BusyError } from '../../../../errors.js';
import { RatingList } from '../../../files/rating-list.js';
import type { ItemId, UserId } from '../../../ids.js';
import type { RatingsWriter } from '../../dataset.js';
import { openStore } from '../../open.js';
import type { Store } from '../../store.js';

const missing = postgresMissing();
if (missing !== null) console.warn(`skipped: ${missing}`);

let server: TestPostgres;
beforeAll(async () => {
  if (missing === null) server = await startPostgres();
});
afterAll(() => server?.stop());

const event = (key: string, userId: string, itemId: string) => ({
  key,
  userId: userId as UserId,
  itemId: itemId as ItemId,
  rating: null,
  timestamp: null,
});

async function add(writer: RatingsWriter, rows: readonly (readonly [string, string])[]) {
  const list = new RatingList();
  for (const [user, item] of rows) {
    list.push(writer.users.indexOf(user), writer.items.indexOf(item), 5, Number.NaN);
  }
  await writer.addRatings(list);
}

const record = {
  name: 'rows',
  dataHash: '0'.repeat(64),
  scale: { low: 1, high: 5 },
  files: [],
  dropFeedback: false,
};

async function withStores(use: (store: Store, other: Store) => Promise<void>): Promise<void> {
  const place = { folder: '.', store: server.newSchema() };
  const store = await openStore(place, { create: true });
  const other = await openStore(place);
  try {
    const writer = await store.write('new');
    await add(writer, [
      ['u', 'a'],
      ['v', 'a'],
      ['v', 'b'],
    ]);
    await writer.storeItems();
    await writer.commit(record);
    await use(store, other);
  } finally {
    await store.close();
    await other.close();
  }
}

describe.skipIf(missing !== null)('an import into PostgreSQL', () => {
  it('lets feedback in while it reads its file, and counts it', () =>
    withStores(async (store, other) => {
      for (const mode of ['append', 'replace'] as const) {
        const writer = await store.write(mode);
        await add(writer, [
          ['u', 'new'],
          ['w', 'a'],
        ]);
        const events = [
          event(`1 ${mode}`, 'w', 'a'),
          event(`2 ${mode}`, 'x', 'a'),
          event(`3 ${mode}`, 'x', 'new'),
        ];
        expect(await other.feedback.store(events)).toEqual(['stored', 'stored', 'stored']);
        expect(await other.userRatings('x')).toHaveLength(2);
        await writer.storeItems();
        // The items are in its hands now.
        await expect(other.feedback.store([event('late', 'y', 'a')])).rejects.toBeInstanceOf(
          BusyError,
        );
        await writer.commit(record);
        const raters = mode === 'append' ? 3 : 1;
        expect(await other.item('a')).toMatchObject({ clicks: raters + 1 });
        expect(await other.item('new')).toMatchObject({ clicks: 2 });
        expect((await other.itemUsers('a', 9)).length).toBe(raters + 1);
      }
    }));

  it('counts the items of its file that are rated, and says since when items are known', () =>
    withStores(async (store) => {
      const before = Date.now() / 1000;
      const writer = await store.write('append');
      await add(writer, [['w', 'c']]);
      await writer.addItems(['b', 'c', 'd'].map((itemId) => ({ itemId: itemId as ItemId })));
      expect(await writer.storeItems()).toMatchObject({ created: 1, unchanged: 2, rated: 2 });
      await writer.commit(record);
      const added = await Promise.all(
        ['c', 'd'].map(async (id) => (await store.item(id))!.addedAt!),
      );
      for (const seconds of added) {
        expect(seconds).toBeGreaterThanOrEqual(before);
        expect(seconds).toBeLessThan(before + 86_400);
      }
    }));

  it('keeps away what moves or gives out indices', () =>
    withStores(async (store, other) => {
      const writer = await store.write('append');
      await add(writer, [['w', 'c']]);
      await expect(other.feedback.deleteUser('u')).rejects.toBeInstanceOf(BusyError);
      await expect(other.items.put('own', { title: 'Own' })).rejects.toBeInstanceOf(BusyError);
      expect(await other.userRatings('u')).toHaveLength(1);
      await writer.storeItems();
      await writer.commit(record);
      expect(await other.feedback.deleteUser('u')).toEqual({ ratings: 1, feedback: 0 });
      expect(await other.items.put('own', { title: 'Own' })).toBe('created');
      const again = await other.write('replace');
      await add(again, [['z', 'd']]);
      await again.storeItems();
      await again.commit(record);
      expect((await store.labelledClicks(null, 1)).itemIds).toEqual(['own', 'd']);
      expect(await store.userRatings('z')).toEqual([{ itemId: 'd', rating: 5 }]);
    }));
});
