/** Counts, for each stored item, the users who gave feedback on it without having it in the imported data. */
import type { Database, Statement } from 'better-sqlite3';
import { settingsKey } from '../../histories/event-weights.js';
import { History } from '../../histories/history.js';

/** The column since version 5: with `ratings`, it says how many users clicked or rated an item. */
export const feedbackCountColumn =
  'ALTER TABLE items ADD COLUMN feedback_users INTEGER NOT NULL DEFAULT 0;';

/**
 * Whether an event counts: it has no type, or its type has a weight. It is a condition on the table of feedback, which
 * no other table of the query may share a column with.
 */
export const isCounted = `(type IS NULL OR type IN (
  SELECT weighed.key FROM documents, json_each(documents.value, '$.events') AS weighed
  WHERE document = '${settingsKey}' AND weighed.value > 0
))`;

/** Keeps the counts in step with single events. Call it in the transaction that changes them. */
export class FeedbackCounts {
  readonly #events: Statement;
  readonly #imported: Statement;
  readonly #add: Statement;

  constructor(db: Database) {
    this.#events = db
      .prepare(`SELECT count(*) FROM feedback WHERE user_id = ? AND item_id = ? AND ${isCounted}`)
      .pluck();
    this.#imported = db.prepare(
      `SELECT item_index AS item, (
         SELECT histories.ratings FROM users JOIN histories USING (user_index) WHERE users.id = ?
       ) AS ratings
       FROM items WHERE id = ?`,
    );
    this.#add = db.prepare('UPDATE items SET feedback_users = feedback_users + ? WHERE id = ?');
  }

  /** An event that counts was stored. */
  stored(userId: string, itemId: string): void {
    if (this.#events.get(userId, itemId) === 1) this.#change(userId, itemId, 1);
  }

  /** Events of a user on an item, one of which counted, were deleted. */
  deleted(userId: string, itemId: string): void {
    if (this.#events.get(userId, itemId) === 0) this.#change(userId, itemId, -1);
  }

  #change(userId: string, itemId: string, change: 1 | -1): void {
    const row = this.#imported.get(userId, itemId) as ImportedRow | undefined;
    if (row !== undefined && !isImported(row)) this.#add.run(change, itemId);
  }
}

/**
 * Counts all feedback anew, after an import or when other types have a weight.
 *
 * @param condition - which events count; a migration of older tables gives one that they can answer
 */
export function recountFeedback(db: Database, condition: string = isCounted): void {
  db.exec('UPDATE items SET feedback_users = 0 WHERE feedback_users <> 0');
  const pairs = db.prepare(
    `SELECT item_index AS item, histories.ratings AS ratings FROM (SELECT DISTINCT user_id, item_id FROM feedback WHERE ${condition})
     JOIN items ON items.id = item_id
     LEFT JOIN users ON users.id = user_id
     LEFT JOIN histories ON histories.user_index = users.user_index`,
  );
  const counts = new Map<number, number>();
  for (const row of pairs.iterate() as IterableIterator<ImportedRow>) {
    if (!isImported(row)) counts.set(row.item, (counts.get(row.item) ?? 0) + 1);
  }
  const set = db.prepare('UPDATE items SET feedback_users = ? WHERE item_index = ?');
  for (const [item, count] of counts) set.run(count, item);
}

/** An item, and the imported ratings of a user; null for a user of feedback alone. */
interface ImportedRow {
  readonly item: number;
  readonly ratings: Buffer | null;
}

function isImported({ item, ratings }: ImportedRow): boolean {
  return ratings !== null && new History(ratings).find(item) >= 0;
}
