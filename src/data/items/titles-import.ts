/** The items of an import: those of a file that the caller names, or of the one that a known data set has beside its ratings. */
import { basename, dirname } from 'node:path';
import { DataError } from '../../errors.js';
import { remedies, sentence } from '../../remedies.js';
import { withoutArchiveEnding } from '../files/bytes/archive-names.js';
import type { ItemsFile } from '../files/items/item-row.js';
import type { ItemsFileOptions } from '../files/items/item-table.js';
import type { RatingsFile } from '../files/ratings-format.js';
import type { RefusedRow } from '../files/text/table-rows.js';
import {
  findTitlesFile,
  readTitles,
  recogniseTitles,
  type TitleBatch,
} from '../files/titles-file.js';
import { SwallowedRecords } from '../swallowed-rows.js';

/** Which items an import takes. */
export interface TitlesOptions extends ItemsFileOptions {
  /**
   * A file of items: in the format of `u.item`, `movies.dat` or `movies.csv`, or a table with a header. False: none.
   * Default: the one beside the ratings, where both have the names and columns of a MovieLens data set.
   */
  readonly items?: string | false;
}

/** Where the titles of an import come from. */
export interface TitlesSource {
  /** Null for an import without titles. */
  readonly file: ItemsFile | null;
  /** Whether the caller named the file. A fault of another one must not stop the import. */
  readonly isNamed: boolean;
  /** A sentence each. */
  readonly remarks: readonly string[];
}

/**
 * Chooses the titles of a ratings file.
 *
 * @param again - the flags with which the home takes the import once more
 * @throws DataError when the file that the caller names is no titles file
 */
export async function titlesOf(
  ratings: RatingsFile,
  { items, itemColumns, quotes, encoding }: TitlesOptions,
  again: string,
): Promise<TitlesSource> {
  if (items === false) return none([]);
  if (items !== undefined) {
    // The delimiter and the header that the caller describes are those of the ratings.
    const options = {
      ...(itemColumns !== undefined && { itemColumns }),
      ...(quotes !== undefined && { quotes }),
      ...(encoding !== undefined && { encoding }),
    };
    const file = await recogniseTitles(items, options, nameOf(ratings, 'item'));
    return { file, isNamed: true, remarks: [] };
  }
  // Beside standard input or a pipe lie files that have nothing to do with it.
  if (ratings.files.some((file) => file.storedAt !== file.path)) return none([]);
  const path = findTitlesFile(dirname(ratings.path));
  if (path === null) return none([]);
  if (!isKnownPair(ratings, path))
    return none([sentence(remedies.titlesNotTaken({ path, again }))]);
  try {
    const file = await recogniseTitles(path);
    const remark = `titles are from ${path}, beside the ratings; --no-items leaves them out`;
    return { file, isNamed: false, remarks: [remark] };
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    return none([sentence(remedies.titlesBroken({ path, fault: faultOf(error), again }))]);
  }
}

function none(remarks: readonly string[]): TitlesSource {
  return { file: null, isNamed: false, remarks };
}

/** The names of MovieLens' titles files by those of its ratings files. */
const knownPairs: Readonly<Record<string, readonly string[]>> = {
  'u.data': ['u.item'],
  'ratings.dat': ['movies.dat'],
  // Some copies of MovieLens 1M have their ratings as a CSV.
  'ratings.csv': ['movies.csv', 'movies.dat'],
};

/** Whether two files are a MovieLens data set, so that the items of the one are those of the other. */
function isKnownPair({ path, columns }: RatingsFile, titles: string): boolean {
  const plainName = (file: string) => withoutArchiveEnding(basename(file).toLowerCase());
  const name = plainName(path);
  if (!knownPairs[name]?.includes(plainName(titles))) return false;
  if (name !== 'ratings.csv') return true;
  // The column that joins the two has one name in both.
  return nameOf({ columns }, 'user') === 'userId' && nameOf({ columns }, 'item') === 'movieId';
}

/** The name of a column of the ratings; undefined for one that has none. */
function nameOf({ columns }: Pick<RatingsFile, 'columns'>, purpose: string): string | undefined {
  return columns.used.find((used) => used.purpose === purpose)?.name ?? undefined;
}

function faultOf({ place, rule }: DataError): string {
  return place.line === undefined ? rule : `line ${place.line}: ${rule}`;
}

/**
 * Hands over the titles of a source.
 *
 * @returns remarks on them, a sentence each
 * @throws DataError when a file that the caller named cannot be read
 */
export async function readTitlesOf(
  { file, isNamed }: TitlesSource,
  sink: (batch: TitleBatch) => Promise<void>,
  again: string,
): Promise<string[]> {
  if (file === null) return [];
  const flags = `--items ${file.path} ${again}`;
  const swallowed = new SwallowedRecords(file.path, flags);
  let bad = 0;
  let first: RefusedRow | null = null;
  for await (const batch of readTitles(file)) {
    await sink(batch);
    swallowed.add(batch.swallowed);
    bad += batch.refused.length;
    first ??= batch.refused[0] ?? null;
  }
  const remarks = swallowed.remarks();
  if (first !== null && !isNamed) {
    const fault = `line ${first.line}: ${first.rule}`;
    remarks.push(sentence(remedies.titlesLeftOut({ path: file.path, bad, fault, again: flags })));
  }
  return remarks;
}
