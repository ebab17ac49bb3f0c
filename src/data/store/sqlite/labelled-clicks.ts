/** Reads the stored ratings as a click matrix. */
import type { Database } from 'better-sqlite3';
import { ClickMatrix } from '../../click-matrix.js';
import { type ItemId, idOrder, type UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import { DatasetTable } from './dataset-table.js';
import { History } from './history.js';

/**
 * Implements `RatingsDatabase.labelledClicks`.
 *
 * It makes two passes, one to count and one to fill. So it holds nothing else in memory that is as large as the result.
 */
export function readLabelledClicks(
  db: Database,
  threshold: number | null,
  minClicks: number,
): LabelledClicks {
  const minWeight = new DatasetTable(db).summary()?.minWeight ?? null;
  const rule = { threshold, minWeight };
  const itemIds = db.prepare('SELECT id FROM items ORDER BY item_index').pluck().all() as ItemId[];
  const ids = db.prepare('SELECT id FROM users ORDER BY user_index').pluck().all() as UserId[];
  const counts = new Int32Array(ids.length);
  for (const [user, history] of histories(db)) {
    for (let r = 0; r < history.length; r++) {
      if (history.isClick(r, rule)) counts[user]!++;
    }
  }
  const kept = [...ids.keys()].filter((user) => counts[user]! >= Math.max(1, minClicks));
  const order = idOrder(kept.map((user) => ids[user]!));
  kept.sort((a, b) => order(ids[a]!, ids[b]!));
  const offsets = new Int32Array(kept.length + 1);
  const starts = new Int32Array(ids.length).fill(-1);
  kept.forEach((user, u) => {
    starts[user] = offsets[u]!;
    offsets[u + 1] = offsets[u]! + counts[user]!;
  });
  const items = new Int32Array(offsets[kept.length]!);
  const positions = new Int32Array(items.length);
  for (const [user, history] of histories(db)) {
    let at = starts[user]!;
    if (at < 0) continue;
    for (let r = 0; r < history.length; r++) {
      if (!history.isClick(r, rule)) continue;
      items[at] = history.item(r);
      positions[at++] = history.position(r);
    }
  }
  return {
    userIds: kept.map((user) => ids[user]!),
    itemIds,
    clicks: new ClickMatrix(itemIds.length, offsets, items),
    positions,
  };
}

function* histories(db: Database): Generator<[user: number, history: History]> {
  const rows = db.prepare('SELECT user_index, ratings, weights FROM histories').raw();
  for (const row of rows.iterate()) {
    const [user, ratings, weights] = row as [number, Buffer, Buffer | null];
    yield [user, new History(ratings, weights)];
  }
}
