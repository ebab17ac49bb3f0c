/** Finds who clicked or rated an item last. */
import type { UserId } from '../../../ids.js';
import { latestOf } from '../../feedback.js';
import { History, recordBytes } from '../../histories/history.js';
import { orNull } from '../../histories/user-history.js';
import type { ItemOpinion, ItemUser } from '../../users.js';
import type { Connection } from '../connection.js';
import { type EventRow, feedbackColumns } from '../dataset.js';
import { isCounted } from '../feedback/feedback-counts.js';
import { readFeedbackRule } from '../feedback/feedback-rule.js';
import type { Session } from '../session.js';

/** How many histories the server looks through at once. */
const usersAtOnce = 10_000;

/**
 * Implements `Store.itemUsers`. The server looks for the item's bytes in each history, and sends those that have them
 * somewhere.
 */
export function latestUsers(
  connection: Connection,
  itemId: string,
  n: number,
): Promise<ItemUser[]> {
  return connection.snapshot(
    async (session) => {
      const found = await importedUsers(session, itemId);
      const rule = await readFeedbackRule(session);
      const rows = await session.query<EventRow>(
        `SELECT ${feedbackColumns} FROM store.feedback WHERE item_id = $1 ORDER BY event`,
        [itemId],
      );
      const told = latestOf(rows, (row) => row.userId, rule);
      for (const { userId, rating, timestamp, isLight } of told) {
        const saysNothing = isLight || (!rule.hasRatings && rating !== null);
        if (saysNothing && found.has(userId)) continue;
        found.set(userId, { userId, rating, timestamp });
      }
      const users = [...found.values()];
      users.sort((a, b) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
      const latest = users.slice(0, n);
      const clicks = await clickCounts(
        session,
        latest.map(({ userId }) => userId),
      );
      return latest.map((user) => ({ ...user, clicks: clicks.get(user.userId) ?? 0 }));
    },
    { long: true },
  );
}

/** The users with an imported rating of an item, in file order. */
async function importedUsers(session: Session, itemId: string): Promise<Map<UserId, ItemOpinion>> {
  const found = new Map<UserId, ItemOpinion>();
  const [item] = await session.query<{ index: number; users: number }>(
    `SELECT item_index AS index, (SELECT coalesce(max(user_index), -1) + 1 FROM store.users) AS users
     FROM store.items WHERE id = $1 AND ratings > 0`,
    [itemId],
  );
  if (item === undefined) return found;
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(item.index);
  for (let first = 0; first < item.users; first += usersAtOnce) {
    const rows = await session.query<{ id: UserId; ratings: Buffer }>(
      `SELECT id, ratings FROM store.histories JOIN store.users USING (user_index)
       WHERE user_index >= $1 AND user_index < $2 AND position($3::bytea IN ratings) > 0 ORDER BY user_index`,
      [first, first + usersAtOnce, bytes],
    );
    for (const { id, ratings } of rows) {
      const history = new History(ratings);
      const record = history.find(item.index);
      if (record < 0) continue;
      const rating = orNull(history.rating(record));
      found.set(id, { userId: id, rating, timestamp: orNull(history.timestamp(record)) });
    }
  }
  return found;
}

/** By user: how many items the user has clicked or rated, in the imported data or by feedback. */
export async function clickCounts(
  session: Session,
  userIds: readonly UserId[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>();
  if (userIds.length === 0) return counts;
  const imported = await session.query<{ id: string; bytes: number }>(
    `SELECT id, octet_length(ratings) AS bytes FROM store.users JOIN store.histories USING (user_index)
     WHERE id = ANY($1::text[])`,
    [userIds],
  );
  for (const { id, bytes } of imported) counts.set(id, bytes / recordBytes);
  const told = await session.query<{ user: UserId; index: number | null }>(
    `SELECT user_id AS "user", item_index AS index
     FROM (SELECT DISTINCT user_id, item_id FROM store.feedback
           WHERE user_id = ANY($1::text[]) AND ${isCounted}) AS told
     LEFT JOIN store.items ON items.id = item_id`,
    [userIds],
  );
  const rows = await session.query<{ id: string; ratings: Buffer }>(
    `SELECT id, ratings FROM store.users JOIN store.histories USING (user_index) WHERE id = ANY($1::text[])`,
    [[...new Set(told.map(({ user }) => user))]],
  );
  const histories = new Map(rows.map(({ id, ratings }) => [id, new History(ratings)]));
  for (const { user, index } of told) {
    const isImported = index !== null && (histories.get(user)?.find(index) ?? -1) >= 0;
    if (!isImported) counts.set(user, (counts.get(user) ?? 0) + 1);
  }
  return counts;
}
