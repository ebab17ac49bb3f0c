/** Text tables of any form: CSV, TSV and the like, with a header or without. */
import { DataError } from '../../errors.js';
import { possiblePurposeOf, purposeOf } from './column-names.js';
import {
  type ColumnNames,
  type HeaderColumns,
  isNumber,
  isRatingsHeader,
  understandHeader,
} from './columns.js';
import { understandPlaces, usualPlaces } from './numbered-columns.js';
import { halfStars } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { hasTimes, hasYearLast, ratingsTable } from './ratings-table.js';
import type { FileHead } from './text/file-head.js';
import { otherEncoding } from './text/file-kind.js';
import { recogniseTable, type TextTable } from './text/table-form.js';

/** Any text with fields, such as MovieLens' `ratings.csv`. Ratings are from 0.5 to 5 unless the caller says otherwise. */
export const csvRatings: RatingsFormat = {
  fileNames: ['ratings.csv', 'ratings.tsv'],
  endings: ['.csv', '.tsv', '.inter'],
  recognise,
};

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const { path } = head;
  const encoding = otherEncoding(await head.firstLine());
  if (encoding !== null) throw DataError.because({ file: path, line: 1 }, encoding);
  const wanted = options.columns ?? {};
  const table = await recogniseTable(head, options, {
    isHeader: (fields) => isRatingsHeader(fields, wanted),
    isNamed: (fields) => namesOneOf(fields, wanted),
    isName: (name) => purposeOf(name) !== null,
  });
  if (table === null) return null;
  const { places, understood } = columnsOf(path, table, wanted);
  return ratingsTable({
    file: head.file,
    format: table.format,
    columns: places,
    understood,
    scale: options.scale ?? halfStars,
    firstRows: table.rows,
  });
}

/** Whether the caller names a field. A number does not tell: it may be that of a column. */
function namesOneOf(fields: readonly string[], wanted: ColumnNames): boolean {
  return Object.values(wanted).some(
    (name) => name !== null && !isNumber(name) && fields.includes(name),
  );
}

function columnsOf(
  path: string,
  { format, header, rows }: TextTable,
  wanted: ColumnNames,
): HeaderColumns {
  const { delimiter } = format;
  if (header === null) {
    const count = format.columns.length;
    return understandPlaces(
      { path, count, delimiter, usual: usualPlaces(rows, delimiter) },
      wanted,
    );
  }
  const line = format.excelLine ? 2 : 1;
  const isTime = (place: number) => hasTimes(rows, place, delimiter);
  const hasClearTimes = header.some(
    (name, place) => possiblePurposeOf(name) === 'timestamp' && isTime(place),
  );
  // Dates with the year last are an error, unless another column has times that are clear.
  const isDoubtful = (place: number) => !hasClearTimes && hasYearLast(rows, place);
  const facts = { path, header, line, delimiter };
  return understandHeader(
    { ...facts, hasTimes: (place) => isTime(place) || isDoubtful(place) },
    wanted,
  );
}
