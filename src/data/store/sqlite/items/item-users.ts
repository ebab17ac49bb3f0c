/** Finds who clicked or rated an item last. */
import type { UserId } from '../../../ids.js';
import type { ItemOpinion, ItemUser } from '../../users.js';
import type { FeedbackTable } from '../feedback/feedback-table.js';
import type { UserHistories } from '../user-histories.js';

/** Runs queries that see one version of the data. */
type Reading = <T>(
  query: (tables: { readonly users: UserHistories; readonly feedback: FeedbackTable }) => T,
) => T;

/** Histories to read before other requests get their turn: one or two milliseconds of work. */
const usersAtOnce = 500;

/**
 * The `n` users who clicked or rated an item last, the newest first. Those without a timestamp come last, in file order.
 *
 * It reads every history, in slices. Other requests run between the slices.
 */
export async function latestUsers(itemId: string, n: number, read: Reading): Promise<ItemUser[]> {
  const found = new Map<UserId, ItemOpinion>();
  for (let first = 0; ; first += usersAtOnce) {
    const slice = read(({ users }) => users.withItem(itemId, first, usersAtOnce));
    if (slice === null) break;
    for (const user of slice) found.set(user.userId, user);
    await new Promise(setImmediate);
  }
  const { told, hasRatings } = read(({ feedback }) => ({
    told: feedback.ofItem(itemId),
    hasRatings: feedback.rule().hasRatings,
  }));
  for (const { userId, rating, timestamp, isLight } of told) {
    const saysNothing = isLight || (!hasRatings && rating !== null);
    if (saysNothing && found.has(userId)) continue;
    found.set(userId, { userId, rating, timestamp });
  }
  const users = [...found.values()];
  users.sort((a, b) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
  const latest = users.slice(0, n);
  return read((tables) =>
    latest.map((user) => ({ ...user, clicks: tables.users.count(user.userId) })),
  );
}
