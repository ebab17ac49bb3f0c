/** Reads the data set of a store in PostgreSQL as a whole. */
import type { FeedbackWord } from '../../feedback-clicks.js';
import type { ItemId, UserId } from '../../ids.js';
import type { LabelledClicks } from '../../split/users.js';
import type { ClickReading, DatasetReads, DatasetSummary, ImportCounts } from '../dataset.js';
import { type DatasetRow, summaryOf } from '../dataset-row.js';
import { type FeedbackRow, type LatestFeedback, latestOf } from '../feedback.js';
import { History } from '../histories/history.js';
import { ClickCollector } from '../histories/labelled-clicks.js';
import type { Connection } from './connection.js';
import { isCounted } from './feedback/feedback-counts.js';
import { readFeedbackRule } from './feedback/feedback-rule.js';
import { storedHistories } from './histories/stored-histories.js';
import type { Session } from './session.js';

/** The row that describes the data, the hashes that they had before, and reads over all users. */
export class PostgresDataset implements DatasetReads {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async dataset(): Promise<DatasetSummary | null> {
    const [row] = await this.#connection.read<DatasetRow>('SELECT * FROM store.dataset');
    return row === undefined ? null : summaryOf(row);
  }

  async descendsFrom(dataHash: string): Promise<boolean> {
    const [found] = await this.#connection.read(
      `SELECT FROM store.dataset WHERE data_hash = $1
       UNION ALL SELECT FROM store.ancestors WHERE data_hash = $1`,
      [dataHash],
    );
    return found !== undefined;
  }

  labelledClicks(
    threshold: number | null,
    minClicks: number,
    options: ClickReading = {},
  ): Promise<LabelledClicks> {
    return this.#connection.snapshot(
      async (session) => {
        const [dataset] = await session.query<DatasetRow>('SELECT * FROM store.dataset');
        const collector = new ClickCollector({
          userIds: await idsOf<UserId>(session, 'users', 'user_index'),
          itemIds: await idsOf<ItemId>(session, 'items', 'item_index'),
          rule: { threshold, minWeight: dataset?.min_weight ?? null },
          minClicks,
          ...options,
        });
        for await (const rows of storedHistories(session)) {
          for (const [user, history] of rows) collector.count(user, new History(...history));
        }
        collector.begin();
        for await (const rows of storedHistories(session)) {
          for (const [user, history] of rows) collector.fill(user, new History(...history));
        }
        return collector.clicks();
      },
      { long: true },
    );
  }

  latestFeedback(): Promise<FeedbackWord[]> {
    return this.#connection.snapshot(
      async (session) => {
        const rule = await readFeedbackRule(session);
        const rows = await session.query<EventRow>(
          `SELECT ${feedbackColumns} FROM store.feedback WHERE ${isCounted} ORDER BY event`,
        );
        return latestOf(rows, (row) => `${row.userId}\0${row.itemId}`, rule);
      },
      { long: true },
    );
  }

  async importCounts(): Promise<ImportCounts> {
    const [counts] = await this.#connection.read<ImportCounts>(
      `SELECT
         (SELECT count(*) FROM store.items WHERE ratings > 0 AND title IS NOT NULL) AS "titledItems",
         count(*) AS feedback,
         count(rating) AS "ratedFeedback",
         count(items.id) AS "feedbackOnKnownItems"
       FROM store.feedback LEFT JOIN store.items ON items.id = item_id`,
    );
    return counts!;
  }
}

/** An event as it is read. */
export type EventRow = LatestFeedback & FeedbackRow;

/** The columns of an `EventRow`. */
export const feedbackColumns =
  'user_id AS "userId", item_id AS "itemId", rating, coalesce(timestamp, received_at) AS timestamp, type';

/** The ids of users or items by index. */
export async function idsOf<Id extends string>(
  session: Session,
  table: 'users' | 'items',
  index: 'user_index' | 'item_index',
): Promise<Id[]> {
  const rows = await session.query<{ id: Id }>(`SELECT id FROM store.${table} ORDER BY ${index}`);
  return rows.map(({ id }) => id);
}
