/** CSV and TSV files with a header. */
import { TimeReader } from '../time.js';
import { understandHeader } from './columns.js';
import type { FileHead } from './file-head.js';
import { halfStars } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { ratingsTable } from './ratings-table.js';
import { parseCsv, type TableFormat } from './table-rows.js';

/** Any text with a header, such as MovieLens' `ratings.csv`. Ratings are from 0.5 to 5 unless the caller says otherwise. */
export const csvRatings: RatingsFormat = {
  fileNames: ['ratings.csv', 'ratings.tsv'],
  endings: ['.csv', '.tsv'],
  recognise,
};

async function recognise(head: FileHead, options: RatingsFileOptions): Promise<RatingsFile | null> {
  const { path } = head;
  const line = await head.firstLine();
  const delimiter = line.includes('\t') ? '\t' : ',';
  const quoted = options.quotes ?? delimiter === ',';
  const draft = { delimiter, quoted, encoding: 'utf8', header: true } as const;
  const header = parseCsv(line, { ...draft, columns: [] })?.[0];
  if (header === undefined) return null;
  const format: TableFormat = { ...draft, columns: header };
  const rows = await firstRows(head, format);
  const hasTimes = (place: number) => rows.some((row) => isTime(row[place]));
  const { places, understood } = understandHeader({ path, header, hasTimes }, options.columns);
  return ratingsTable({
    path,
    format,
    columns: places,
    understood,
    scale: options.scale ?? halfStars,
  });
}

/** The first rows after the header; without those that are no row on a line of their own. */
async function firstRows(head: FileHead, format: TableFormat): Promise<string[][]> {
  const lines = await head.firstLines(1 + rowsToLookAt);
  return lines.slice(1).flatMap((line) => parseCsv(line, format)?.slice(0, 1) ?? []);
}

function isTime(text = ''): boolean {
  return typeof new TimeReader().read(text) === 'number';
}

/** So many that a few empty times at the beginning do not matter. */
const rowsToLookAt = 100;
