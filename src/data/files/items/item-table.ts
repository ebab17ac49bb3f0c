/** Files of items in any table with a header, such as a shop's `products.csv`. */
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { partsOf } from '../../items/field-typing.js';
import type { FieldValue } from '../../items/fields.js';
import type { FileHead } from '../text/file-head.js';
import { recogniseTable, type TableOptions } from '../text/table-form.js';
import { type TableFormat, tableRows } from '../text/table-rows.js';
import {
  type ItemColumnNames,
  type ItemColumns,
  namesItems,
  understandItems,
} from './item-columns.js';
import { type ItemRow, type ItemsFile, type RowFault, yearOf } from './item-row.js';

/** What a caller says about a file of items. */
export interface ItemsFileOptions extends TableOptions {
  /** Columns by their names in the header. Default: the usual names. */
  readonly itemColumns?: ItemColumnNames;
  /** The encoding of the text. Default: UTF-8, or what a byte order mark says. */
  readonly encoding?: string;
}

/**
 * Recognises a table of items.
 *
 * @param idName - the name of the column with the ids in the ratings
 * @returns null where the first line cannot be cut into fields
 * @throws DataError, ArgumentError as `understandItems`
 */
export async function recogniseItemTable(
  head: FileHead,
  { itemColumns = {}, ...options }: ItemsFileOptions,
  idName?: string,
): Promise<ItemsFile | null> {
  const { path } = head;
  const table = await recogniseTable(head, options, {
    isHeader: namesItems,
    isNamed: (fields) => Object.values(itemColumns).some((name) => fields.includes(name ?? '')),
    isName: (name) => namesItems([name]),
  });
  if (table === null) return null;
  const { format, header } = table;
  const isNamed = itemColumns.id !== undefined;
  if (header === null || (!isNamed && header.length === 1 && !namesItems(header))) {
    throw DataError.because({ file: path, line: 1 }, remedies.notTitles());
  }
  const line = format.excelLine ? 2 : 1;
  const columns = understandItems({ path, line, header, idName }, itemColumns);
  const reading: Reading = {
    columns,
    idName: header[columns.places.id]!,
    decimalCommas: format.delimiter === ';',
  };
  return {
    ...tableOf(head, format),
    columns,
    id: columns.places.id,
    read: (row) => readRow(row, reading),
  };
}

/** A table of text as a source of rows. */
export function tableOf(
  { file, path }: FileHead,
  format: TableFormat,
): Pick<ItemsFile, 'file' | 'path' | 'names' | 'delimiter' | 'rows'> {
  const { columns: names, delimiter } = format;
  return { file, path, names, delimiter, rows: () => tableRows(file, format) };
}

/** How rows are read. */
export interface Reading {
  readonly columns: ItemColumns;
  /** The name of the column with ids. */
  readonly idName: string;
  /** Whether a comma may stand before decimals. */
  readonly decimalCommas: boolean;
}

/** What a row says of its item. */
export function readRow(
  row: readonly string[],
  { columns: { places, fields }, idName, decimalCommas }: Reading,
): Omit<ItemRow, 'itemId'> | RowFault {
  const text = (place: number | undefined) =>
    place === undefined ? undefined : row[place]!.trim();
  const title = text(places.title);
  const category = text(places.category);
  let year = yearIn(text(places.year));
  if (Number.isNaN(year))
    return { place: places.year!, rule: 'must be a year from 0 to 9999, or a date' };
  // The titles of films end with their year.
  if (year === undefined && title !== undefined && /movie/i.test(idName)) {
    year = yearOf(title);
  }
  const values: [string, FieldValue][] = [];
  for (const { name, place } of fields) {
    const value = row[place]!.trim();
    if (!isEmpty(value)) values.push([name, decimalCommas ? pointed(value) : value]);
  }
  return {
    ...(title !== undefined && { title: title === '' ? null : title }),
    ...(category !== undefined && { genres: categoriesOf(category) }),
    ...(year !== undefined && { year }),
    fields: Object.fromEntries(values),
  };
}

/** How databases and programs write that there is no value. */
function isEmpty(text: string): boolean {
  return text === '' || /^(null|nan|\\n)$/i.test(text);
}

/** A number with a point before its decimals; another text as it is. */
function pointed(text: string): string {
  return /^[+-]?\d*,\d+$/.test(text) ? text.replace(',', '.') : text;
}

function categoriesOf(text: string): string[] {
  if (isEmpty(text) || text === '(no genres listed)') return [];
  return [...new Set(partsOf(text) ?? [text])];
}

/** A year, or that of a date; null for an empty text, NaN for another one. */
function yearIn(text: string | undefined): number | null | undefined {
  if (text === undefined) return undefined;
  if (isEmpty(text)) return null;
  const match = /^(\d{1,4})(?:\.0)?$|^(\d{4})-\d\d(?:-\d\d.*)?$/.exec(text);
  return match === null ? Number.NaN : Number(match[1] ?? match[2]) || null;
}
