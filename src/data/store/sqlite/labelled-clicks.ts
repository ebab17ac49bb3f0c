/** Reads the stored ratings as a click matrix. */
import type { Database } from 'better-sqlite3';
import type { ItemId, UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import type { ClickReading } from '../dataset.js';
import { History } from '../histories/history.js';
import { ClickCollector } from '../histories/labelled-clicks.js';
import { DatasetTable } from './dataset-table.js';

/** Implements `Store.labelledClicks`. */
export function readLabelledClicks(
  db: Database,
  threshold: number | null,
  minClicks: number,
  options: ClickReading = {},
): LabelledClicks {
  const minWeight = new DatasetTable(db).summary()?.minWeight ?? null;
  const ids = (table: 'items' | 'users', index: string) =>
    db.prepare(`SELECT id FROM ${table} ORDER BY ${index}`).pluck().all();
  const collector = new ClickCollector({
    userIds: ids('users', 'user_index') as UserId[],
    itemIds: ids('items', 'item_index') as ItemId[],
    rule: { threshold, minWeight },
    minClicks,
    ...options,
  });
  for (const [user, history] of histories(db)) collector.count(user, history);
  collector.begin();
  for (const [user, history] of histories(db)) collector.fill(user, history);
  return collector.clicks();
}

function* histories(db: Database): Generator<[user: number, history: History]> {
  const rows = db.prepare('SELECT user_index, ratings, weights FROM histories').raw();
  for (const row of rows.iterate()) {
    const [user, ratings, weights] = row as [number, Buffer, Buffer | null];
    yield [user, new History(ratings, weights)];
  }
}
