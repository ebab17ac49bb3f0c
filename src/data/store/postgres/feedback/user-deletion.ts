/** Deletes a user. */
import type { DeletedUser } from '../../feedback.js';
import { hashWithout } from '../../histories/deleted-history.js';
import { History, recordBytes } from '../../histories/history.js';
import type { Session } from '../session.js';
import { deleteEventsOf } from './feedback-table.js';

/**
 * Deletes everything stored about a user, in a transaction that has raised the version and runs apart from imports. Gives
 * null for an unknown user. Indices and hash change as `FeedbackWriter.deleteUser` says.
 */
export async function deleteUser(session: Session, userId: string): Promise<DeletedUser | null> {
  const feedback = await deleteEventsOf(session, userId);
  const [user] = await session.query<{ index: number; ratings: Buffer; weights: Buffer | null }>(
    `SELECT user_index AS index, histories.ratings, weights
     FROM store.users JOIN store.histories USING (user_index) WHERE id = $1`,
    [userId],
  );
  if (user === undefined) return feedback === 0 ? null : { ratings: 0, feedback };
  const { index, ratings: bytes, weights } = user;
  const history = new History(bytes);
  const items = Array.from({ length: history.length }, (_, record) => history.item(record));
  await session.run(
    'UPDATE store.items SET ratings = ratings - 1 WHERE item_index = ANY($1::integer[])',
    [items],
  );
  for (const table of ['users', 'histories']) {
    await session.run(`DELETE FROM store.${table} WHERE user_index = $1`, [index]);
    // The last user gets the free index.
    await session.run(
      `UPDATE store.${table} SET user_index = $1
       WHERE user_index = (SELECT max(user_index) FROM store.${table}) AND user_index > $1`,
      [index],
    );
  }
  await keepAncestor(session);
  const [before] = await session.query<{ data_hash: string }>(
    'SELECT data_hash FROM store.dataset',
  );
  const ratings = bytes.length / recordBytes;
  await session.run(
    `UPDATE store.dataset SET data_hash = $1, users = users - 1, ratings = ratings - $2,
       items = (SELECT count(*) FROM store.items WHERE ratings > 0)`,
    [hashWithout(before!.data_hash, bytes, weights), ratings],
  );
  return { ratings, feedback };
}

/** Records the present hash of the data as an ancestor, in the transaction that changes the data. */
export async function keepAncestor(session: Session): Promise<void> {
  await session.run(
    'INSERT INTO store.ancestors SELECT data_hash FROM store.dataset ON CONFLICT DO NOTHING',
  );
}
