/** MovieLens' two formats without a header: `u.data`, with tabs, and `ratings.dat`, with `::`. */
import { basename } from 'node:path';
import { type ColumnNames, isNumber, type RatingColumns } from './columns.js';
import { understandPlaces } from './numbered-columns.js';
import { halfStars, wholeStars } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { ratingsTable } from './ratings-table.js';
import { encodingOf, type FileHead } from './text/file-head.js';

/** Rows of user, item, rating and, in most files, timestamp. `u.data` has ratings from 1 to 5, others from 0.5. */
export const movieLensRatings: RatingsFormat = {
  fileNames: ['u.data', 'ratings.dat'],
  endings: [],
  recognise,
};

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const first = (await head.firstLine()).toString('latin1');
  const wanted = options.columns ?? {};
  if (options.header || namesHeader(wanted)) return null;
  const { path } = head;
  const delimiter = delimiterOf(path, first);
  if (delimiter === null || (options.delimiter ?? delimiter) !== delimiter) return null;
  const hasTimestamp = first.split(delimiter).length !== 3;
  const columns = ['userId', 'movieId', 'rating'];
  if (hasTimestamp) columns.push('timestamp');
  const usual: RatingColumns = {
    user: 0,
    item: 1,
    rating: 2,
    timestamp: hasTimestamp ? 3 : null,
    weight: null,
  };
  const { places, understood } = understandPlaces(
    { path, count: columns.length, delimiter, usual },
    wanted,
  );
  const firstRows = (await head.firstLines(100)).map((line) => line.toString().split(delimiter));
  return ratingsTable({
    file: head.file,
    format: {
      delimiter,
      quoted: false,
      encoding: await encodingOf(head.file),
      columns,
      header: false,
    },
    columns: places,
    understood,
    scale: options.scale ?? (delimiter === '::' ? halfStars : wholeStars),
    firstRows,
  });
}

/** Whether the caller names a column by a header: a file without one has numbers. */
function namesHeader(wanted: ColumnNames): boolean {
  return Object.values(wanted).some((name) => name !== null && !isNumber(name));
}

/** The delimiter; null for a file of another format. */
function delimiterOf(path: string, first: string): '::' | '\t' | null {
  const name = basename(path).toLowerCase();
  if (name === 'ratings.dat') return '::';
  if (name === 'u.data') return '\t';
  if (looksLikeRating(first.split('::'))) return '::';
  if (looksLikeRating(first.split('\t'))) return '\t';
  return null;
}

/** Whether the fields are a rating's: a header has a word where a rating has a number. */
function looksLikeRating(fields: readonly string[]): boolean {
  return (fields.length === 3 || fields.length === 4) && /^[\d.]+$/.test(fields[2]!);
}
