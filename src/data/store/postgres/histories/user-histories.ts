/** Reads the ratings of users, with their feedback. */
import { compareCodePoints, type ItemId, type UserId } from '../../../ids.js';
import { latestOf } from '../../feedback.js';
import { feedbackRule } from '../../histories/event-weights.js';
import { History } from '../../histories/history.js';
import {
  importedRatings,
  type MergedHistory,
  mergedHistory,
  newestFirst,
  ratingsOf,
} from '../../histories/user-history.js';
import type { HistoryEntry, ItemUser, UserRating, UserReads, UserSummary } from '../../users.js';
import type { Connection } from '../connection.js';
import { idsOf } from '../dataset.js';
import { isCounted } from '../feedback/feedback-counts.js';
import { settingsColumn } from '../feedback/feedback-rule.js';
import { entryOf, type ItemRecord, noEntry } from '../items/item-rows.js';
import { clickCounts, latestUsers } from '../items/item-users.js';
import type { Session } from '../session.js';

/** The ratings of users: imported ones in file order, replaced by feedback on the same item, then other feedback. */
export class PostgresUsers implements UserReads {
  readonly #connection: Connection;
  /** The ids of items by index, of one import, cached because every request needs them. */
  #ids: { readonly importedAt: string; readonly ids: readonly ItemId[] } | null = null;
  #loading: Promise<void> | null = null;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** One round trip, except after an import. */
  async userRatings(userId: string): Promise<UserRating[] | null> {
    if (!isStorable(userId)) return null;
    // The ids and the history must be of one import, and another one may come between the two.
    for (;;) {
      const [row] = await this.#connection.read<UserRow>(userQuery, [userId]);
      const ids = this.#idsOf(row!);
      if (ids !== null) return ratingsIn(row!, ids);
      await this.#load();
    }
  }

  async userHistory(userId: string): Promise<HistoryEntry[] | null> {
    if (!isStorable(userId)) return null;
    return this.#connection.snapshot(
      async (session) => {
        const [row] = await session.query<UserRow>(userQuery, [userId]);
        const ids = this.#idsOf(row!) ?? (await this.#readIds(session, row!.importedAt));
        const merged = mergedIn(row!, ids);
        if (merged === null) return null;
        const rows = await session.query<ItemRecord>(
          'SELECT id, title, year, genres FROM store.items WHERE id = ANY($1::text[])',
          [[...merged.keys()]],
        );
        const entries = new Map(rows.map((item) => [item.id, entryOf(item)]));
        return newestFirst(merged, (itemId) => entries.get(itemId) ?? noEntry(itemId));
      },
      { long: true },
    );
  }

  async searchUsers(prefix: string, n: number): Promise<UserSummary[]> {
    if (!isStorable(prefix)) return [];
    return this.#connection.snapshot(async (session) => {
      const beyond = `${prefix}\u{10ffff}`;
      const imported = await session.query<{ id: UserId }>(
        prefix === ''
          ? 'SELECT id FROM store.users ORDER BY user_index LIMIT $1'
          : 'SELECT id FROM store.users WHERE id >= $2 AND id < $3 ORDER BY id LIMIT $1',
        prefix === '' ? [n] : [n, prefix, beyond],
      );
      const told = await session.query<{ id: UserId }>(
        `SELECT DISTINCT user_id AS id FROM store.feedback
         WHERE user_id >= $2 AND user_id < $3 AND ${isCounted} ORDER BY user_id LIMIT $1`,
        [n, prefix, beyond],
      );
      const ids = [...new Set([...imported, ...told].map(({ id }) => id))];
      if (prefix !== '') ids.sort((a, b) => compareCodePoints(a, b));
      const found = ids.slice(0, n);
      const counts = await clickCounts(session, found);
      return found.map((userId) => ({ userId, ratings: counts.get(userId) ?? 0 }));
    });
  }

  async userIds(limit: number): Promise<UserId[]> {
    const rows = await this.#connection.read<{ id: UserId }>(
      'SELECT id FROM store.users ORDER BY user_index LIMIT $1',
      [limit],
    );
    return rows.map(({ id }) => id);
  }

  async usersAfter(after: UserId | null, n: number): Promise<UserId[]> {
    // No id is empty, so all come after the empty text.
    const rows = await this.#connection.read<{ id: UserId }>(
      `(SELECT id FROM store.users WHERE id > $1 ORDER BY id LIMIT $2)
       UNION
       (SELECT DISTINCT user_id FROM store.feedback WHERE user_id > $1 ORDER BY user_id LIMIT $2)
       ORDER BY id LIMIT $2`,
      [after ?? '', n],
    );
    return rows.map(({ id }) => id);
  }

  async userCount(): Promise<number> {
    const [row] = await this.#connection.read<{ users: number }>(
      `SELECT (SELECT count(*) FROM store.users) + (SELECT count(DISTINCT user_id) FROM store.feedback
        WHERE NOT EXISTS (SELECT FROM store.users WHERE id = user_id)) AS users`,
    );
    return row!.users;
  }

  itemUsers(itemId: string, n: number): Promise<ItemUser[]> {
    return isStorable(itemId) ? latestUsers(this.#connection, itemId, n) : Promise.resolve([]);
  }

  /** The ids of the import that a row is of; null where they are not cached. */
  #idsOf({ ratings, importedAt }: UserRow): readonly ItemId[] | null {
    if (ratings === null) return [];
    return this.#ids?.importedAt === importedAt ? this.#ids.ids : null;
  }

  /** Reads the ids of the present import, once for all requests that need them at the same time. */
  #load(): Promise<unknown> {
    this.#loading ??= this.#connection
      .snapshot(
        async (session) => {
          const [row] = await session.query<{ importedAt: string }>(
            'SELECT imported_at AS "importedAt" FROM store.dataset',
          );
          await this.#readIds(session, row?.importedAt ?? null);
        },
        { long: true },
      )
      .finally(() => {
        this.#loading = null;
      });
    return this.#loading;
  }

  async #readIds(session: Session, importedAt: string | null): Promise<readonly ItemId[]> {
    const ids = await idsOf<ItemId>(session, 'items', 'item_index');
    if (importedAt !== null) this.#ids = { importedAt, ids };
    return ids;
  }
}

