/** A folder with both the ratings and the items of a shop: which file is which. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { ArgumentError, DataError } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { IdIndex } from '../files/id-index.js';
import type { ItemsFile } from '../files/items/item-row.js';
import { recogniseRatings } from '../files/ratings-file.js';
import { findRatingsFiles, mayHoldRatings } from '../files/ratings-folder.js';
import type { RatingsFile, RatingsFileOptions } from '../files/ratings-format.js';
import { readTitles, recogniseTitles } from '../files/titles-file.js';
import type { TitlesOptions } from './titles-import.js';

/** The two files. */
export interface ShopFiles {
  readonly ratings: string;
  /** False: the caller wants none. */
  readonly items: string | false;
}

/**
 * The files of a folder of which one has ratings, and one has the items that they name, unless the caller says where the
 * items are. Null where the source is no such folder.
 *
 * @throws DataError naming the files, when it is not clear which of them has the items
 */
export async function shopFilesOf(
  source: string,
  options: RatingsFileOptions & TitlesOptions,
): Promise<ShopFiles | null> {
  if (!isFolder(source)) return null;
  const names = readdirSync(source, { withFileTypes: true })
    .filter((entry) => !entry.isDirectory() && !/^[._]/.test(entry.name))
    .map(({ name }) => name)
    .filter(mayHoldRatings)
    .sort();
  if (names.length < 2 || names.length > maxFiles) return null;
  const files = await Promise.all(
    names.map(async (name) => ({ name, ratings: await ratingsIn(join(source, name), options) })),
  );
  const withRatings = files.filter(({ ratings }) => ratings !== null);
  if (withRatings.length !== 1) return null;
  const { name, ratings } = withRatings[0]!;
  if (options.items !== undefined) return { ratings: join(source, name), items: options.items };
  const rated = await ratedIn(ratings!);
  const joined: string[] = [];
  for (const other of names) {
    if (other !== name && (await holdsItems(join(source, other), rated, ratings!, options))) {
      joined.push(other);
    }
  }
  if (joined.length === 1) return { ratings: join(source, name), items: join(source, joined[0]!) };
  if (isClear(source)) return null;
  const others = joined.length > 1 ? joined : names.filter((other) => other !== name);
  throw DataError.because(
    { file: source },
    remedies.itemsInDoubt({
      ratings: name,
      others,
      joined: joined.length,
      path: join(source, name),
      items: join(source, others[0]!),
    }),
  );
}

/** A folder with more tables than this is no shop's export. */
const maxFiles = 20;

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** Whether the names of the files alone say which has the ratings. */
function isClear(folder: string): boolean {
  try {
    return findRatingsFiles(folder).length > 0;
  } catch (error) {
    if (error instanceof DataError) return false;
    throw error;
  }
}

async function ratingsIn(path: string, options: RatingsFileOptions): Promise<RatingsFile | null> {
  return orNull(recogniseRatings(path, options));
}

/** The items of the first rows. */
async function ratedIn(ratings: RatingsFile): Promise<ReadonlySet<string>> {
  const items = new IdIndex();
  for await (const _ of ratings.read(new IdIndex(), items)) break;
  return new Set(items.ids);
}

/** Whether a file has at least half of the items that the first ratings name. */
async function holdsItems(
  path: string,
  rated: ReadonlySet<string>,
  ratings: RatingsFile,
  { itemColumns, encoding }: TitlesOptions,
): Promise<boolean> {
  const idName = ratings.columns.used.find(({ purpose }) => purpose === 'item')?.name ?? undefined;
  const options = {
    ...(itemColumns !== undefined && { itemColumns }),
    ...(encoding !== undefined && { encoding }),
  };
  const file = await orNull(recogniseTitles(path, options, idName));
  return file !== null && (await joins(file, rated));
}

async function joins(file: ItemsFile, rated: ReadonlySet<string>): Promise<boolean> {
  const found = new Set<string>();
  for await (const { titles } of readTitles(file)) {
    for (const { itemId } of titles) if (rated.has(itemId)) found.add(itemId);
    if (2 * found.size >= rated.size) return found.size > 0;
  }
  return false;
}

/** Null for a file of another kind. */
async function orNull<T>(file: Promise<T>): Promise<T | null> {
  try {
    return await file;
  } catch (error) {
    if (error instanceof DataError || error instanceof ArgumentError) return null;
    throw error;
  }
}
