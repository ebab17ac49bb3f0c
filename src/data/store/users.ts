/** The users of a store with their ratings. */
import type { ItemId, UserId } from '../ids.js';
import type { CatalogueEntry } from './catalogue.js';

/** One stored rating of a user; `rating` is null for a click without a rating. */
export interface UserRating {
  readonly itemId: ItemId;
  readonly rating: number | null;
  /** The imported rows or typed events of this item weigh too little for a click; absent where they weigh enough. */
  readonly isLight?: true;
}

/** The stored rating of a user for an item. */
export interface StoredRating {
  /** Null for a click without a rating. */
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
  readonly source: 'import' | 'feedback';
  /** The sum of the weights of the imported rows; absent where the data have none. */
  readonly weight?: number;
  readonly isLight?: true;
}

/** A stored rating with its item, time and source. */
export interface HistoryEntry extends CatalogueEntry, StoredRating {}

/** A user's click or rating of an item. */
export interface ItemOpinion {
  readonly userId: UserId;
  readonly rating: number | null;
  /** Seconds since 1970; null where the file has none. */
  readonly timestamp: number | null;
}

/** A user who clicked or rated an item. */
export interface ItemUser extends ItemOpinion {
  /** The number of items that the user has clicked or rated. */
  readonly clicks: number;
}

/** A user with the number of rated or clicked items. */
export interface UserSummary {
  readonly userId: UserId;
  readonly ratings: number;
}

/** Reads users. Each call sees one version of the data. */
export interface UserReads {
  /**
   * All ratings of a user, high and low; null when the user is unknown. The imported ratings come first, in file order.
   * Feedback on the same item replaces the imported rating in its place. Items with feedback alone follow.
   */
  userRatings(userId: string): Promise<UserRating[] | null>;

  /** All ratings of a user with titles, the newest first, those without a timestamp last; null for an unknown user. */
  userHistory(userId: string): Promise<HistoryEntry[] | null>;

  /** Users whose id begins with a prefix, in code-point order. With an empty prefix: the first in file order. */
  searchUsers(prefix: string, n: number): Promise<UserSummary[]>;

  /** The first `limit` users in file order. */
  userIds(limit: number): Promise<UserId[]>;

  /**
   * The first `n` users whose id comes after another one in code-point order, those of feedback alone too. So all users
   * can be read in pages, also while some are added or deleted.
   *
   * @param after - null for the first page
   */
  usersAfter(after: UserId | null, n: number): Promise<UserId[]>;

  /** How many users there are, those of feedback alone too. */
  userCount(): Promise<number>;

  /**
   * The `n` users who clicked or rated an item last, the newest first. Those without a timestamp come last, in file
   * order. Other requests run meanwhile.
   */
  itemUsers(itemId: string, n: number): Promise<ItemUser[]>;
}
