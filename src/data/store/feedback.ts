/** Feedback in a store: clicks and ratings that came after the import. */
import { FeedbackError } from '../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../feedback.js';
import type { ItemId, UserId } from '../ids.js';
import { LargeMap } from '../large-map.js';

/** The number of deleted entries. */
export interface DeletedUser {
  /** Imported (user, item) pairs. */
  readonly ratings: number;
  /** Feedback events. */
  readonly feedback: number;
}

/**
 * Stores and deletes feedback. When a promise resolves, the change is durable.
 *
 * Every method throws BusyError when another process writes for longer than a second, and HomeError when the store
 * cannot be written. Nothing is stored then.
 */
export interface FeedbackWriter {
  /**
   * Stores the events that are new, all or none. An event that is stored already stays as it is.
   *
   * @throws FeedbackError when a key is taken by an event with other content (`keyTaken`)
   */
  store(events: readonly FeedbackEvent[]): Promise<FeedbackStatus[]>;

  /** Deletes the event with a key. Gives whether there was one. */
  delete(key: string): Promise<boolean>;

  /**
   * Deletes everything stored about a user; null for an unknown one.
   *
   * Indices stay without gaps: the last user gets the free index. The new hash of the data is that of the old one and of
   * the deleted ratings (`hashWithout`), and the old one is an ancestor.
   */
  deleteUser(userId: string): Promise<DeletedUser | null>;

  /**
   * Deletions whose rows the store's files may still hold outside the tables, such as in a write-ahead log that a reader
   * keeps; 0 where the store cannot tell.
   */
  readonly deletionsInLog: number;
}

/** The last event of a user on an item. */
export interface LatestFeedback {
  readonly userId: UserId;
  readonly itemId: ItemId;
  readonly rating: number | null;
  /** Seconds since 1970: the sender's time, else the time of arrival. */
  readonly timestamp: number;
}

/**
 * Of several events under one key, the last one counts; the keys keep the order of their first event.
 *
 * Where the data have no ratings, an event with one says nothing: such an event, which only older versions took, never
 * replaces a click.
 *
 * @param rows - in the order of arrival
 */
export function latestOf<Row extends { readonly rating: number | null }>(
  rows: readonly Row[],
  { keyOf, hasRatings }: { readonly keyOf: (row: Row) => string; readonly hasRatings: boolean },
): Row[] {
  const last = new LargeMap<string, Row>();
  for (const row of rows) {
    const key = keyOf(row);
    if (hasRatings || row.rating === null || !last.has(key)) last.set(key, row);
  }
  return [...last.values()];
}

/** The status of an event whose key is stored. @throws FeedbackError when that is another event */
export function repeatedStatus(
  stored: Omit<FeedbackEvent, 'key'>,
  { key, userId, itemId, rating, timestamp }: FeedbackEvent,
): 'repeated' {
  const isSame =
    stored.userId === userId &&
    stored.itemId === itemId &&
    stored.rating === rating &&
    stored.timestamp === timestamp;
  if (isSame) return 'repeated';
  throw new FeedbackError(
    `the key ${JSON.stringify(key)} belongs to another event; give each event a key of its own. Nothing of this request was stored.`,
  );
}
