/** Deletes a user from the database. */
import type { Database } from 'better-sqlite3';
import type { DeletedUser } from '../feedback.js';
import { hashWithout } from '../histories/deleted-history.js';
import { History, recordBytes } from '../histories/history.js';
import { FeedbackTable } from './feedback/feedback-table.js';
import { keepAncestor } from './schema.js';

/**
 * Deletes everything stored about a user. Call it in a transaction. Returns null for an unknown user.
 *
 * Indices stay without gaps: the last user gets the free index. The new hash of the data is the hash of the old one and
 * of the deleted ratings, so the same deletion always gives the same hash.
 */
export function deleteUser(db: Database, userId: string): DeletedUser | null {
  const feedback = new FeedbackTable(db).deleteUser(userId);
  const index = db.prepare('SELECT user_index FROM users WHERE id = ?').pluck().get(userId);
  if (index === undefined) return feedback === 0 ? null : { ratings: 0, feedback };
  const [bytes, weights] = db
    .prepare('SELECT ratings, weights FROM histories WHERE user_index = ?')
    .raw()
    .get(index) as [Buffer, Buffer | null];
  const uncount = db.prepare('UPDATE items SET ratings = ratings - 1 WHERE item_index = ?');
  const history = new History(bytes);
  for (let r = 0; r < history.length; r++) uncount.run(history.item(r));
  const last = db.prepare('SELECT max(user_index) FROM users').pluck().get();
  for (const table of ['users', 'histories']) {
    db.prepare(`DELETE FROM ${table} WHERE user_index = ?`).run(index);
    db.prepare(`UPDATE ${table} SET user_index = ? WHERE user_index = ?`).run(index, last);
  }
  keepAncestor(db);
  const before = db.prepare('SELECT data_hash FROM dataset').pluck().get() as string;
  const ratings = bytes.length / recordBytes;
  db.prepare(
    `UPDATE dataset SET data_hash = ?, users = users - 1, ratings = ratings - ?,
       items = (SELECT count(*) FROM items WHERE ratings > 0)`,
  ).run(hashWithout(before, bytes, weights), ratings);
  return { ratings, feedback };
}
