/** Feedback in a store: clicks and ratings that came after the import. */
import { FeedbackError } from '../../errors.js';
import type { FeedbackEvent, FeedbackStatus } from '../feedback.js';
import type { ItemId, UserId } from '../ids.js';
import { LargeMap } from '../large-map.js';
import { type FeedbackRule, weightOf } from './histories/event-weights.js';

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

/** What the events of a user on an item say together. */
export interface LatestFeedback {
  readonly userId: UserId;
  readonly itemId: ItemId;
  readonly rating: number | null;
  /** Seconds since 1970: the sender's time, else the time of arrival. */
  readonly timestamp: number;
  /** The typed events of the pair weigh too little for a click; absent where they weigh enough, or have no type. */
  readonly isLight?: true;
}

/** An event as `latestOf` reads it. */
export interface FeedbackRow {
  readonly rating: number | null;
  /** Null for a click or a rating as such. */
  readonly type: string | null;
}

/** What several events under one key say together. */
export type Latest<Row> = Row & { readonly isLight?: true };

/**
 * What several events under one key say together; the keys keep the order of their first event.
 *
 * Of events without a type the last one counts. Where the data have no ratings, an event with one says nothing: such an
 * event, which only older versions took, never replaces a click.
 *
 * Events with a type add up, since the last event without one: a click once they weigh enough, and light before. What is
 * light replaces nothing. An event whose type has no weight says nothing.
 *
 * @param rows - in the order of arrival
 */
export function latestOf<Row extends FeedbackRow>(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
  rule: FeedbackRule,
): Latest<Row>[] {
  const last = new LargeMap<string, Latest<Row>>();
  const sums = new Map<string, number>();
  for (const row of rows) {
    const key = keyOf(row);
    const weight = weightOf(row.type, rule);
    if (weight === null) {
      if (!rule.hasRatings && row.rating !== null && last.has(key)) continue;
      last.set(key, row);
      sums.delete(key);
    } else if (weight > 0) {
      const sum = (sums.get(key) ?? 0) + weight;
      sums.set(key, sum);
      const isLight = sum < rule.enough;
      if (!isLight) last.set(key, row);
      else if (last.get(key)?.isLight ?? !last.has(key)) last.set(key, { ...row, isLight });
    }
  }
  return [...last.values()];
}

/** The status of an event whose key is stored. @throws FeedbackError when that is another event */
export function repeatedStatus(
  stored: Omit<FeedbackEvent, 'key'>,
  event: FeedbackEvent,
): 'repeated' {
  const isSame =
    stored.userId === event.userId &&
    stored.itemId === event.itemId &&
    stored.rating === event.rating &&
    stored.timestamp === event.timestamp &&
    (stored.type ?? null) === (event.type ?? null) &&
    (stored.recommendationId ?? null) === (event.recommendationId ?? null) &&
    (stored.place ?? null) === (event.place ?? null);
  if (isSame) return 'repeated';
  throw new FeedbackError(
    `the key ${JSON.stringify(event.key)} belongs to another event; give each event a key of its own. Nothing of this request was stored.`,
  );
}
