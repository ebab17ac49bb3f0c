/** Ratings of files that hold records rather than lines of fields, such as JSON lines. */
import { remedies } from '../../../remedies.js';
import type { DataFile } from '../bytes/data-file.js';
import type { RatingColumns, UnderstoodColumns } from '../columns.js';
import type { IdIndex } from '../id-index.js';
import type { Scale } from '../rating.js';
import { RatingRows, type RowForm, timeWritingOf } from '../rating-rows.js';
import type { RatingBatch, RatingsFile } from '../ratings-format.js';
import type { RefusedRow } from '../text/table-rows.js';
import { TimeReader } from '../values/times.js';

/** Some records of a file that is no table of text, as texts. */
export interface RecordBatch {
  /** One text a column that is read. */
  readonly rows: readonly (readonly string[])[];
  /** [rows], the number of each in the file, from 1. */
  readonly lines: readonly number[];
  /** What is no record, or has a value that is no text. */
  readonly refused: readonly RefusedRow[];
  readonly bytesRead: number;
}

/** A file of records, before it is read. */
export interface Records {
  readonly file: DataFile;
  /** The names of the columns that are read. */
  readonly names: readonly string[];
  /** Their places among these. */
  readonly columns: RatingColumns;
  readonly understood: UnderstoodColumns;
  readonly scale: Scale;
  /** They show how the file writes its times. */
  readonly firstRows: readonly (readonly string[])[];
  read(): AsyncGenerator<RecordBatch>;
}

/** A file of records as a ratings file. @throws DataError when it writes dates with the year last */
export function ratingsOfRecords(records: Records): RatingsFile {
  const { file, names, columns, scale, firstRows, understood } = records;
  const { path } = file;
  const writing = timeWritingOf(path, records, { first: firstRows, decimalCommas: false });
  const form: RowForm = { names, columns, scale, writing };
  return {
    path,
    files: [file],
    columns: understood,
    scale: columns.rating === null ? null : scale,
    read: (users, items) => readRecords(records, form, { users, items }),
  };
}

async function* readRecords(
  { file, columns, read }: Records,
  form: RowForm,
  ids: { readonly users: IdIndex; readonly items: IdIndex },
): AsyncGenerator<RatingBatch> {
  const reading = new RatingRows(form, new TimeReader(form.writing), ids);
  const { ratings } = reading;
  const { path } = file;
  let accepted = false;
  for await (const batch of read()) {
    ratings.clear();
    let refused: RefusedRow[] = [...batch.refused];
    batch.rows.forEach((row, i) => {
      const fault = reading.add(row);
      if (fault !== null) refused.push({ line: batch.lines[i]!, ...fault, row: textOf(form, row) });
    });
    accepted ||= ratings.count > 0;
    refused.sort((a, b) => a.line - b.line);
    if (!accepted) refused = refused.map((row) => withoutGoodRows(row, form.names, columns));
    yield {
      path,
      ratings,
      refused,
      swallowed: [],
      spannedLines: batch.rows.length + batch.refused.length,
      remarks: reading.remarks,
      bytesRead: batch.bytesRead,
    };
  }
}

/** A record with the columns that are read, as JSON. */
function textOf({ names }: RowForm, row: readonly string[]): string {
  return JSON.stringify(Object.fromEntries(names.map((name, i) => [name, row[i]]))).slice(0, 1000);
}

/**
 * A refused row of a file without a good row so far. Such a file has another form than it seems, so leaving its bad rows
 * out would leave nothing.
 */
function withoutGoodRows(
  row: RefusedRow,
  names: readonly string[],
  columns: RatingColumns,
): RefusedRow {
  if (row.remedy !== undefined) return row;
  const { rule, column = '', value = '' } = row;
  const place = names.indexOf(column);
  const isNumber = Number.isFinite(Number(value || 'none'));
  const { cause, remedy } =
    place === columns.timestamp && place >= 0
      ? remedies.noTimes({ rule })
      : place !== columns.rating || isNumber
        ? remedies.noGoodRow({ rule })
        : remedies.noRatings({ rule });
  return { ...row, rule: cause, remedy };
}
