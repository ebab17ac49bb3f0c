/** Streams a text file as rows of fields, with csv-parse. */
import { isUtf8 } from 'node:buffer';
import { type CsvError, parse } from 'csv-parse/sync';
import { type LineBlock, lineBlocks, maxLineBytes } from './line-blocks.js';

/** How rows and fields are written in a text file. */
export interface TableFormat {
  readonly delimiter: ',' | '\t' | '|' | '::';
  /** Whether `"` quotes a field, as in CSV. Otherwise it is an ordinary character. */
  readonly quoted: boolean;
  readonly encoding: 'utf8' | 'latin1';
  /** The names of the columns, from the header or the format. */
  readonly columns: readonly string[];
  /** Whether the first line is a header. */
  readonly header: boolean;
}

/** A row that breaks a rule. */
export interface RefusedRow {
  /** From 1, the header included. */
  readonly line: number;
  readonly column?: string;
  readonly value?: string;
  /** The rule that the value breaks: what it must be. */
  readonly rule: string;
  /** The row's text, cut where it is long. */
  readonly row: string;
}

/** The rows of one block of lines. */
export interface RowBatch {
  readonly rows: readonly (readonly string[])[];
  /** [rows], the line on which each row begins. */
  readonly lines: readonly number[];
  /** Rows that could not be cut into fields, by line. */
  readonly refused: readonly RefusedRow[];
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/**
 * Streams a text file as rows of fields. Blank lines are skipped; the header is not among the rows.
 *
 * @throws DataError when the file cannot be read
 */
export async function* tableRows(path: string, format: TableFormat): AsyncGenerator<RowBatch> {
  for await (const block of lineBlocks(path, { quoted: format.quoted })) {
    const batch = readBlock(block, format);
    if (format.header && block.firstLine === 1 && batch.lines[0] === 1) {
      yield { ...batch, rows: batch.rows.slice(1), lines: batch.lines.slice(1) };
    } else {
      yield batch;
    }
  }
}

/** Cuts one block of lines into rows. In the first block, the header is one of them. */
export function readBlock(block: LineBlock, format: TableFormat): RowBatch {
  const { bytes, firstLine, bytesRead } = block;
  if (block.tooLong) {
    const rule = `a line must be at most ${maxLineBytes} bytes long`;
    const row = bytes.toString(format.encoding, 0, 1000);
    return {
      rows: [],
      lines: [],
      refused: [{ line: firstLine, value: row, rule, row }],
      bytesRead,
    };
  }
  if (isText(bytes, format)) {
    const rows = parseCsv(bytes, format);
    // Line numbers are known only where every record is one line.
    if (rows !== null && rows.length === block.lines) {
      const kept = rows.filter(isNotBlank);
      const lines = rows.map((_, i) => firstLine + i);
      return {
        rows: kept,
        lines: kept.length === rows.length ? lines : lines.filter((_, i) => isNotBlank(rows[i]!)),
        refused: [],
        bytesRead,
      };
    }
  }
  return readRecords(block, format);
}

/** Whether bytes are text in the file's encoding, without a NUL. */
export function isText(bytes: Buffer, format: TableFormat): boolean {
  return !bytes.includes(0) && (format.encoding === 'latin1' || isUtf8(bytes));
}

function isNotBlank(row: readonly string[]): boolean {
  return row.length > 1 || row[0] !== '';
}

/** Cuts lines into rows of fields; null when csv-parse refuses a line. */
export function parseCsv(
  bytes: Buffer,
  format: TableFormat,
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

/** Cuts a block record by record: slow, for blocks with an error or a quoted line break. */
function readRecords({ bytes, firstLine, bytesRead }: LineBlock, format: TableFormat): RowBatch {
  const rows: string[][] = [];
  const lines: number[] = [];
  const refused: RefusedRow[] = [];
  let line = firstLine;
  for (let start = 0; start < bytes.length; ) {
    const lineEnd = endOfLine(bytes, start);
    const end = format.quoted ? endOfRecord(bytes, start) : lineEnd;
    let row: string[] | undefined;
    let fault = textFault(bytes.subarray(start, end), format);
    if (fault === null) {
      row = parseCsv(bytes.subarray(start, end), format, (error) => {
        fault = csvFault(error);
      })?.[0];
    }
    if (fault === null) {
      if (row !== undefined && isNotBlank(row)) {
        rows.push(row);
        lines.push(line);
      }
      for (let at = start; at < end; at = endOfLine(bytes, at)) line++;
      start = end;
    } else {
      // A stray quote can swallow good lines, so only the first line is refused.
      const text = bytes.toString(format.encoding, start, Math.min(lineEnd, start + 1000));
      refused.push({ line, ...fault, row: text.replace(/\r?\n$/, '') });
      line++;
      start = lineEnd;
    }
  }
  return { rows, lines, refused, bytesRead };
}

function endOfLine(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(10, start);
  return at < 0 ? bytes.length : at + 1;
}

/** The end of the first line that ends outside of quotes. */
function endOfRecord(bytes: Buffer, start: number): number {
  let isOpen = false;
  for (let at = start; at < bytes.length; at++) {
    if (bytes[at] === 34) isOpen = !isOpen;
    else if (bytes[at] === 10 && !isOpen) return at + 1;
  }
  return bytes.length;
}

type Fault = Pick<RefusedRow, 'column' | 'value' | 'rule'>;

/** The first field that is not text. */
function textFault(record: Buffer, format: TableFormat): Fault | null {
  if (isText(record, format)) return null;
  // Latin-1 keeps every byte, so the fields can be separated before they are checked.
  const fields = record.toString('latin1').split(format.delimiter);
  for (const [i, field] of fields.entries()) {
    const bytes = Buffer.from(field, 'latin1');
    if (isText(bytes, format)) continue;
    return {
      column: format.columns[i] ?? String(i + 1),
      value: bytes.toString(format.encoding),
      rule: bytes.includes(0) ? 'must not hold a NUL byte' : 'must be valid UTF-8',
    };
  }
  return null;
}

function csvFault(error: CsvError): Fault {
  const rules: Readonly<Record<string, string>> = {
    CSV_QUOTE_NOT_CLOSED: 'a quote that opens must close',
    CSV_INVALID_CLOSING_QUOTE:
      'a closing quote must be followed by a delimiter or the end of the line (a quote inside is written twice)',
    INVALID_OPENING_QUOTE: 'a quote must stand at the beginning of a field',
  };
  return { rule: rules[error.code] ?? error.message };
}
