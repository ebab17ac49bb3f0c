/** What every store does with ratings, users and feedback: the same answers after the same changes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../../../src/data/feedback.js';
import { RatingList } from '../../../src/data/files/rating-list.js';
import type { ItemId, UserId } from '../../../src/data/ids.js';
import type { ImportMode, WriterRule } from '../../../src/data/store/dataset.js';
import { openStore } from '../../../src/data/store/open.js';
import type { Store } from '../../../src/data/store/store.js';
import { FeedbackError, HomeError, StorageError } from '../../../src/errors.js';
import { type StoreServer, storeKinds } from '../../fixtures/stores.js';
import { openTwice } from './two-openings.js';

/** User, item, rating, time, weight; null for none. */
type Row = readonly [
  user: string,
  item: string,
  rating?: number | null,
  time?: number | null,
  weight?: number,
];

/** How rows are imported. */
interface How {
  readonly mode?: ImportMode;
  readonly hash?: string;
  readonly scale?: { readonly low: number; readonly high: number } | null;
  readonly dropFeedback?: boolean;
  readonly rule?: WriterRule;
  /** Titles of items. */
  readonly titles?: Readonly<Record<string, string>>;
}

const hashOf = (k: number) => k.toString(16).padStart(64, '0');

async function importRows(store: Store, rows: readonly Row[], how: How = {}) {
  const writer = await store.write(how.mode ?? 'new', how.rule);
  try {
    const list = new RatingList();
    for (const [user, item, rating, time, weight] of rows) {
      list.push(
        writer.users.indexOf(user),
        writer.items.indexOf(item),
        rating ?? Number.NaN,
        time ?? Number.NaN,
      );
      if (weight !== undefined) list.weigh(weight);
    }
    await writer.addRatings(list);
    await writer.addItems(
      Object.entries(how.titles ?? {}).map(([itemId, title]) => ({
        itemId: itemId as ItemId,
        title,
      })),
    );
    await writer.storeItems();
    await writer.commit({
      name: 'rows',
      dataHash: how.hash ?? hashOf(1),
      scale: how.scale === undefined ? { low: 1, high: 5 } : how.scale,
      files: ['rows.csv'],
      dropFeedback: how.dropFeedback ?? false,
    });
    const { stored, updated, droppedFeedback } = writer;
    return { stored, updated, droppedFeedback, counts: writer.clickCounts(2) };
  } finally {
    await writer.rollback();
  }
}

function event(key: string, userId: string, itemId: string, rest: Partial<FeedbackEvent> = {}) {
  return {
    key,
    userId: userId as UserId,
    itemId: itemId as ItemId,
    rating: null,
    timestamp: null,
    ...rest,
  };
}

const rows: readonly Row[] = [
  ['u', 'b', 5, 100],
  ['u', 'a', 2, 300],
  ['v', 'b', 4, 200],
  ['Ü', 'c', 1, null],
  ['u', 'b', 3, 400],
  ['w', 'a', 5, -5],
];

/** Everything that the reads give, times of arrival left out. */
async function stateOf(store: Store, users: readonly string[], items: readonly string[]) {
  const dataset = await store.dataset();
  const noTime = <T extends { readonly timestamp: unknown }>(
    list: readonly T[] | null,
    isArrival: (entry: T) => boolean,
  ) => list?.map((entry) => (isArrival(entry) ? { ...entry, timestamp: 'arrival' } : entry));
  const isArrival = ({ timestamp }: { readonly timestamp: unknown }) =>
    typeof timestamp === 'number' && timestamp > 1e9;
  const { clicks, ...labels } = await store.labelledClicks(4, 1);
  return {
    dataset: dataset && { ...dataset, importedAt: 'some time' },
    clicks: { ...labels, offsets: clicks.offsets, items: clicks.items },
    feedback: (await store.latestFeedback()).map(({ userId, itemId, rating, isLight }) => ({
      userId,
      itemId,
      rating,
      isLight,
    })),
    counts: await store.importCounts(),
    ids: await store.userIds(100),
    all: await store.usersAfter(null, 100),
    count: await store.userCount(),
    first: await store.searchUsers('', 3),
    found: await store.searchUsers('u', 10),
    ratings: await Promise.all(users.map((id) => store.userRatings(id))),
    histories: await Promise.all(
      users.map(async (id) => noTime(await store.userHistory(id), isArrival)),
    ),
    itemUsers: await Promise.all(
      items.map(async (id) => noTime(await store.itemUsers(id, 5), isArrival)),
    ),
    items: (await Promise.all(items.map((id) => store.item(id)))).map(
      (item) => item && { ...item, addedAt: typeof item.addedAt },
    ),
  };
}

