/** What an import understood of its file, and what the default protocol makes of the data. */
import { paperProtocol } from '../../config/protocol.js';
import type { UnderstoodColumns } from '../files/columns.js';
import type { Scale } from '../files/rating.js';
import type { RatingsFile } from '../files/ratings-format.js';
import type { RatingsWriter } from '../store/dataset.js';
import type { Store } from '../store/store.js';

/** What an import understood. The counts are of everything that the home holds then. */
export interface Understanding {
  readonly columns: UnderstoodColumns;
  /** The lowest and highest rating that the file may hold; null where each of its rows is a click. */
  readonly scale: Scale | null;
  /** What a training without flags makes of the data. */
  readonly clicks: {
    /** A rating above this is a click. */
    readonly threshold: number;
    /** A pair whose weights add up to less, or to nothing, is no click; null where the data have no weights. */
    readonly minWeight: number | null;
    /** Stored (user, item) pairs that are a click. */
    readonly count: number;
    readonly minClicks: number;
    /** Users with fewer clicks, who take no part. */
    readonly usersBelow: number;
  };
  /** Rated items with a title. */
  readonly titledItems: number;
  /** Feedback events that the home keeps, and how many of them are on an item that it holds. */
  readonly feedback: { readonly kept: number; readonly onKnownItems: number };
}

/** What was understood of a file, and of the data that the store holds after the commit. */
export async function understandingOf(
  { columns, scale }: RatingsFile,
  store: Pick<Store, 'importCounts'>,
  writer: RatingsWriter,
): Promise<Understanding> {
  const { minClicks } = paperProtocol;
  const { clicks: count, usersBelow } = writer.clickCounts(minClicks);
  const { titledItems, feedback: kept, feedbackOnKnownItems } = await store.importCounts();
  return {
    columns,
    scale,
    clicks: { ...writer.rule, count, minClicks, usersBelow },
    titledItems,
    feedback: { kept, onKnownItems: feedbackOnKnownItems },
  };
}
