/** Writes generated data as MovieLens files. */
import { createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArgumentError } from '../../errors.js';
import { publishPartial } from '../../storage/durable-files.js';
import { namedFileError } from '../../storage/faults.js';
import { partialPath, removeLeftovers, removePartial } from '../../storage/partial-files.js';
import { makeFolder } from '../home.js';
import type { SyntheticRatings } from './synthetic.js';

/**
 * Writes `ratings.csv` and `movies.csv` in the format of MovieLens. They appear only when both are complete.
 *
 * @param progress - called now and then with the number of ratings written
 * @throws ArgumentError when the folder is not empty, or cannot be made or written; StorageError when the disk refuses
 */
export async function writeSyntheticFiles(
  synthetic: SyntheticRatings,
  folder: string,
  progress: (ratings: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  makeEmptyFolder(folder);
  const movies = partialPath(join(folder, 'movies.csv'));
  const ratings = partialPath(join(folder, 'ratings.csv'));
  try {
    await writeLines(movies, movieLines(synthetic), signal);
    await writeLines(ratings, ratingLines(synthetic, progress), signal);
    publishPartial(movies, join(folder, 'movies.csv'));
    publishPartial(ratings, join(folder, 'ratings.csv'));
  } catch (error) {
    removePartial(movies);
    removePartial(ratings);
    throw namedFileError(`--out ${folder}: the files cannot be written`, error, { path: movies });
  }
}

function makeEmptyFolder(folder: string): void {
  let isEmpty: boolean;
  try {
    makeFolder(folder);
    removeLeftovers(folder);
    isEmpty = readdirSync(folder).length === 0;
  } catch (cause) {
    throw namedFileError(`--out ${folder}: the folder cannot be made`, cause);
  }
  if (!isEmpty) {
    throw new ArgumentError(`--out ${folder}: the folder is not empty. Name a new one.`);
  }
}

async function writeLines(
  path: string,
  chunks: Iterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  const file = createWriteStream(path, { flush: true });
  await pipeline(Readable.from(chunks), file, signal ? { signal } : {});
}

function* movieLines(synthetic: SyntheticRatings): Generator<string> {
  yield 'movieId,title,genres\n';
  for (const [item, { title, genres }] of synthetic.items.entries()) {
    yield `${item + 1},${title},${genres.join('|')}\n`;
  }
}

function* ratingLines(
  synthetic: SyntheticRatings,
  progress: (ratings: number) => void,
): Generator<string> {
  let text = 'userId,movieId,rating,timestamp\n';
  let written = 0;
  for (const { user, count, items, halfStars, timestamps } of synthetic.users()) {
    for (let k = 0; k < count; k++) {
      const stars = halfStars[k]! / 2;
      text += `${user + 1},${items[k]! + 1},${Number.isInteger(stars) ? `${stars}.0` : stars},${timestamps[k]}\n`;
    }
    written += count;
    if (text.length > 1 << 18) {
      yield text;
      text = '';
      progress(written);
    }
  }
  yield text;
  progress(written);
}