describe.each(storeKinds)('ratings in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let store: Store;
  let other: Store;
  openTwice(start, (opened) => {
    ({ store, other } = opened);
  });

  it('are described, and read as they were imported', async () => {
    expect(await other.dataset()).toBeNull();
    expect(await other.userRatings('u')).toBeNull();
    const outcome = await importRows(store, rows, { titles: { b: 'Bee', d: 'Dee' } });
    expect(outcome).toEqual({
      stored: 5,
      updated: 1,
      droppedFeedback: 0,
      counts: { clicks: 2, usersBelow: 4 },
    });
    expect(await other.dataset()).toMatchObject({
      name: 'rows',
      dataHash: hashOf(1),
      users: 4,
      items: 3,
      catalogue: 4,
      ratings: 5,
      scale: { low: 1, high: 5 },
      minWeight: null,
      files: ['rows.csv'],
      importedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    });
    expect(await other.userRatings('u')).toEqual([
      { itemId: 'b', rating: 3 },
      { itemId: 'a', rating: 2 },
    ]);
    expect(await other.userHistory('u')).toEqual([
      {
        itemId: 'b',
        title: 'Bee',
        genres: [],
        year: null,
        rating: 3,
        timestamp: 400,
        source: 'import',
      },
      {
        itemId: 'a',
        title: null,
        genres: [],
        year: null,
        rating: 2,
        timestamp: 300,
        source: 'import',
      },
    ]);
    expect(await other.userIds(2)).toEqual(['u', 'v']);
    expect(await other.searchUsers('', 2)).toEqual([
      { userId: 'u', ratings: 2 },
      { userId: 'v', ratings: 1 },
    ]);
    expect(await other.searchUsers('Ü', 9)).toEqual([{ userId: 'Ü', ratings: 1 }]);
    const { clicks, positions, userIds, itemIds } = await other.labelledClicks(3.5, 1);
    expect({ userIds, itemIds, positions: [...positions], items: [...clicks.items] }).toEqual({
      userIds: ['v', 'w'],
      itemIds: ['b', 'a', 'c', 'd'],
      positions: [2, 5],
      items: [0, 1],
    });
    const timed = await other.labelledClicks(null, 1, { withTimes: true });
    // By user u, v, w and Ü; the last one has no time.
    expect([...timed.times!]).toEqual([400, 300, 200, -5, Number.NaN]);
  });

  it('are of users who can be read in pages, with those of feedback alone', async () => {
    await importRows(store, rows);
    await store.feedback.store([
      event('1', 'ux', 'a'),
      event('2', 'ux', 'b'),
      event('3', 'v', 'a'),
    ]);
    expect(await other.userCount()).toBe(5);
    expect(await other.usersAfter(null, 2)).toEqual(['u', 'ux']);
    expect(await other.usersAfter('ux' as UserId, 2)).toEqual(['v', 'w']);
    expect(await other.usersAfter('w' as UserId, 2)).toEqual(['Ü']);
    expect(await other.usersAfter('Ü' as UserId, 2)).toEqual([]);
  });

  it('are appended to and replaced; the data know what they descend from', async () => {
    await importRows(store, rows);
    await importRows(
      store,
      [
        ['u', 'z', 5, 1],
        ['n', 'a', 1, 2],
        ['u', 'a', 4, 3],
      ],
      {
        mode: 'append',
        hash: hashOf(2),
      },
    );
    expect(await other.userRatings('u')).toEqual([
      { itemId: 'b', rating: 3 },
      { itemId: 'a', rating: 4 },
      { itemId: 'z', rating: 5 },
    ]);
    expect(await other.dataset()).toMatchObject({ users: 5, items: 4, ratings: 7 });
    expect(await other.descendsFrom(hashOf(1))).toBe(true);
    expect(await other.descendsFrom(hashOf(2))).toBe(true);
    expect(await other.descendsFrom(hashOf(3))).toBe(false);
    await importRows(store, [['x', 'b', 5, 1]], { mode: 'replace', hash: hashOf(3) });
    expect(await other.descendsFrom(hashOf(1))).toBe(false);
    expect(await other.userRatings('u')).toBeNull();
    expect(await other.userRatings('x')).toEqual([{ itemId: 'b', rating: 5 }]);
    expect(await other.userIds(9)).toEqual(['x']);
    expect([await other.usersAfter(null, 9), await other.userCount()]).toEqual([['x'], 1]);
    expect(await other.dataset()).toMatchObject({ users: 1, items: 1, catalogue: 1, ratings: 1 });
  });

  it('that are replaced count nothing for the items of the shop, which stay', async () => {
    await store.items.put('own', { title: 'Own' });
    await store.items.put('new', { title: 'New' });
    await importRows(store, [
      ['u', 'own', 5],
      ['v', 'own', 5],
      ['v', 'b', 5],
    ]);
    await importRows(
      store,
      [
        ['n', 'new', 5],
        ['n', 'own', 5],
      ],
      { mode: 'replace', hash: hashOf(2) },
    );
    expect(await other.item('own')).toMatchObject({ title: 'Own', clicks: 1 });
    expect(await other.item('new')).toMatchObject({ title: 'New', clicks: 1 });
    expect(await other.item('b')).toBeNull();
    expect(await other.userRatings('n')).toEqual([
      { itemId: 'new', rating: 5 },
      { itemId: 'own', rating: 5 },
    ]);
    expect(await other.userIds(9)).toEqual(['n']);
  });

  it('have weights that add up', async () => {
    const rule = { threshold: 4, minWeight: 3 };
    await importRows(
      store,
      [
        ['u', 'a', null, null, 2],
        ['u', 'a', null, null, 2],
        ['u', 'b', null, null, 1],
      ],
      { rule, scale: null },
    );
    expect(await other.userRatings('u')).toEqual([
      { itemId: 'a', rating: null },
      { itemId: 'b', rating: null, isLight: true },
    ]);
    expect((await other.userHistory('u'))!.map(({ weight }) => weight)).toEqual([1, 4]);
    await importRows(store, [['u', 'b', null, null, 5]], {
      rule,
      scale: null,
      mode: 'append',
    });
    expect((await other.userHistory('u'))!.map(({ weight }) => weight)).toEqual([6, 4]);
  });

  it('appear all at once, and one import runs at a time', async () => {
    await importRows(store, rows);
    const before = await stateOf(other, ['u', 'n'], ['a']);
    const writer = await store.write('replace');
    const list = new RatingList();
    list.push(writer.users.indexOf('n'), writer.items.indexOf('a'), 5, 1);
    await writer.addRatings(list);
    await writer.storeItems();
    for (const reader of [store, other]) {
      expect(await stateOf(reader, ['u', 'n'], ['a'])).toEqual(before);
    }
    const second = async () => other.write('append');
    await expect(second()).rejects.toThrow(
      'cannot be read or written: another process is writing it; wait for it to finish and try again',
    );
    await expect(second()).rejects.toBeInstanceOf(StorageError);
    await writer.rollback();
    expect(await stateOf(other, ['u', 'n'], ['a'])).toEqual(before);
    await importRows(other, [['n', 'a', 5, 1]], { mode: 'append' });
  });

  it('get feedback, once for each key', async () => {
    await importRows(store, rows);
    const first = event('k1', 'u', 'a', { rating: 5, timestamp: 1.5 });
    const second = event('k\u00002\\', 'new', 'b');
    expect(await store.feedback.store([first, second])).toEqual(['stored', 'stored']);
    expect(await other.feedback.store([first, event('k3', 'u', 'q'), first])).toEqual([
      'repeated',
      'stored',
      'repeated',
    ]);
    const taken = [event('k4', 'u', 'c'), { ...first, timestamp: 2 }];
    await expect(store.feedback.store(taken)).rejects.toBeInstanceOf(FeedbackError);
    await expect(
      store.feedback.store([event('k5', 'u', 'c'), event('k5', 'v', 'c')]),
    ).rejects.toThrow('the key "k5" belongs to another event');
    expect(await other.userRatings('u')).toEqual([
      { itemId: 'b', rating: 3 },
      { itemId: 'a', rating: 5 },
      { itemId: 'q', rating: null },
    ]);
    expect(await other.userRatings('new')).toEqual([{ itemId: 'b', rating: null }]);
    expect(await other.item('b')).toMatchObject({ clicks: 3 });
    expect(await other.item('q')).toMatchObject({ clicks: 1 });
    expect(await other.importCounts()).toEqual({
      titledItems: 0,
      feedback: 3,
      ratedFeedback: 1,
      feedbackOnKnownItems: 2,
    });
    expect(await other.searchUsers('n', 5)).toEqual([{ userId: 'new', ratings: 1 }]);
    expect(await store.feedback.delete('k\u00002\\')).toBe(true);
    expect(await store.feedback.delete('k\u00002\\')).toBe(false);
    expect(await other.userRatings('new')).toBeNull();
    expect(await other.item('b')).toMatchObject({ clicks: 2 });
  });

  it('count typed events by the weights of the settings', async () => {
    await importRows(store, rows);
    const typed = (key: string, user: string, item: string, type: string) =>
      event(key, user, item, { type });
    await store.feedback.store([
      typed('1', 'u', 'c', 'view'),
      typed('2', 'u', 'a', 'view'),
      typed('3', 'n', 'a', 'view'),
      typed('4', 'n', 'b', 'buy'),
      event('5', 'u', 'b', { rating: 2 }),
      typed('6', 'u', 'b', 'view'),
    ]);
    const listId = '0193f0a0-0000-8000-8000-000000000000';
    const shown = { ...typed('7', 'v', 'c', 'view'), recommendationId: listId, place: 3 };
    expect(await store.feedback.store([shown, shown])).toEqual(['stored', 'repeated']);
    for (const other of [{ type: 'buy' }, { recommendationId: null }, { place: 4 }]) {
      await expect(store.feedback.store([{ ...shown, ...other }])).rejects.toThrow(FeedbackError);
    }
    const say = async (user: string) =>
      (await other.userRatings(user))?.map(
        ({ itemId, rating, isLight }) => `${itemId} ${rating}${isLight ? ' light' : ''}`,
      ) ?? null;
    const clicksOf = async (item: string) => (await other.item(item))?.clicks;
    const weigh = (events: object) => other.documents.write('settings', 'home', { events });

    expect(await say('u')).toEqual(['b 2', 'a 2']);
    expect(await say('n')).toBeNull();
    expect(await other.searchUsers('n', 5)).toEqual([]);
    expect([await clicksOf('a'), await clicksOf('c')]).toEqual([2, 1]);

    await weigh({ view: 0.5 });
    expect(await say('u')).toEqual(['b 2', 'a 2', 'c null light']);
    expect(await say('n')).toEqual(['a null light']);
    expect(await other.searchUsers('n', 5)).toEqual([{ userId: 'n', ratings: 1 }]);
    expect([await clicksOf('a'), await clicksOf('c')]).toEqual([3, 3]);
    expect((await store.latestFeedback()).map(({ itemId, isLight }) => [itemId, isLight])).toEqual([
      ['c', true],
      ['a', true],
      ['a', true],
      ['b', undefined],
      ['c', true],
    ]);
    await store.feedback.store([typed('8', 'u', 'c', 'view'), typed('9', 'u', 'a', 'view')]);
    expect(await say('u')).toEqual(['b 2', 'a null', 'c null']);
    expect((await other.itemUsers('c', 9)).map(({ userId }) => userId)).toEqual(['u', 'v', 'Ü']);

    await weigh({ buy: 2 });
    expect(await say('u')).toEqual(['b 2', 'a 2']);
    expect(await say('n')).toEqual(['b null']);
    expect([await clicksOf('a'), await clicksOf('b'), await clicksOf('c')]).toEqual([2, 3, 1]);
    expect(await store.feedback.delete('4')).toBe(true);
    expect(await store.feedback.delete('3')).toBe(true);
    expect(await say('n')).toBeNull();
    expect([await clicksOf('a'), await clicksOf('b')]).toEqual([2, 2]);
    await other.documents.remove('settings', 'home');
    expect(await store.feedback.deleteUser('v')).toEqual({ ratings: 1, feedback: 1 });
  });

  it('may say ratings before anything is imported; on clicks a rating replaces nothing', async () => {
    await store.feedback.store([event('1', 'u', 'a'), event('2', 'u', 'a', { rating: 4 })]);
    const said = async () => (await other.userRatings('u'))!.map(({ rating }) => rating);
    expect(await said()).toEqual([4]);
    await importRows(store, [['v', 'a']], { scale: null });
    expect(await said()).toEqual([null]);
  });

  it('find users by a prefix in the order of their ids, those of feedback alone among them', async () => {
    await importRows(store, [
      ['bd', 'a', 5, 1],
      ['ba', 'a', 5, 1],
      ['c', 'a', 5, 1],
      ['b', 'a', 5, 1],
    ]);
    await store.feedback.store([
      event('1', 'bc', 'a'),
      event('2', 'bb', 'a'),
      event('3', 'bd', 'b'),
      event('4', 'a', 'b'),
    ]);
    const found = async (prefix: string, n: number) =>
      (await other.searchUsers(prefix, n)).map(({ userId, ratings }) => `${userId}:${ratings}`);
    expect(await found('b', 9)).toEqual(['b:1', 'ba:1', 'bb:1', 'bc:1', 'bd:2']);
    expect(await found('b', 3)).toEqual(['b:1', 'ba:1', 'bb:1']);
    expect(await found('bb', 3)).toEqual(['bb:1']);
  });

  it('get the feedback of writers that meet, each key once', async () => {
    await importRows(store, rows);
    const events = Array.from({ length: 40 }, (_, k) => event(`k${k}`, `n${k % 7}`, 'a'));
    const lists = events.map((_, k) => [...events.slice(k), ...events.slice(0, k)]);
    const statuses = await Promise.all(
      lists.map((list, k) => (k % 2 === 0 ? store : other).feedback.store(list)),
    );
    expect(statuses.flat().filter((status) => status === 'stored')).toHaveLength(40);
    expect(await other.item('a')).toMatchObject({ clicks: 9 });
    expect((await store.latestFeedback()).length).toBe(7);
  });

  it('lose a user, and know it', async () => {
    await importRows(store, rows);
    await store.feedback.store([event('1', 'u', 'c'), event('2', 'u', 'b')]);
    expect(await store.feedback.deleteUser('u')).toEqual({ ratings: 2, feedback: 2 });
    expect(await store.feedback.deleteUser('u')).toBeNull();
    expect(await store.feedback.deleteUser('u\u0000')).toBeNull();
    expect(await other.userRatings('u')).toBeNull();
    expect(await other.userIds(9)).toEqual(['w', 'v', 'Ü']);
    expect(await other.dataset()).toMatchObject({ users: 3, items: 3, ratings: 3 });
    expect((await other.dataset())!.dataHash).not.toBe(hashOf(1));
    expect(await other.descendsFrom(hashOf(1))).toBe(true);
    expect(await other.item('b')).toMatchObject({ clicks: 1 });
    await importRows(store, [['t', 'b', 5, 1]], { mode: 'append', hash: hashOf(9) });
    expect(await other.userIds(9)).toEqual(['w', 'v', 'Ü', 't']);
  });

  it('raise the version with each write', async () => {
    await importRows(store, rows);
    await Promise.all([store.watch(), other.watch()]);
    const seen = new Set([store.version()]);
    const changes = [
      () => store.feedback.store([event('1', 'u', 'c')]),
      () => store.feedback.delete('1'),
      () => store.feedback.deleteUser('u'),
      () => store.items.put('new', { title: 'New' }),
      () => store.ruleWriter.create({ kind: 'hide' }),
      () => importRows(store, rows, { mode: 'append', hash: hashOf(2) }),
    ];
    for (const change of changes) {
      const before = other.version();
      await change();
      expect(seen).not.toContain(store.version());
      seen.add(store.version());
      await expect.poll(() => other.version()).not.toBe(before);
    }
    expect(seen).not.toContain(null);
  });

  it('are sound, and gone when the store is closed', async () => {
    await importRows(store, rows);
    await store.confirm();
    await store.check();
    expect(Object.keys(await store.versions())).toHaveLength(2);
    await store.close();
    await store.close();
    if (store.place.store !== null) {
      await expect(store.dataset()).rejects.toBeInstanceOf(HomeError);
    }
    await expect(store.feedback.store([event('1', 'u', 'c')])).rejects.toBeInstanceOf(HomeError);
  });
});