/** Whether PostgreSQL can hold a text: it has no place for the character 0, so no such id is stored. */
export function isStorable(text: string): boolean {
  return !text.includes('\0');
}

/** An event as the query gives it. */
type Told = readonly [
  itemId: ItemId,
  rating: number | null,
  timestamp: number,
  type: string | null,
];

interface UserRow {
  readonly importedAt: string | null;
  readonly minWeight: number | null;
  /** Null where nothing was imported. */
  readonly hasRatings: boolean | null;
  /** Null for a user of feedback alone, and for an unknown one. */
  readonly ratings: Buffer | null;
  readonly weights: Buffer | null;
  /** The document of the settings; null for none. */
  readonly settings: string | null;
  /** In the order of arrival; null for none. */
  readonly told: readonly Told[] | null;
}

const userQuery = `
SELECT imported_at AS "importedAt", min_weight AS "minWeight", scale_low IS NOT NULL AS "hasRatings",
  histories.ratings, weights, ${settingsColumn} AS settings,
  (SELECT json_agg(json_build_array(item_id, rating, coalesce(timestamp, received_at), type) ORDER BY event)
   FROM store.feedback WHERE user_id = $1) AS told
FROM (VALUES (0)) AS one
LEFT JOIN store.dataset ON true
LEFT JOIN store.users ON users.id = $1
LEFT JOIN store.histories USING (user_index)`;

function ratingsIn(row: UserRow, itemIds: readonly ItemId[]): UserRating[] | null {
  if (row.ratings !== null && row.told === null) {
    const history = new History(row.ratings, row.weights);
    return importedRatings({ history, itemIds, minWeight: row.minWeight });
  }
  const merged = mergedIn(row, itemIds);
  return merged && ratingsOf(merged);
}

function mergedIn(row: UserRow, itemIds: readonly ItemId[]): MergedHistory | null {
  const { ratings, weights, minWeight, told, settings } = row;
  if (ratings === null && told === null) return null;
  const hasRatings = row.importedAt === null || row.hasRatings !== false;
  const events = (told ?? []).map(([itemId, rating, timestamp, type]) => ({
    itemId,
    rating,
    timestamp,
    type,
  }));
  const rule = feedbackRule({ hasRatings, minWeight, settings });
  const feedback = latestOf(events, ({ itemId }) => itemId, rule);
  if (ratings === null && feedback.length === 0) return null;
  const imported =
    ratings === null ? null : { history: new History(ratings, weights), itemIds, minWeight };
  return mergedHistory(imported, feedback, hasRatings);
}
