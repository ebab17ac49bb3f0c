/** Reads ratings from tables: text files with one rating a line and one field a column. */

import type { Remedy } from '../../errors.js';
import { remedies } from '../../remedies.js';
import type { DataFile } from './bytes/data-file.js';
import { purposeOf, purposes } from './column-names.js';
import type { RatingColumns, UnderstoodColumns } from './columns.js';
import type { IdIndex } from './id-index.js';
import { RatingParser, type Scale } from './rating.js';
import type { RatingList } from './rating-list.js';
import { RatingRows, timeWritingOf } from './rating-rows.js';
import type { RatingBatch, RatingsFile } from './ratings-format.js';
import { type Delimiter, hasDecimalCommas } from './text/delimiters.js';
import { fieldsOf } from './text/fields.js';
import { FileHead } from './text/file-head.js';
import type { LineBlock } from './text/line-blocks.js';
import { type ColumnRole, PlainRatings } from './text/plain-ratings.js';
import { isValue } from './text/table-form.js';
import {
  isText,
  type RefusedRow,
  readBlock,
  rowBlocks,
  type SwallowedRows,
  type TableFormat,
} from './text/table-rows.js';
import { timeFormOf } from './values/dates.js';
import { TimeReader, type TimeWriting } from './values/times.js';

/** A table of ratings, before it is read. */
export interface RatingsTable {
  readonly file: DataFile;
  readonly format: TableFormat;
  readonly columns: RatingColumns;
  readonly understood: UnderstoodColumns;
  readonly scale: Scale;
  /** They show how the table writes its times. */
  readonly firstRows: readonly (readonly string[])[];
}

/**
 * A table as a ratings file.
 *
 * @throws DataError when it writes dates with the year last
 */
export function ratingsTable(table: RatingsTable): RatingsFile {
  const times = timeWriting(table);
  return {
    path: table.file.path,
    files: [table.file],
    columns: table.understood,
    scale: table.columns.rating === null ? null : table.scale,
    read: (users, items) => readTable(table, times, { users, items }),
    continuedIn: (file) => continuedIn(table, file),
  };
}

/** The same table in another file, which begins with a row; null where its first line has names or other fields. */
async function continuedIn(table: RatingsTable, file: DataFile): Promise<RatingsFile | null> {
  const { format } = table;
  const [fields = null] = fieldsOf([await new FileHead(file).firstLine()], format);
  if (fields?.length !== format.columns.length) return null;
  // Words alone may be a header of other names.
  if (format.header && !fields.some(isValue)) return null;
  if (fields.some((field) => purposeOf(field) !== null)) return null;
  return ratingsTable({ ...table, file, format: { ...format, header: false, excelLine: false } });
}

/** Whether the first rows have a time at a place. */
export function hasTimes(
  rows: RatingsTable['firstRows'],
  place: number,
  delimiter: Delimiter,
): boolean {
  const values = rows.map((row) => row[place]?.trim() ?? '');
  const times = new TimeReader({
    form: timeFormOf(values),
    decimalCommas: hasDecimalCommas(delimiter),
  });
  return values.some((text) => typeof times.read(text) === 'number');
}

/** Whether the first rows have dates with the year last at a place. */
export function hasYearLast(rows: RatingsTable['firstRows'], place: number): boolean {
  return timeFormOf(rows.map((row) => row[place] ?? '')) === 'doubtful';
}

/** @throws DataError when the table writes dates with the year last */
function timeWriting({ file, format, columns, firstRows: first }: RatingsTable): TimeWriting {
  const decimalCommas = hasDecimalCommas(format.delimiter);
  return timeWritingOf(file.path, { names: format.columns, columns }, { first, decimalCommas });
}