const postgres = storeKinds.find(({ name }) => name === 'PostgreSQL')!;

describe('the stores', () => {
  if (postgres.missing !== null) return it.skip(postgres.missing);
  let folder: string;
  let server: StoreServer;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'multvae-twins-'));
    server = await postgres.start();
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await server.stop();
  });

  const users = ['u', 'v', 'Z', 'é'];
  const items = ['a', 'b', 'B', 'ä'];
  const user = fc.constantFrom(...users);
  const item = fc.constantFrom(...items);
  const rating = fc.option(fc.integer({ min: 1, max: 5 }));
  const time = fc.option(fc.integer({ min: -10, max: 10 }));
  const importing = fc.record({
    rows: fc.array(fc.tuple(user, item, rating, time), { minLength: 1, maxLength: 12 }),
    mode: fc.constantFrom('append' as const, 'replace' as const),
    scale: fc.constantFrom(null, { low: 1, high: 5 }),
    dropFeedback: fc.boolean(),
    titles: fc.dictionary(item, fc.constantFrom('T', 'Ü'), { maxKeys: 2 }),
  });
  const telling = fc.array(
    fc.record({
      key: fc.nat(9).map(String),
      userId: user,
      itemId: item,
      rating,
      timestamp: time,
      type: fc.constantFrom(null, null, 'view', 'buy', 'other'),
    }),
    { minLength: 1, maxLength: 4 },
  );
  const change = fc.oneof(
    fc.record({ importing }),
    fc.record({ telling }),
    fc.record({ forgetting: user }),
    fc.record({ deleting: fc.nat(9).map(String) }),
    fc.record({ putting: item }),
    fc.record({ removing: item }),
    fc.record({
      weighing: fc.constantFrom({}, { view: 0.5 }, { view: 0.5, buy: 1 }, { view: 0, buy: 2 }),
    }),
  );

  it('answer alike after any changes', async () => {
    let homes = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 8 }), async (changes) => {
        const own = await openStore(
          { folder: join(folder, `home-${homes++}`), store: null },
          { create: true },
        );
        const twin = await openStore(server.newPlace(folder), { create: true });
        try {
          let k = 1;
          const outcomes = async (store: Store, next: (typeof changes)[number]) => {
            if ('importing' in next) {
              const { rows: added, ...how } = next.importing;
              const mode = (await store.dataset()) === null ? 'new' : how.mode;
              return importRows(store, added, { ...how, mode, hash: hashOf(k) });
            }
            if ('telling' in next) {
              const told = next.telling as unknown as readonly FeedbackEvent[];
              return store.feedback.store(told).catch((error) => String(error));
            }
            if ('forgetting' in next) return store.feedback.deleteUser(next.forgetting);
            if ('deleting' in next) return store.feedback.delete(next.deleting);
            if ('weighing' in next) {
              return store.documents.write('settings', 'home', { events: next.weighing });
            }
            if ('putting' in next) return store.items.put(next.putting, { title: 'Own' });
            return store.items.delete(next.removing);
          };
          for (const next of changes) {
            k++;
            expect(await outcomes(twin, next)).toEqual(await outcomes(own, next));
          }
          expect(await stateOf(twin, users, items)).toEqual(await stateOf(own, users, items));
        } finally {
          await own.close();
          await twin.close();
        }
      }),
      { numRuns: 15 },
    );
  });
});
