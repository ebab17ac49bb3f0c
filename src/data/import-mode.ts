/** How an import meets the data that a home holds already. */
import { DataError, HomeError } from '../errors.js';
import { remedies, sentence } from '../remedies.js';
import { isSameScale } from './click.js';
import type { RatingsFile, RatingsFileOptions } from './files/ratings-format.js';
import { isPublished } from './sources/datasets.js';
import type { DatasetSummary, ImportMode } from './store/dataset.js';
import { type HomePlace, shownPlace } from './store/place.js';
import type { Store } from './store/store.js';

/** How the home takes an import. @throws HomeError when it holds data and the caller says nothing of them */
export function importMode(
  place: HomePlace,
  before: DatasetSummary | null,
  { replace, append }: { readonly replace?: boolean; readonly append?: boolean },
): ImportMode {
  if (before === null) return 'new';
  if (replace) return 'replace';
  if (append) return 'append';
  throw new HomeError(
    `${shownPlace(place)} already holds ${before.name} (${before.ratings} ratings). --append adds rows to it, --replace puts other rows in its place, and ${place.store === null ? '--home chooses another folder' : '?schema=NAME after --store chooses another schema'}`,
  );
}

/**
 * The name that the home's data keep. The name of a published data set means its very rows, so other rows that replace
 * them do not inherit it.
 */
export function lastingName(before: DatasetSummary | null, mode: ImportMode): string | null {
  if (before === null || (mode === 'replace' && isPublished(before.name))) return null;
  return before.name;
}

/** An import into a home that holds data. */
export interface NextImport {
  readonly place: HomePlace;
  readonly before: DatasetSummary;
  readonly mode: ImportMode;
  readonly file: RatingsFile;
  readonly store: Pick<Store, 'importCounts'>;
}

/**
 * Ratings of two scales in one home would be read on one of them.
 *
 * @throws DataError for rows to append, HomeError for feedback that stays
 */
export async function refuseOtherScale(
  next: NextImport,
  { scale, dropFeedback }: Pick<RatingsFileOptions, 'scale'> & { readonly dropFeedback?: boolean },
): Promise<void> {
  const { place, before, mode, file, store } = next;
  const home = place.folder;
  const { scale: has } = before;
  if (has === null || (file.scale !== null && isSameScale(has, file.scale))) return;
  if (mode === 'append') {
    if (file.scale === null) return;
    const remedy = scale === undefined ? remedies.scaleAssumed : remedies.scaleOther;
    throw DataError.because({ file: file.path }, remedy({ home, has, takenFor: file.scale }));
  }
  const events = dropFeedback ? 0 : (await store.importCounts()).ratedFeedback;
  if (events === 0) return;
  const ratings =
    file.scale === null
      ? `${file.path} has no ratings`
      : `those of ${file.path} are from ${file.scale.low} to ${file.scale.high}`;
  throw new HomeError(sentence(remedies.feedbackOfOtherScale({ home, events, has, ratings })));
}

/** The scale that holds two. */
export function widest(
  a: DatasetSummary['scale'],
  b: DatasetSummary['scale'],
): DatasetSummary['scale'] {
  if (a === null || b === null) return a ?? b;
  return { low: Math.min(a.low, b.low), high: Math.max(a.high, b.high) };
}
