/** What every store says of itself: which parts it has, and where it is. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ItemId, UserId } from '../../../src/data/ids.js';
import { openStore } from '../../../src/data/store/open.js';
import type { HomePlace } from '../../../src/data/store/place.js';
import type { Store } from '../../../src/data/store/store.js';
import { HomeError } from '../../../src/errors.js';
import { type StoreServer, storeKinds } from '../../fixtures/stores.js';

describe.each(storeKinds)('a store in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let server: StoreServer;
  let folder: string;
  let place: HomePlace;
  let store: Store;

  beforeAll(async () => {
    server = await start();
  });
  afterAll(() => server.stop());

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-parts-'));
    place = server.newPlace(join(folder, 'home'));
    store = await openStore(place, { create: true });
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  it('keeps the searches of one process, or those that machines share', async () => {
    expect(store.place).toEqual(place);
    const isShared = place.store !== null;
    expect([store.runs !== null, store.searches !== null, store.journals === null]).toEqual([
      isShared,
      isShared,
      isShared,
    ]);
    if (store.journals === null) return;
    const result = {
      trial: 0,
      rung: 0,
      config: { model: 'popularity' } as const,
      score: 0.5,
      failure: null,
      durationS: 1,
    };
    const journal = await store.journals.open('{"seed":1}');
    await journal.record(result);
    await journal.close();
    const again = await store.journals.open('{"seed":1}');
    expect(await again.results()).toEqual([result]);
    await again.close();
  });

  it('holds nothing before something is stored', async () => {
    expect([
      await store.dataset(),
      await store.userIds(5),
      await store.userRatings('u'),
      await store.itemFields(),
      await store.newestItems(),
      await store.genres(),
      await store.itemUsers('i', 5),
      await store.isRemoved('i'),
      await store.descendsFrom('0'.repeat(64)),
      (await store.rules()).rules,
      await store.importCounts(),
    ]).toEqual([
      null,
      [],
      null,
      [],
      [],
      [],
      [],
      false,
      false,
      [],
      { titledItems: 0, feedback: 0, ratedFeedback: 0, feedbackOnKnownItems: 0 },
    ]);
  });

  it('takes away what is deleted, also from where no table shows it', async () => {
    const event = {
      key: 'k',
      userId: 'u' as UserId,
      itemId: 'i' as ItemId,
      rating: null,
      timestamp: 1,
    };
    expect(store.feedback.deletionsInLog).toBe(0);
    await store.feedback.store([event]);
    expect(await store.feedback.deleteUser('u')).toEqual({ ratings: 0, feedback: 1 });
    expect(await store.feedback.deleteUser('u')).toBeNull();
    await expect.poll(() => store.feedback.deletionsInLog).toBe(0);
    expect(await store.userRatings('u')).toBeNull();
  });

  it('is opened where one is, and nowhere else', async () => {
    const other = server.newPlace(join(folder, 'none'));
    await expect(openStore(other)).rejects.toBeInstanceOf(HomeError);
    const again = await openStore(place);
    expect(await again.dataset()).toBeNull();
    await again.close();
  });
});
