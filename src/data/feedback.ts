/** Events that users send while the server runs. */
import type { ItemId, UserId } from './ids.js';

/** Something that a user did after the import: a click, a rating, or an event of a type. */
export interface FeedbackEvent {
  /** Chosen by the sender. An event that is sent twice with one key is stored once. */
  readonly key: string;
  readonly userId: UserId;
  readonly itemId: ItemId;
  /** Null for a click. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the sender gave none. */
  readonly timestamp: number | null;
  /** Such as `purchase`; null or absent for a click or a rating as such. An event with a type has no rating. */
  readonly type?: string | null;
  /** The list that the user acted on; null or absent for none. */
  readonly recommendationId?: string | null;
  /** The place of the item in that list, from 1; null or absent where the sender gave none. */
  readonly place?: number | null;
}

/** Whether an event was new, or stored before. */
export type FeedbackStatus = 'stored' | 'repeated';
