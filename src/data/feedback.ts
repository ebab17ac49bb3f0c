/** Events that users send while the server runs. */
import type { ItemId, UserId } from './ids.js';

/** Something that a user did after the import: a click, or a rating. */
export interface FeedbackEvent {
  /** Chosen by the sender. An event that is sent twice with one key is stored once. */
  readonly key: string;
  readonly userId: UserId;
  readonly itemId: ItemId;
  /** Null for a click. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the sender gave none. */
  readonly timestamp: number | null;
}

/** Whether an event was new, or stored before. */
export type FeedbackStatus = 'stored' | 'repeated';
