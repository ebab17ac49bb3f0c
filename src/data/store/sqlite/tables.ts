/** What is read through one connection to the database. */
import type { Database, Statement } from 'better-sqlite3';
import { DatasetTable } from './dataset-table.js';
import { FeedbackTable } from './feedback/feedback-table.js';
import { ItemCatalogue } from './item-catalogue.js';
import { UserHistories } from './user-histories.js';

/** A connection with everything that was prepared for it or read through it. */
export interface Tables {
  readonly db: Database;
  readonly close: () => void;
  readonly version: Statement;
  readonly dataset: DatasetTable;
  readonly items: ItemCatalogue;
  readonly feedback: FeedbackTable;
  readonly users: UserHistories;
}

/** Prepares the queries of a connection. */
export function prepareTables(db: Database): Omit<Tables, 'db' | 'close'> {
  const items = new ItemCatalogue(db);
  const feedback = new FeedbackTable(db);
  return {
    version: db.prepare('PRAGMA data_version').pluck(),
    dataset: new DatasetTable(db),
    items,
    feedback,
    users: new UserHistories(db, items, feedback),
  };
}
