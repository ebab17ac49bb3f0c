/** Writes generated data as MovieLens files. */
import { createWriteStream, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArgumentError } from '../../errors.js';
import { makeFolder } from '../home.js';
import type { SyntheticRatings } from './synthetic.js';

/**
 * Writes `ratings.csv` and `movies.csv` in the format of MovieLens. Each file appears only when it is complete.
 *
 * @param progress - called now and then with the number of ratings written
 * @throws ArgumentError when the folder is not empty, or cannot be made
 */
export async function writeSyntheticFiles(
  synthetic: SyntheticRatings,
  folder: string,
  progress: (ratings: number) => void = () => undefined,
  signal?: AbortSignal,
): Promise<void> {
  makeEmptyFolder(folder);
  await writeWhole(join(folder, 'movies.csv'), movieLines(synthetic), signal);
  await writeWhole(join(folder, 'ratings.csv'), ratingLines(synthetic, progress), signal);
}

function makeEmptyFolder(folder: string): void {
  let isEmpty: boolean;
  try {
    makeFolder(folder);
    isEmpty = readdirSync(folder).length === 0;
  } catch (cause) {
    throw new ArgumentError(
      `--out ${folder}: the folder cannot be made: ${(cause as Error).message}. Name another one.`,
      { cause },
    );
  }
  if (!isEmpty) {
    throw new ArgumentError(`--out ${folder}: the folder is not empty. Name a new one.`);
  }
}

async function writeWhole(
  path: string,
  chunks: Iterable<string>,
  signal?: AbortSignal,
): Promise<void> {
  const partial = `${path}.partial`;
  try {
    await pipeline(Readable.from(chunks), createWriteStream(partial), signal ? { signal } : {});
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  renameSync(partial, path);
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
