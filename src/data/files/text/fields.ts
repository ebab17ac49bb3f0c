/** Cuts lines into fields, with csv-parse. */
import { type CsvError, parse } from 'csv-parse/sync';
import type { Delimiter } from './delimiters.js';

/** How fields are written in a text file. */
export interface FieldFormat {
  readonly delimiter: Delimiter;
  /** Whether `"` quotes a field, as in CSV. Otherwise it is an ordinary character. */
  readonly quoted: boolean;
  readonly encoding: 'utf8' | 'latin1';
}

/** Cuts lines into rows of fields; null when csv-parse refuses a line. Blanks must be `single`. */
export function parseCsv(
  bytes: Buffer,
  format: FieldFormat,
  onFault?: (fault: CsvError) => void,
): string[][] | null {
  try {
    return parse(bytes, {
      delimiter: format.delimiter,
      quote: format.quoted ? '"' : false,
      encoding: format.encoding,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
    });
  } catch (fault) {
    onFault?.(fault as CsvError);
    return null;
  }
}

/** The fields of each line; null for a line that is no record by itself. */
export function fieldsOf(lines: readonly Buffer[], format: FieldFormat): (string[] | null)[] {
  const cut = format.delimiter === ' ' ? lines.map((line) => singleBlanks(line, format)) : lines;
  // Together, because each call of csv-parse takes its time; a quoted line break would join lines.
  const rows = parseCsv(Buffer.concat(cut.flatMap((line) => [line, lineEnd])), format);
  if (rows?.length === lines.length && !cut.some((line) => line.includes(quoteMark))) return rows;
  return cut.map((line) => parseCsv(line, format)?.[0] ?? null);
}

const lineEnd = Buffer.from('\n');
const tab = 9;
const newline = 10;
const carriageReturn = 13;
const blank = 32;
const quoteMark = 34;

/**
 * Lines whose fields are separated by one blank each, of lines with one or more blanks or tabs: those at the beginning
 * and the end of a line go, and those between quotes stay.
 */
export function singleBlanks(bytes: Buffer, { quoted }: Pick<FieldFormat, 'quoted'>): Buffer {
  const single = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let isOpen = false;
  // A blank is written before the next field, so none is left at the end of a line.
  let isBetween = false;
  let isAtStart = true;
  for (const byte of bytes) {
    if (!isOpen && (byte === blank || byte === tab)) {
      isBetween = true;
      continue;
    }
    const endsLine = !isOpen && (byte === newline || byte === carriageReturn);
    const beginsField = isAtStart || isBetween;
    if (isBetween && !isAtStart && !endsLine) single[length++] = blank;
    if (quoted && byte === quoteMark && (isOpen || beginsField)) isOpen = !isOpen;
    // A quote after a closing one was written twice: it opens again.
    else if (quoted && byte === quoteMark && single[length - 1] === quoteMark) isOpen = true;
    single[length++] = byte;
    isBetween = false;
    isAtStart = endsLine;
  }
  return single.subarray(0, length);
}
