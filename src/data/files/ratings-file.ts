/** Finds the ratings file of a folder, and recognises its format. A new format is one more entry of `formats`. */
import { readdirSync, statSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import { ArgumentError, DataError, showValue } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { csvRatings } from './csv-ratings.js';
import { movieLensRatings } from './movielens-ratings.js';
import type { Scale } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { FileHead } from './text/file-head.js';
import { unreadableFile } from './text/line-blocks.js';

/** Every format, in the order in which they are tried. CSV is last, because it takes nearly every text. */
const formats: readonly RatingsFormat[] = [movieLensRatings, csvRatings];

const knownNames = formats.flatMap(({ fileNames }) => fileNames);
const endings = formats.flatMap((format) => format.endings);

/**
 * The ratings file that a path means: the file itself, or the one in a folder.
 *
 * @throws DataError when there is none, or more than one
 */
export function findRatingsFile(path: string): string {
  let names: string[];
  try {
    if (!statSync(path).isDirectory()) return path;
    names = readdirSync(path).sort();
  } catch (cause) {
    throw unreadableFile(
      path,
      cause,
      'Give an existing file or folder, or a name that `multvae datasets` lists',
    );
  }
  const known = names.filter((name) => knownNames.includes(name.toLowerCase()));
  const found = known.length > 0 ? known : names.filter(mayHoldRatings);
  if (found.length === 1) return join(path, found[0]!);
  const why =
    found.length === 0
      ? `holds no ratings file (${knownNames.join(', ')}, or a CSV)`
      : `holds several files that may be meant (${found.slice(0, 10).join(', ')})`;
  throw new DataError({ file: path }, why, 'Give the path of the ratings file itself');
}

/** Whether a file's ending says so; `movies.*` has titles. */
function mayHoldRatings(name: string): boolean {
  const lower = name.toLowerCase();
  return endings.some((ending) => lower.endsWith(ending)) && !lower.startsWith('movies.');
}

/** The name of the data set in a file or folder: its own, without the ending of a ratings file. */
export function dataSetName(source: string): string {
  const name = basename(source);
  const ending = extname(source).toLowerCase();
  const isRatingsEnding =
    endings.includes(ending) ||
    ending === '.txt' ||
    knownNames.some((known) => extname(known) === ending);
  return (isRatingsEnding ? name.slice(0, -ending.length) : name) || source;
}

/**
 * Recognises a ratings file by its name and content: MovieLens' `u.data`, `ratings.dat` and `ratings.csv`, or any
 * CSV or TSV with a header.
 *
 * @throws DataError when the file is empty, binary, unreadable or of another format
 * @throws ArgumentError when a named column is not in the header, or a scale is none, or given where no column has ratings
 */
export async function recogniseRatings(
  path: string,
  options: RatingsFileOptions = {},
): Promise<RatingsFile> {
  checkScale(options.scale);
  const head = new FileHead(path);
  for (const format of formats) {
    const file = await format.recognise(head, options);
    if (file === null) continue;
    if (file.scale === null && options.scale !== undefined) {
      const { low, high } = options.scale;
      throw new ArgumentError(
        `--scale ${low}..${high}: no column of ${path} is read as ratings. Name it with --rating-column, or leave out --scale`,
      );
    }
    return file;
  }
  // A CSV is any text whose first line can be cut into fields.
  const rule = 'the quotes of the first line do not enclose whole fields';
  throw DataError.because({ file: path, line: 1 }, remedies.strayQuote({ rule }));
}

/** @throws ArgumentError */
function checkScale(scale: Scale | undefined): void {
  if (scale === undefined) return;
  const { low, high } = scale;
  // NaN fails too, because each comparison with it is false.
  if (low < high && Math.abs(low) <= 1e9 && high <= 1e9) return;
  throw new ArgumentError(
    `scale is from ${showValue(low)} to ${showValue(high)}; give two numbers up to 1e9, the lower one first`,
  );
}
