/** A user's ratings from the imported history and from feedback. */
import { isEnough } from '../../click.js';
import type { ItemId } from '../../ids.js';
import type { CatalogueEntry } from '../catalogue.js';
import type { LatestFeedback } from '../feedback.js';
import type { HistoryEntry, StoredRating, UserRating } from '../users.js';
import type { History } from './history.js';

/** The imported ratings of a user. */
export interface ImportedHistory {
  readonly history: History;
  /** The ids of all items by index. */
  readonly itemIds: ArrayLike<ItemId>;
  /** Of the data set. */
  readonly minWeight: number | null;
}

/** The ratings of a user who gave no feedback, in file order. */
export function importedRatings({ history, itemIds, minWeight }: ImportedHistory): UserRating[] {
  const ratings: UserRating[] = [];
  for (let r = 0; r < history.length; r++) {
    const itemId = itemIds[history.item(r)]!;
    const rating = orNull(history.rating(r));
    const isLight = !isEnough(history.weight(r), minWeight);
    ratings.push(isLight ? { itemId, rating, isLight } : { itemId, rating });
  }
  return ratings;
}

/** A user's ratings by item: imported ones in file order, replaced by feedback on the same item, then other feedback. */
export type MergedHistory = Map<ItemId, StoredRating>;

/**
 * Merges imported ratings and feedback.
 *
 * @param imported - null for a user of feedback alone
 * @param feedback - the user's latest on each item (`latestOf`)
 * @param hasRatings - false where each row of the data is a click: a rating says nothing then, and takes no click away
 */
export function mergedHistory(
  imported: ImportedHistory | null,
  feedback: readonly Omit<LatestFeedback, 'userId'>[],
  hasRatings: boolean,
): MergedHistory {
  const merged: MergedHistory = new Map();
  if (imported !== null) {
    const { history, itemIds, minWeight } = imported;
    for (let r = 0; r < history.length; r++) {
      const weight = history.weight(r);
      merged.set(itemIds[history.item(r)]!, {
        rating: orNull(history.rating(r)),
        timestamp: orNull(history.timestamp(r)),
        source: 'import',
        ...(minWeight !== null && { weight }),
        ...(!isEnough(weight, minWeight) && { isLight: true }),
      });
    }
  }
  for (const { itemId, rating, timestamp, isLight } of feedback) {
    const saysNothing = isLight || (!hasRatings && rating !== null);
    if (saysNothing && merged.has(itemId)) continue;
    merged.set(itemId, { rating, timestamp, source: 'feedback', ...(isLight && { isLight }) });
  }
  return merged;
}

/** A merged history as `userRatings` gives it. */
export function ratingsOf(merged: MergedHistory): UserRating[] {
  return Array.from(merged, ([itemId, { rating, isLight }]) =>
    isLight ? { itemId, rating, isLight } : { itemId, rating },
  );
}

/** A merged history as `userHistory` gives it: the newest first, those without a timestamp last. */
export function newestFirst(
  merged: MergedHistory,
  entryOf: (itemId: ItemId) => CatalogueEntry,
): HistoryEntry[] {
  const newest = [...merged].reverse();
  newest.sort(([, a], [, b]) => (b.timestamp ?? -Infinity) - (a.timestamp ?? -Infinity) || 0);
  return newest.map(([itemId, rating]) => ({ ...entryOf(itemId), ...rating }));
}

/** Null for NaN, which stands where there is no value. */
export function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
