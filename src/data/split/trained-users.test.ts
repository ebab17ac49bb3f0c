/** A set of users as hashes. */
import { expect, it } from 'vitest';
import type { UserId } from '../ids.js';
import { TrainedUsers } from './trained-users.js';

const ids = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, k) => `u${from + k}` as UserId);

it('has its users, and no others', () => {
  for (const count of [0, 1, 2, 3, 100]) {
    const users = TrainedUsers.of(ids(0, count));
    expect(users.count).toBe(count);
    expect(ids(0, count).every((user) => users.has(user))).toBe(true);
    expect(ids(count, count + 100).some((user) => users.has(user))).toBe(false);
  }
});

it('sorts the hashes that it is given', () => {
  const users = TrainedUsers.of(ids(0, 9));
  const turned = new TrainedUsers(users.hashes.toReversed());
  expect(turned.hashes).toEqual(users.hashes);
  expect(ids(0, 9).every((user) => turned.has(user))).toBe(true);
});

it('joins with another one, each user once', () => {
  const both = TrainedUsers.of(ids(0, 5)).with(TrainedUsers.of(ids(3, 9)));
  expect(both.hashes).toEqual(TrainedUsers.of(ids(0, 9)).hashes);
  const none = TrainedUsers.of([]);
  expect(none.with(both).count).toBe(9);
  expect(both.with(none).count).toBe(9);
});
