/** What an import would understand: reads the first rows of the files, and stores nothing. */
import { checkMinWeight, defaultThreshold, minWeightOf } from '../click.js';
import { IdIndex } from '../files/id-index.js';
import type { RatingList } from '../files/rating-list.js';
import type { RatingsFile, RatingsFileOptions, ReadRemarks } from '../files/ratings-format.js';
import { partsRemark, recogniseParts } from '../files/ratings-parts.js';
import { openRatingsSource } from '../files/ratings-source.js';
import type { RefusedRow } from '../files/text/table-rows.js';
import { type UnderstoodItems, understoodItems } from '../items/items-summary.js';
import { type TitlesOptions, titlesOf } from '../items/titles-import.js';
import { emptyFile, refusalOf } from '../refused-rows.js';
import type { Understanding } from './understanding.js';

/** A row as an import would store it. */
export interface DryRunRow {
  readonly userId: string;
  readonly itemId: string;
  /** Null in a file without ratings. */
  readonly rating: number | null;
  /** Null in a file without weights. */
  readonly weight: number | null;
  /** Seconds since 1970; null in a file without times. */
  readonly timestamp: number | null;
}

/** What an import would understand. */
export interface DryRun extends Pick<Understanding, 'columns' | 'scale'> {
  readonly path: string;
  /** The threshold and the least weight of a click in a home without other data. */
  readonly clicks: Pick<Understanding['clicks'], 'threshold' | 'minWeight'>;
  /** The file of the items and their titles; null for an import without one. */
  readonly items: UnderstoodItems | null;
  /** The first good rows, five at most. */
  readonly rows: readonly DryRunRow[];
  /** Rows that were looked at, bad ones included. */
  readonly read: number;
  /** Whether these are all rows of the file. */
  readonly isWhole: boolean;
  /** Bad rows among them. */
  readonly refused: number;
  /** The errors of the first bad rows, five at most. */
  readonly refusals: readonly string[];
  /** What reading changed in the rows that were looked at. */
  readonly readRemarks: ReadRemarks;
  /** Remarks on what the files hold, a sentence each. */
  readonly remarks: readonly string[];
}

/** The options of an import that say how its files are read. */
export interface DryRunOptions extends RatingsFileOptions, TitlesOptions {
  /** As in `ImportOptions`. */
  readonly minWeight?: number;
}

const shownRows = 5;

/**
 * Recognises the files of an import and reads the first rows, without a home.
 *
 * @param source - as in `importRatings`
 * @throws DataError and ArgumentError as `importRatings`, but for bad rows, which the result holds
 */
export async function dryRun(
  source: readonly string[],
  options: DryRunOptions = {},
): Promise<DryRun> {
  checkMinWeight(options.minWeight);
  const { files, close } = await openRatingsSource(source, options);
  try {
    return await dryRunOf(await recogniseParts(files, options), options);
  } finally {
    await close();
  }
}

async function dryRunOf(file: RatingsFile, options: DryRunOptions): Promise<DryRun> {
  const titles = await titlesOf(file, options, '--replace');
  const minWeight = minWeightOf(file, options);
  const { columns, scale, path } = file;
  return {
    path,
    columns,
    scale,
    clicks: { threshold: defaultThreshold(scale), minWeight },
    items: titles.file === null ? null : understoodItems(titles.file),
    remarks: [...partsRemark(file), ...titles.remarks],
    ...(await readFirst(file, minWeight)),
  };
}

type FirstRows = Pick<DryRun, 'rows' | 'read' | 'isWhole' | 'refused' | 'refusals' | 'readRemarks'>;

/** Reads the parts of a file up to the first one with a good or a bad row: some thousands of rows. */
async function readFirst(file: RatingsFile, minWeight: number | null): Promise<FirstRows> {
  const users = new IdIndex();
  const items = new IdIndex();
  let first: FirstRows | null = null;
  for await (const { path, ratings, refused, remarks } of file.read(users, items)) {
    if (first !== null) return { ...first, isWhole: false };
    if (ratings.count + refused.length === 0) continue;
    if (minWeight !== null) ratings.weighRest(1);
    first = {
      rows: firstRows(ratings, { users, items }),
      read: ratings.count + refused.length,
      isWhole: true,
      refused: refused.length,
      refusals: refused.slice(0, shownRows).map((row) => messageOf(path, row)),
      readRemarks: remarks,
    };
  }
  if (first === null) throw emptyFile(file.path, 'rating');
  return first;
}

function messageOf(path: string, row: RefusedRow): string {
  return refusalOf(path, row).message;
}

function firstRows(
  { count, users, items, ratings, timestamps, weights }: RatingList,
  ids: { readonly users: IdIndex; readonly items: IdIndex },
): DryRunRow[] {
  return Array.from({ length: Math.min(count, shownRows) }, (_, k) => ({
    userId: ids.users.ids[users[k]!]!,
    itemId: ids.items.ids[items[k]!]!,
    rating: orNull(ratings[k]!),
    weight: weights === null ? null : orNull(weights[k]!),
    timestamp: orNull(timestamps[k]!),
  }));
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
