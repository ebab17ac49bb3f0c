/** The contract of the counted lists of a store, and of the events that name them. */
import { describe, expect, it } from 'vitest';
import type { FeedbackEvent } from '../../../src/data/feedback.js';
import type { ItemId, UserId } from '../../../src/data/ids.js';
import { dayOf, eventsPerPage, type ListEvent, oldestDay } from '../../../src/data/store/lists.js';
import type { Store } from '../../../src/data/store/store.js';
import { storeKinds } from '../../fixtures/stores.js';
import { openTwice } from './two-openings.js';

describe.each(storeKinds)('lists in $name', ({ missing, start }) => {
  if (missing !== null) return it.skip(missing);
  let store: Store;
  let other: Store;
  openTwice(start, (opened) => {
    ({ store, other } = opened);
  });

  const day = dayOf(Date.now());
  const counted = {
    day,
    run: 'r-1',
    arm: 'model',
    measure: 'length',
    value: 20,
    count: 3,
  } as const;

  it('are counted by all processes together', async () => {
    expect(await other.lists.read(day)).toEqual([]);
    await Promise.all(
      Array.from({ length: 10 }, (_, k) =>
        (k % 2 === 0 ? store : other).lists.add([
          counted,
          { ...counted, value: 0 },
          { ...counted, measure: 'latency', value: 125 },
        ]),
      ),
    );
    expect(await other.lists.read(day)).toEqual([
      { ...counted, measure: 'latency', value: 125, count: 30 },
      { ...counted, value: 0, count: 30 },
      { ...counted, count: 30 },
    ]);
    expect(await store.lists.read('9999-01-01')).toEqual([]);
  });

  it('of old days go away', async () => {
    const old = { ...counted, day: dayOf(Date.parse(oldestDay(Date.now())) - 1) };
    await store.lists.add([old]);
    await store.lists.add([counted]);
    expect(await other.lists.read('0000-01-01')).toEqual([counted]);
  });

  it('are found with the events that name them, one list after another', async () => {
    const event = (key: string, rest: Partial<FeedbackEvent>): FeedbackEvent => ({
      key,
      userId: 'u' as UserId,
      itemId: 'a' as ItemId,
      rating: null,
      timestamp: null,
      ...rest,
    });
    const list = (k: number) =>
      `0193f0a0-${String(k % 7000).padStart(4, '0')}-8000-8000-000000000000`;
    const many = Array.from({ length: eventsPerPage + 20 }, (_, k) =>
      event(`m${k}`, { recommendationId: list(k), type: 'view', place: 1 }),
    );
    await store.feedback.store([
      event('1', { recommendationId: list(2), type: 'buy', place: 3 }),
      event('2', { recommendationId: list(1) }),
      event('3', { type: 'buy' }),
      event('4', { recommendationId: list(2) }),
    ]);
    const read = async (from: string, to: string) => {
      const events: ListEvent[] = [];
      for await (const page of other.lists.events(from, to)) events.push(...page);
      return events;
    };
    expect(await read(list(1), list(3))).toEqual([
      { recommendationId: list(1), type: null, place: null },
      { recommendationId: list(2), type: 'buy', place: 3 },
      { recommendationId: list(2), type: null, place: null },
    ]);
    expect(await read(list(1), list(2))).toHaveLength(1);
    expect(await read(list(3), list(9))).toEqual([]);
    for (let k = 0; k < many.length; k += 1000) await store.feedback.store(many.slice(k, k + 1000));
    const all = await read(list(0), 'f');
    expect(all).toHaveLength(many.length + 3);
    expect(all.map(({ recommendationId }) => recommendationId)).toEqual(
      all.map(({ recommendationId }) => recommendationId).sort(),
    );
    expect(await store.feedback.deleteUser('u')).toEqual({ ratings: 0, feedback: many.length + 4 });
    expect(await read(list(0), 'f')).toEqual([]);
  });
});
