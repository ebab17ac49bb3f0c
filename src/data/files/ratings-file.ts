/** Recognises the format of a ratings file. A new format is one more entry of `formats`. */
import { basename, extname } from 'node:path';
import { ArgumentError, DataError, showValue } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { withoutArchiveEnding } from './bytes/archive-names.js';
import { DataFile } from './bytes/data-file.js';
import { isStandardInput } from './bytes/spooled-file.js';
import { csvRatings } from './csv-ratings.js';
import { movieLensRatings } from './movielens-ratings.js';
import { parquetRatings } from './parquet/parquet-ratings.js';
import type { Scale } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { jsonRatings } from './records/json-ratings.js';
import { type Delimiter, delimiters } from './text/delimiters.js';
import { FileHead } from './text/file-head.js';

/** Every format, in the order in which they are tried. CSV is last, because it takes nearly every text. */
const formats: readonly RatingsFormat[] = [
  parquetRatings,
  jsonRatings,
  movieLensRatings,
  csvRatings,
];

/** In a folder, a file with one of these names is its ratings file. */
export const knownNames = formats.flatMap(({ fileNames }) => fileNames);
/** The endings of ratings files, without that of an archive. */
export const endings = formats.flatMap((format) => format.endings);

/** The name of the data set in a file or folder: its own, without the ending of a ratings file or an archive. */
export function dataSetName(source: string): string {
  // Such as /dev/fd/63, which a shell writes for `<(command)`.
  if (isStandardInput(source) || /^\/(dev|proc)\//.test(source)) return 'stdin';
  const name = withoutArchiveEnding(basename(source));
  const ending = extname(name).toLowerCase();
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
  source: string | DataFile,
  options: RatingsFileOptions = {},
): Promise<RatingsFile> {
  checkScale(options.scale);
  checkDelimiter(options.delimiter);
  const head = new FileHead(DataFile.of(source, options));
  const { path } = head;
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
function checkDelimiter(delimiter: Delimiter | undefined): void {
  if (delimiter === undefined || delimiters.includes(delimiter)) return;
  const known = delimiters.map((one) => showValue(one)).join(', ');
  throw new ArgumentError(`delimiter is ${showValue(delimiter)}; give one of ${known}`);
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
