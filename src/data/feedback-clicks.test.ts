/** Feedback as clicks of training users. */

import { describe, expect, it } from 'vitest';
import { paperProtocol } from '../config/protocol.js';
import { ClickMatrix } from './click-matrix.js';
import { type FeedbackWord, withFeedback } from './feedback-clicks.js';
import type { ItemId, UserId } from './ids.js';
import { strongGeneralization } from './split/users.js';

const protocol = { ...paperProtocol, minClicks: 3, heldoutUsers: 3 };
const users = Array.from({ length: 20 }, (_, u) => String(u) as UserId);
const items = Array.from({ length: 12 }, (_, i) => `i${i}` as ItemId);
const clicks = ClickMatrix.fromRows(
  items.length,
  users.map((_, u) => Array.from({ length: 6 }, (_, k) => (u + k) % items.length)),
);
const positions = Int32Array.from(clicks.items.keys());
const split = strongGeneralization({ userIds: users, itemIds: items, clicks, positions }, protocol);
const trained = split.userOrder.slice(0, split.train.rows);
const heldOut = split.userOrder.slice(split.train.rows);

const word = (userId: string, itemId: string, rating: number | null = null): FeedbackWord => ({
  userId: userId as UserId,
  itemId: itemId as ItemId,
  rating,
});
const idsOf = (made: typeof split, u: number) =>
  Array.from(made.train.row(u), (item) => made.vocabulary[item]);

describe('withFeedback', () => {
  it('adds clicks of training users, removes disliked items, and adds new items to the vocabulary', () => {
    const user = trained[2]!;
    const before = idsOf(split, 2);
    const [disliked, ...rest] = before;
    const { split: made, used } = withFeedback(split, [
      word(user, 'fresh', 5),
      word(user, disliked!, 2),
      word(user, rest[0]!, 4),
      word(user, 'never', 1),
    ]);
    expect(idsOf(made, 2)).toEqual([...rest, 'fresh']);
    expect(made.vocabulary).toEqual([...split.vocabulary, 'fresh']);
    expect(made.train.columns).toBe(made.vocabulary.length);
    expect(used).toMatchObject({ events: 4, newUsers: 0, newItems: 1 });
    expect(idsOf(made, 3)).toEqual(idsOf(split, 3));
    expect(made.trainPositions).toHaveLength(made.train.clicks);
    expect(new Set(made.trainPositions).size).toBe(made.train.clicks);
  });

  it('leaves light feedback out', () => {
    const user = trained[2]!;
    const [clicked] = idsOf(split, 2);
    const light = { ...word(user, 'seen'), isLight: true } as const;
    const { split: made, used } = withFeedback(split, [light, { ...light, itemId: clicked! }]);
    expect(made).toEqual(split);
    expect(used.events).toBe(0);
  });

  it('never changes the held-out users or their hidden clicks', () => {
    const everybody = [...users, 'new'].flatMap((user) => items.map((item) => word(user, item)));
    const { split: made, used } = withFeedback(split, everybody);
    for (const name of ['validation', 'test'] as const) {
      expect(made[name].users).toEqual(split[name].users);
      for (const part of ['foldIn', 'heldOut'] as const) {
        expect(made[name][part].items).toEqual(split[name][part].items);
        expect(made[name][part].offsets).toEqual(split[name][part].offsets);
      }
    }
    expect(made.userOrder).toEqual([...trained, 'new', ...heldOut]);
    expect(made.train.rows).toBe(trained.length + 1);
    expect(used.newUsers).toBe(1);
    expect(used.events).toBe((trained.length + 1) * items.length);
  });

  it('takes no click away by a rating where the data have none', () => {
    const user = trained[2]!;
    const [clicked] = idsOf(split, 2);
    const words = [word(user, clicked!, 1), word(user, 'low', 1), word(user, 'high', 5)];
    const { split: made } = withFeedback(split, words, { hasRatings: false });
    expect(idsOf(made, 2)).toEqual([...idsOf(split, 2), 'high']);
    expect(idsOf(withFeedback(split, words).split, 2)).not.toContain(clicked);
  });

  it('adds only new users with enough clicks', () => {
    const few = ['i0', 'i1'].map((item) => word('few', item));
    const disliking = ['i0', 'i1', 'i2'].map((item) => word('disliking', item, 1));
    const enough = ['i2', 'i0', 'i1'].map((item) => word('enough', item, 4));
    const { split: made, used } = withFeedback(split, [...few, ...disliking, ...enough]);
    expect(used).toMatchObject({ newUsers: 1, events: 3 });
    expect(idsOf(made, trained.length)).toEqual(['i2', 'i0', 'i1']);
  });

  it('has a hash of the used events alone', () => {
    const own = [word(trained[0]!, 'i1'), word(trained[1]!, 'i2')];
    const { hash } = withFeedback(split, own).used;
    expect(withFeedback(split, [...own, word(heldOut[0]!, 'i3')]).used.hash).toBe(hash);
    expect(withFeedback(split, own.slice(1)).used.hash).not.toBe(hash);
    expect(withFeedback(split, [own[0]!, word(trained[1]!, 'i2', 5)]).used.hash).not.toBe(hash);
  });

  it('changes nothing without feedback', () => {
    expect(withFeedback(split, []).split).toEqual(split);
  });
});
