/** Counts, for each stored item, the users who gave feedback on it without having it in the imported data. */
import { settingsKey } from '../../histories/event-weights.js';
import { History } from '../../histories/history.js';
import type { Session } from '../session.js';

/** A user and an item. */
interface Pair {
  readonly userId: string;
  readonly itemId: string;
}

/** A pair whose item is stored, with the imported ratings of the user; null for a user of feedback alone. */
interface StoredPair {
  readonly item: number;
  readonly ratings: Buffer | null;
}

/** Whether an event counts: it has no type, or its type has a weight. It is a condition on the table of feedback. */
export const isCounted = `(type IS NULL OR type IN (
  SELECT weighed.key FROM store.documents, json_each_text(documents.value::json -> 'events') AS weighed
  WHERE document = '${settingsKey}' AND weighed.value::double precision > 0
))`;

const isWithoutEvents = `NOT EXISTS (
  SELECT FROM store.feedback f WHERE f.user_id = pair.user_id AND f.item_id = pair.item_id AND ${isCounted}
)`;

/** The items of the pairs that have no event that counts, once for each user who has the item not in the imported data. */
export async function newPairs(session: Session, pairs: readonly Pair[]): Promise<number[]> {
  const distinct = new Map(pairs.map((pair) => [`${pair.userId}\0${pair.itemId}`, pair]));
  const list = [...distinct.values()];
  const rows = await session.query<StoredPair>(
    `SELECT item_index AS item, histories.ratings
     FROM unnest($1::text[], $2::text[]) AS pair (user_id, item_id)
     JOIN store.items ON items.id = pair.item_id
     LEFT JOIN store.users ON users.id = pair.user_id
     LEFT JOIN store.histories USING (user_index)
     WHERE ${isWithoutEvents}`,
    [list.map(({ userId }) => userId), list.map(({ itemId }) => itemId)],
  );
  return rows.filter((row) => !isImported(row)).map(({ item }) => item);
}

/** Counts events that were stored and count; `newPairs` gave the items before. */
export function countStored(session: Session, items: readonly number[]): Promise<void> {
  return add(session, items, 1);
}

/** Counts events that were deleted and counted. */
export async function countDeleted(session: Session, events: readonly Pair[]): Promise<void> {
  if (events.length > 0) await add(session, await newPairs(session, events), -1);
}

async function add(session: Session, items: readonly number[], change: 1 | -1): Promise<void> {
  if (items.length === 0) return;
  await session.run(
    `UPDATE store.items SET feedback_users = feedback_users + counted.users
     FROM (SELECT item, $2 * count(*)::integer AS users FROM unnest($1::integer[]) AS told (item) GROUP BY item) AS counted
     WHERE item_index = counted.item`,
    [items, change],
  );
}

/** How many users' feedback is counted at once. */
const usersAtOnce = 1000;

/** Counts all feedback anew, after an import or when other types have a weight. */
export async function recountFeedback(session: Session): Promise<void> {
  const counts = new Map<number, number>();
  await session.run(
    `DECLARE told NO SCROLL CURSOR FOR
     SELECT of_user.items, histories.ratings
     FROM (
       SELECT user_id, array_agg(DISTINCT item_index) AS items
       FROM store.feedback JOIN store.items ON items.id = item_id WHERE ${isCounted} GROUP BY user_id
     ) AS of_user
     LEFT JOIN store.users ON users.id = of_user.user_id
     LEFT JOIN store.histories USING (user_index)`,
  );
  for (;;) {
    const rows = await session.query<{ items: number[]; ratings: Buffer | null }>(
      `FETCH ${usersAtOnce} FROM told`,
    );
    if (rows.length === 0) break;
    for (const { items, ratings } of rows) {
      const imported = ratings === null ? null : new Set(itemsOf(ratings));
      for (const item of items) {
        if (!imported?.has(item)) counts.set(item, (counts.get(item) ?? 0) + 1);
      }
    }
  }
  await session.run('CLOSE told');
  await session.run(
    `UPDATE store.items SET feedback_users = coalesce(counted.users, 0)
     FROM store.items AS all_items
     LEFT JOIN unnest($1::integer[], $2::integer[]) AS counted (item, users) ON counted.item = all_items.item_index
     WHERE items.item_index = all_items.item_index AND items.feedback_users <> coalesce(counted.users, 0)`,
    [[...counts.keys()], [...counts.values()]],
  );
}

function* itemsOf(ratings: Buffer): Generator<number> {
  const history = new History(ratings);
  for (let record = 0; record < history.length; record++) yield history.item(record);
}

function isImported({ item, ratings }: StoredPair): boolean {
  return ratings !== null && new History(ratings).find(item) >= 0;
}