async function* readTable(
  table: RatingsTable,
  writing: TimeWriting,
  ids: { readonly users: IdIndex; readonly items: IdIndex },
): AsyncGenerator<RatingBatch> {
  const { file, format, columns, scale } = table;
  const roles = rolesOf(format, columns);
  const times = new TimeReader(writing);
  const plain = new PlainRatings({ format, roles, scale, ...ids, times });
  const decimalCommas = hasDecimalCommas(format.delimiter);
  const reading = new RatingRows({ names: format.columns, columns, scale, writing }, times, ids);
  // A parser of its own, because these rows are not among those that are counted.
  const probe = new RatingParser(format.columns, columns, {
    scale,
    times: new TimeReader(writing),
    decimalCommas,
  });
  const { ratings } = reading;
  let accepted = false;
  for await (const block of rowBlocks(file, format)) {
    ratings.clear();
    let refused: RefusedRow[] = [];
    const swallowed: SwallowedRows[] = [];
    const rest = readPlainRows(block, format, plain, ratings);
    let spannedLines = ratings.count;
    if (rest !== null) {
      const batch = readBlock(rest, format);
      spannedLines += batch.spannedLines;
      // Not pushed one by one: a call takes no hundred thousand arguments.
      refused = [...batch.refused];
      for (const record of batch.swallowed) {
        const rows = record.rows.filter((row) => !('rule' in probe.parse(row)));
        if (rows.length > 0) swallowed.push({ ...record, rows });
      }
      const swallowing = new Set(swallowed.map(({ line }) => line));
      batch.rows.forEach((row, i) => {
        const fault = reading.add(row);
        if (fault === null) return;
        const line = batch.lines[i]!;
        refused.push({
          line,
          ...fault,
          // To leave this record out would leave out the rows that its quotes swallowed.
          ...(swallowing.has(line) && {
            remedy: remedies.strayQuote({ rule: fault.rule }).remedy,
          }),
          row: row.join(format.delimiter).slice(0, 1000),
        });
      });
    }
    refused.sort((a, b) => a.line - b.line);
    accepted ||= ratings.count > 0;
    if (!accepted) refused = refused.map((row) => withoutGoodRows(row, table));
    const { remarks } = reading;
    const { path, bytesRead } = block;
    yield { path, ratings, refused, swallowed, spannedLines, remarks, bytesRead };
  }
}

/**
 * A refused row of a file without a good row so far. Such a file has another form than it seems, so leaving its bad rows
 * out would leave nothing.
 */
function withoutGoodRows(row: RefusedRow, { file, format, columns }: RatingsTable): RefusedRow {
  if (row.remedy !== undefined) return row;
  const { cause: rule, remedy } = otherForm(row, { file, format, columns });
  return { ...row, rule, remedy };
}

function otherForm(
  { rule, column, value = '' }: RefusedRow,
  { file, format, columns }: Pick<RatingsTable, 'file' | 'format' | 'columns'>,
): Remedy {
  if (rule.startsWith('the row has')) return remedies.headerLength({ rule });
  const place = format.columns.indexOf(column ?? '');
  if (place === columns.timestamp) return remedies.noTimes({ rule });
  if (place !== columns.rating || Number.isFinite(Number(value || 'none'))) {
    return remedies.noGoodRow({ rule });
  }
  return format.delimiter !== ',' && /^-?\d+,\d+$/.test(value)
    ? remedies.decimalCommas({ path: file.path, rule })
    : remedies.noRatings({ rule });
}

/** What each column holds. */
function rolesOf(format: TableFormat, columns: RatingColumns): ColumnRole[] {
  return format.columns.map((_, i) => purposes.find((role) => columns[role] === i) ?? 'other');
}

/**
 * Reads the rows of a block from its bytes, up to the first row that is not plain.
 *
 * @returns the lines from that row on; null when none is left
 */
function readPlainRows(
  block: LineBlock,
  format: TableFormat,
  plain: PlainRatings,
  into: RatingList,
): LineBlock | null {
  const { bytes } = block;
  const hasQuotes = format.quoted && bytes.includes('"');
  if (block.tooLong || hasQuotes || !plain.canRead || !isText(bytes, format)) return block;
  let at = 0;
  let line = block.firstLine;
  while (at < bytes.length) {
    const next = plain.read(bytes, at, into);
    if (next < 0) {
      const lines = block.lines - (line - block.firstLine);
      return { ...block, bytes: bytes.subarray(at), firstLine: line, lines };
    }
    at = next;
    line++;
  }
  return null;
}
