/** The click matrix of stored histories. */
import { expect, it } from 'vitest';
import type { ItemId, UserId } from '../../ids.js';
import { History, recordBytes } from './history.js';
import { ClickCollector } from './labelled-clicks.js';

/** A history of items in file order, each rated 5 but for the last, which is rated 1. */
function history(items: readonly number[]): History {
  const bytes = new Uint8Array(items.length * recordBytes);
  const view = new DataView(bytes.buffer);
  items.forEach((item, r) => {
    view.setInt32(r * recordBytes, item, true);
    view.setInt32(r * recordBytes + 4, 10 * item, true);
    view.setFloat64(r * recordBytes + 8, r === items.length - 1 ? 1 : 5, true);
    view.setFloat64(r * recordBytes + 16, 100 + item, true);
  });
  return new History(bytes);
}

it.each([
  { minClicks: 0, users: ['1', '2', '10'] },
  { minClicks: 1, users: ['1', '2', '10'] },
  { minClicks: 2, users: ['2', '10'] },
  { minClicks: 3, users: ['10'] },
])('leaves users with fewer than $minClicks clicks out, and users without any', (expected) => {
  const histories = [[3, 2, 1, 0], [0, 1], [2], [1, 3, 0]].map(history);
  const collector = new ClickCollector({
    userIds: ['10', '1', 'rated low', '2'] as UserId[],
    itemIds: ['a', 'b', 'c', 'd'] as ItemId[],
    rule: { threshold: 3.5, minWeight: null },
    minClicks: expected.minClicks,
    withTimes: true,
  });
  for (const [user, each] of histories.entries()) collector.count(user, each);
  collector.begin();
  for (const [user, each] of histories.entries()) collector.fill(user, each);
  const { userIds, clicks, positions, times } = collector.clicks();
  expect(userIds).toEqual(expected.users);
  const rows: Record<string, number[]> = { '1': [0], '2': [1, 3], '10': [3, 2, 1] };
  expect(userIds.map((_, u) => [...clicks.row(u)])).toEqual(userIds.map((id) => rows[id]));
  const items = userIds.flatMap((id) => rows[id]!);
  expect([...positions]).toEqual(items.map((item) => 10 * item));
  expect([...times!]).toEqual(items.map((item) => 100 + item));
});
