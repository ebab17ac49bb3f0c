/** Reads ratings from tables: text files with one rating a line and one field a column. */

import type { Remedy } from '../../errors.js';
import { remedies } from '../../remedies.js';
import { TimeReader } from '../time.js';
import { purposes, type RatingColumns, type UnderstoodColumns } from './columns.js';
import type { IdIndex } from './id-index.js';
import { RatingParser, type Scale } from './rating.js';
import { RatingList } from './rating-list.js';
import type { RatingBatch, RatingsFile } from './ratings-format.js';
import { type LineBlock, lineBlocks, withoutHeader } from './text/line-blocks.js';
import { type ColumnRole, PlainRatings } from './text/plain-ratings.js';
import {
  isText,
  quotesOf,
  type RefusedRow,
  readBlock,
  type SwallowedRows,
  type TableFormat,
} from './text/table-rows.js';

/** A table of ratings, before it is read. */
export interface RatingsTable {
  readonly path: string;
  readonly format: TableFormat;
  readonly columns: RatingColumns;
  readonly understood: UnderstoodColumns;
  readonly scale: Scale;
}

/** A table as a ratings file. */
export function ratingsTable(table: RatingsTable): RatingsFile {
  return {
    path: table.path,
    columns: table.understood,
    scale: table.columns.rating === null ? null : table.scale,
    read: (users, items) => readTable(table, users, items),
  };
}

async function* readTable(
  table: RatingsTable,
  users: IdIndex,
  items: IdIndex,
): AsyncGenerator<RatingBatch> {
  const { path, format, columns, scale } = table;
  const roles = rolesOf(format, columns);
  const times = new TimeReader();
  const plain = new PlainRatings({ format, roles, scale, users, items, times });
  const parser = new RatingParser(format.columns, columns, scale, times);
  // A parser of its own, because these rows are not among those that are counted.
  const probe = new RatingParser(format.columns, columns, scale);
  const ratings = new RatingList();
  let header = format.header;
  let accepted = false;
  for await (const block of lineBlocks(path, quotesOf(format))) {
    ratings.clear();
    let refused: RefusedRow[] = [];
    const swallowed: SwallowedRows[] = [];
    const body = header ? withoutHeader(block) : block;
    if (body === null) continue;
    header = false;
    const rest = readPlainRows(body, format, plain, ratings);
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
        const parsed = parser.parse(row);
        if ('rule' in parsed) {
          const line = batch.lines[i]!;
          refused.push({
            line,
            ...parsed,
            // To leave this record out would leave out the rows that its quotes swallowed.
            ...(swallowing.has(line) && {
              remedy: remedies.strayQuote({ rule: parsed.rule }).remedy,
            }),
            row: row.join(format.delimiter).slice(0, 1000),
          });
        } else {
          const { userId, itemId, rating, timestamp, weight } = parsed;
          ratings.push(
            users.indexOf(userId),
            items.indexOf(itemId),
            rating ?? Number.NaN,
            timestamp ?? Number.NaN,
          );
          if (weight !== null) ratings.weigh(weight);
        }
      });
    }
    refused.sort((a, b) => a.line - b.line);
    accepted ||= ratings.count > 0;
    if (!accepted) refused = refused.map((row) => withoutGoodRows(row, table));
    const { trimmedIds, outOfScale } = parser;
    const { milliseconds, microseconds } = times;
    const remarks = { trimmedIds, milliseconds, microseconds, outOfScale };
    yield { ratings, refused, swallowed, spannedLines, remarks, bytesRead: block.bytesRead };
  }
}

/**
 * A refused row of a file without a good row so far. Such a file has another form than it seems, so leaving its bad rows
 * out would leave nothing.
 */
function withoutGoodRows(row: RefusedRow, { path, format, columns }: RatingsTable): RefusedRow {
  if (row.remedy !== undefined) return row;
  const { cause: rule, remedy } = otherForm(row, { path, format, columns });
  return { ...row, rule, remedy };
}

function otherForm(
  { rule, column, value = '' }: RefusedRow,
  { path, format, columns }: Pick<RatingsTable, 'path' | 'format' | 'columns'>,
): Remedy {
  if (rule.startsWith('the row has')) return remedies.headerLength({ rule });
  const place = format.columns.indexOf(column ?? '');
  if (place === columns.timestamp) return remedies.noTimes({ rule });
  if (place !== columns.rating || Number.isFinite(Number(value || 'none'))) {
    return remedies.noGoodRow({ rule });
  }
  return format.delimiter !== ',' && /^-?\d+,\d+$/.test(value)
    ? remedies.decimalCommas({ path, rule })
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
  if (block.tooLong || hasQuotes || !isText(bytes, format)) return block;
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
