/** CSV and TSV files with a header. */
import { DataError, type Remedy } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { TimeReader } from '../time.js';
import { purposeOf, understandHeader } from './columns.js';
import { halfStars } from './rating.js';
import type { RatingsFile, RatingsFileOptions, RatingsFormat } from './ratings-format.js';
import { ratingsTable } from './ratings-table.js';
import type { FileHead } from './text/file-head.js';
import { otherEncoding } from './text/file-kind.js';
import { parseCsv, type TableFormat } from './text/table-rows.js';

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
  const fault =
    otherEncoding(path, line) ??
    (/^"?sep=.?"?$/i.test(line.toString()) ? remedies.delimiterLine({ path }) : null) ??
    (await otherDelimiter(head, line.toString(), delimiter)) ??
    missingHeader(path, header ?? [], options);
  if (fault !== null) throw DataError.because({ file: path, line: 1 }, fault);
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

/** Other delimiters, with the command that puts a tab in their place. */
const otherDelimiters = [
  { name: 'semicolons', pattern: /;/, command: "tr ';' '\\t' < $1 > $2" },
  { name: 'bars', pattern: /\|/, command: "tr '|' '\\t' < $1 > $2" },
  { name: 'pairs of colons', pattern: /::/, command: "sed 's/::/\\t/g' $1 > $2" },
  { name: 'blanks', pattern: /\S +\S/, command: "tr -s ' ' '\\t' < $1 > $2" },
];

/** What to do about a file whose fields are separated by something else. */
async function otherDelimiter(
  head: FileHead,
  line: string,
  delimiter: string,
): Promise<Remedy | null> {
  if (line.includes(delimiter)) return null;
  const found = otherDelimiters.find(({ pattern }) => pattern.test(line));
  if (found === undefined) return null;
  const lines = (await head.firstLines(rowsToLookAt)).map((bytes) => bytes.toString());
  const hasDecimalCommas = lines.some((text) => /;-?\d+,\d+(;|$)/.test(text));
  return remedies.wrongDelimiter({
    path: head.path,
    delimiter: found.name,
    command: hasDecimalCommas ? "tr ';,' '\\t.' < $1 > $2" : found.command,
    isQuoted: lines.some((text) => text.includes('"')),
  });
}

/** What to do about a file whose first line is a row. */
function missingHeader(
  path: string,
  header: readonly string[],
  { columns = {} }: RatingsFileOptions,
): Remedy | null {
  const isNamed = Object.values(columns).some((name) => name !== null && header.includes(name));
  const looksLikeRow =
    header.some((name) => /^-?\d+(\.\d+)?$/.test(name)) &&
    // A table without names is often written with its columns' numbers in their place.
    !header.every((name, i) => name === String(i)) &&
    header.every((name) => purposeOf(name) === null);
  if (isNamed || !looksLikeRow) return null;
  const usual = ['userId', 'itemId', 'rating', 'timestamp'];
  return remedies.missingHeader({ path, names: header.map((_, i) => usual[i] ?? `other${i - 3}`) });
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
