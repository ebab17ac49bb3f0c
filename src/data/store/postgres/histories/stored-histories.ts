/** Reads the histories of all users. */
import type { StoredHistory } from '../../histories/history-merge.js';
import type { Session } from '../session.js';
import { copiedRows } from './copy-rows.js';

/** The histories of all users in any order, some at a time. */
export async function* storedHistories(
  session: Session,
): AsyncGenerator<readonly (readonly [user: number, history: StoredHistory])[]> {
  const select = 'SELECT user_index, ratings, weights FROM store.histories';
  for await (const rows of copiedRows(session, select)) {
    yield rows.map(([user, ratings, weights]) => [
      user!.readInt32BE(),
      [ratings!, weights ?? null] as const,
    ]);
  }
}
