/** How a text table is written: its delimiter, its quotes, and whether its first line names the columns. */
import { ArgumentError, DataError, quote } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { dateIn } from '../values/dates.js';
import { numberIn } from '../values/numbers.js';
import { detectDelimiter } from './delimiter-detection.js';
import { type Delimiter, delimiterNames, excelDelimiter, isQuoting } from './delimiters.js';
import { fieldsOf } from './fields.js';
import type { FileHead } from './file-head.js';
import type { TableFormat } from './table-rows.js';

/** What a caller says about a text table. */
export interface TableOptions {
  /** What separates the fields; a blank stands for one or more blanks or tabs. Default: found by the first lines. */
  readonly delimiter?: Delimiter;
  /** Whether the first line names the columns. Default: yes, except in MovieLens' formats without names. */
  readonly header?: boolean;
  /** Whether `"` quotes a field. Default: yes, except where tabs or `::` separate the fields. */
  readonly quotes?: boolean;
}

/** What the caller of `recogniseTable` knows of names. */
export interface KnownNames {
  /** Whether fields are the names of the columns that are looked for. */
  readonly isHeader: (fields: readonly string[]) => boolean;
  /** Whether the caller names one of the fields. */
  readonly isNamed: (fields: readonly string[]) => boolean;
  /** Whether a name has a meaning by itself. */
  readonly isName: (name: string) => boolean;
}

/** A text table, before its columns are understood. */
export interface TextTable {
  readonly format: TableFormat;
  /** The names of the columns, without RecBole's types; null where the first line is a row. */
  readonly header: readonly string[] | null;
  /** The first rows, without those that are no row on a line of their own. */
  readonly rows: readonly (readonly string[])[];
}

/** So many that a few empty fields at the beginning do not matter. */
const rowsToLookAt = 100;

/**
 * Recognises how a text table is written.
 *
 * @returns null where the first line cannot be cut into fields
 * @throws DataError when the delimiter is in doubt or unknown, or the first line is a row and the caller does not say so
 * @throws ArgumentError when the first line does not have the delimiter that the caller gives
 */
export async function recogniseTable(
  head: FileHead,
  options: TableOptions,
  names: KnownNames,
): Promise<TextTable | null> {
  const lines = await head.firstLines(2 + rowsToLookAt);
  const told = excelDelimiter(lines[0]!.toString());
  const [first, ...others] = told === null ? lines : lines.slice(1);
  if (first === undefined) throw DataError.because({ file: head.path }, remedies.emptyFile());
  const line = told === null ? 1 : 2;
  const delimiter =
    givenDelimiter(head.path, first, options) ??
    (told || delimiterOf({ path: head.path, line, lines: [first, ...others] }, options, names));
  const quoted = options.quotes ?? isQuoting(delimiter);
  const fields = { delimiter, quoted, encoding: 'utf8' } as const;
  const [top = null, ...rows] = fieldsOf([first, ...others.slice(0, rowsToLookAt)], fields);
  if (top === null) return null;
  const rest = rows.filter((row) => row !== null);
  const isRow =
    options.header === undefined ? looksLikeRow(top, rest, names) : options.header === false;
  if (isRow && options.header === undefined) {
    throw DataError.because({ file: head.path, line }, remedies.missingHeader());
  }
  const header = isRow ? null : withoutTypes(top);
  const columns = header ?? top.map((_, i) => String(i + 1));
  const format: TableFormat = { ...fields, columns, header: !isRow, excelLine: told !== null };
  return { format, header, rows: isRow ? [top, ...rest] : rest };
}

/** @throws ArgumentError when the first line does not have the delimiter that the caller gives */
function givenDelimiter(
  path: string,
  first: Buffer,
  { delimiter, quotes }: TableOptions,
): Delimiter | null {
  if (delimiter === undefined) return null;
  const quoted = quotes ?? isQuoting(delimiter);
  const [fields] = fieldsOf([first], { delimiter, quoted, encoding: 'utf8' });
  if (fields === undefined || fields === null || fields.length > 1) return delimiter;
  const { flag, words } = delimiterNames[delimiter];
  throw new ArgumentError(
    `--delimiter ${quote(flag)}: the first line of ${path} has no ${words}; it is ${quote(first.toString())}. Give another one, or leave out --delimiter`,
  );
}

/** The first lines of a table. */
interface FirstLines {
  readonly path: string;
  /** The number of the first of them. */
  readonly line: number;
  readonly lines: readonly Buffer[];
}

/** @throws DataError when the delimiter is in doubt or unknown */
function delimiterOf(
  { path, line, lines }: FirstLines,
  { header, quotes }: TableOptions,
  { isHeader }: KnownNames,
): Delimiter {
  const found = detectDelimiter(lines, {
    quotes,
    isHeader: header === false ? () => false : isHeader,
  });
  if (found.length > 1) {
    const candidates = found.map((delimiter) => delimiterNames[delimiter]);
    throw DataError.because({ file: path, line }, remedies.delimiterDoubtful({ candidates }));
  }
  const text = lines[0]!.toString();
  const other = otherDelimiters.find(({ sign }) => text.includes(sign));
  if (found.length === 0 && other !== undefined) {
    throw DataError.because({ file: path, line }, remedies.otherDelimiter({ path, ...other }));
  }
  // One column, which nothing separates.
  return found[0] ?? ',';
}

/** Delimiters of other programs. */
const otherDelimiters = [
  { sign: '\u0001', words: 'control characters', tr: String.raw`\001` },
  { sign: '^', words: 'carets', tr: '^' },
  { sign: '~', words: 'tildes', tr: '~' },
  { sign: ':', words: 'colons', tr: ':' },
];

/** Whether a first line has values where a header has names. */
function looksLikeRow(
  fields: readonly string[],
  rows: readonly (readonly string[])[],
  { isHeader, isNamed, isName }: KnownNames,
): boolean {
  if (isNamed(fields)) return false;
  if (rows.length > 0 && fields.some((name, at) => isNumbered(name, at, rows))) return true;
  // A table without names is often written with its columns' numbers in their place.
  if (fields.every((name, i) => name === String(i)) || isHeader(fields)) return false;
  return fields.some(isValue) && !fields.some(isName);
}

/** Whether a field is a number, a date or an e-mail address, as no name of a column is. */
export function isValue(field: string): boolean {
  const text = field.trim();
  return (
    !Number.isNaN(numberIn(text, { decimalCommas: true })) ||
    dateIn(text) !== null ||
    /^\S+@\S+\.\w+$/.test(text)
  );
}

/** Whether a field such as `user1` has the same word before its number as all rows have: it is one of them. */
function isNumbered(field: string, at: number, rows: readonly (readonly string[])[]): boolean {
  const word = /^(.*\D)\d+$/.exec(field)?.[1];
  if (word === undefined) return false;
  return rows.every((row) => /^(.*\D)\d+$/.exec(row[at] ?? '')?.[1] === word);
}

/** A header without the types that RecBole writes behind each name, such as `user_id:token`. */
function withoutTypes(header: readonly string[]): readonly string[] {
  const typed = header.map((name) => /^(.+):(?:token|float)(?:_seq)?$/.exec(name)?.[1] ?? null);
  return typed.every((name) => name !== null) ? typed : header;
}
