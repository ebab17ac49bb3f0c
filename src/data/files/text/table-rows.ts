/** Streams a text file as rows of fields. */
import { isUtf8 } from 'node:buffer';
import type { Remedy } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import type { DataFile } from '../bytes/data-file.js';
import { type FieldFormat, parseCsv, singleBlanks } from './fields.js';
import { otherEncoding } from './file-kind.js';
import {
  countLines,
  endOfLine,
  type LineBlock,
  lineBlocks,
  maxLineBytes,
  withoutHeader,
} from './line-blocks.js';
import { type QuotedRecord, quoteRules, scanQuotes } from './quoted-records.js';

/** How rows and fields are written in a text file. */
export interface TableFormat extends FieldFormat {
  /** The names of the columns, from the header or the format. */
  readonly columns: readonly string[];
  /** Whether the first line is a header. */
  readonly header: boolean;
  /** Whether a line such as `sep=;`, which tells Excel the delimiter, stands before all others. */
  readonly excelLine?: boolean;
}

/** A row that breaks a rule. */
export interface RefusedRow {
  /** From 1, the header included. */
  readonly line: number;
  readonly column?: string;
  readonly value?: string;
  /** The rule that the value breaks: what it must be. */
  readonly rule: string;
  /** What to do, where leaving the row out is no good advice. */
  readonly remedy?: string;
  /** The row's text, cut where it is long. */
  readonly row: string;
}

/** A record whose quotes hold whole lines that look like rows. */
export interface SwallowedRows {
  readonly line: number;
  readonly lastLine: number;
  /** The lines after the first that have as many fields as there are columns. */
  readonly rows: readonly (readonly string[])[];
}

/** The rows of one block of lines. */
export interface RowBatch {
  readonly rows: readonly (readonly string[])[];
  /** [rows], the line on which each row begins. */
  readonly lines: readonly number[];
  /** Rows that could not be cut into fields, by line. */
  readonly refused: readonly RefusedRow[];
  /** Records whose quotes hold lines that look like rows. Their rows are good all the same. */
  readonly swallowed: readonly SwallowedRows[];
  /** The number of lines that `rows` and `refused` stand on: more than one where a quoted field has line breaks. */
  readonly spannedLines: number;
  /** Bytes of the file read so far. */
  readonly bytesRead: number;
}

/**
 * Streams a text file as rows of fields. Blank lines are skipped; the header is not among the rows.
 *
 * @throws DataError when the file cannot be read
 */
export async function* tableRows(
  file: string | DataFile,
  format: TableFormat,
): AsyncGenerator<RowBatch> {
  for await (const block of rowBlocks(file, format)) yield readBlock(block, format);
}

/**
 * Streams the lines after the header, in blocks. Fields that are separated by blanks have one between them.
 *
 * @throws DataError when the file cannot be read
 */
export async function* rowBlocks(
  file: string | DataFile,
  format: TableFormat,
): AsyncGenerator<LineBlock> {
  let above = Number(format.header) + Number(format.excelLine ?? false);
  for await (const block of lineBlocks(file, quotesOf(format))) {
    let body: LineBlock | null = block;
    for (; above > 0 && body !== null; above--) body = withoutHeader(body);
    if (body === null) above++;
    else
      yield format.delimiter === ' ' ? { ...body, bytes: singleBlanks(body.bytes, format) } : body;
  }
}

/** What `lineBlocks` needs to know of a format. */
function quotesOf({ quoted, delimiter }: TableFormat): { quotedBetween: string | null } {
  return { quotedBetween: quoted ? delimiter : null };
}

/** Cuts one block of lines into rows. */
export function readBlock(block: LineBlock, format: TableFormat): RowBatch {
  const { bytes, firstLine, bytesRead } = block;
  if (block.tooLong) {
    const rule = `a line must be at most ${maxLineBytes} bytes long`;
    const row = bytes.toString(format.encoding, 0, 1000);
    return {
      rows: [],
      lines: [],
      refused: [{ line: firstLine, value: row, rule, row }],
      swallowed: [],
      spannedLines: 1,
      bytesRead,
    };
  }
  const reading = new BlockReading(block, format);
  if (!reading.addPlain(bytes, firstLine, block.lines)) reading.addRecords(bytes, firstLine);
  return reading;
}

/** Whether bytes are text in the file's encoding, without a NUL. */
export function isText(bytes: Buffer, format: TableFormat): boolean {
  return !bytes.includes(0) && (format.encoding === 'latin1' || isUtf8(bytes));
}

function isNotBlank(row: readonly string[]): boolean {
  return row.length > 1 || row[0] !== '';
}

const lineEnd = /\r?\n$/;

/** A record, and the lines that it takes. */
interface RecordSpan extends QuotedRecord {
  readonly line: number;
  readonly lines: number;
}

/** The rows of a block, as they are found. */
class BlockReading implements RowBatch {
  readonly rows: (readonly string[])[] = [];
  readonly lines: number[] = [];
  readonly refused: RefusedRow[] = [];
  readonly swallowed: SwallowedRows[] = [];
  spannedLines = 0;
  readonly bytesRead: number;
  readonly #block: LineBlock;
  /** What the block's encoding needs, once it is known. */
  #encoding: { readonly other: Remedy | null } | null = null;
  readonly #format: TableFormat;

  constructor(block: LineBlock, format: TableFormat) {
    this.#block = block;
    this.#format = format;
    this.bytesRead = block.bytesRead;
  }

  /**
   * Adds lines that are a record each.
   *
   * @returns false where a line is more or less than a record or breaks a rule; then nothing is added
   */
  addPlain(bytes: Buffer, firstLine: number, count: number): boolean {
    if (!isText(bytes, this.#format)) return false;
    const rows = parseCsv(bytes, this.#format);
    if (rows === null || rows.length !== count) return false;
    rows.forEach((row, i) => {
      if (!isNotBlank(row)) return;
      this.rows.push(row);
      this.lines.push(firstLine + i);
      this.spannedLines++;
    });
    return true;
  }

  /** Adds lines record by record, for blocks with an error or a quoted line break. */
  addRecords(bytes: Buffer, firstLine: number): void {
    // Records without a fault are cut into fields together, because each call of csv-parse takes its time.
    let run: RecordSpan[] = [];
    for (const record of this.#records(bytes, firstLine)) {
      if (record.fault === null) {
        run.push(record);
      } else {
        this.#addRun(bytes, run);
        this.#addRecord(bytes, record);
        run = [];
      }
    }
    this.#addRun(bytes, run);
  }

  #records(bytes: Buffer, firstLine: number): RecordSpan[] {
    const records: RecordSpan[] = [];
    let line = firstLine;
    const add = ({ start, end, fault }: QuotedRecord) => {
      const lines = countLines(bytes.subarray(start, end));
      records.push({ start, end, fault, line, lines });
      line += lines;
    };
    const addLines = (from: number, to: number) => {
      for (let start = from; start < to; ) {
        const end = endOfLine(bytes, start);
        add({ start, end, fault: null });
        start = end;
      }
    };
    let at = 0;
    if (this.#format.quoted) {
      scanQuotes(bytes, this.#format.delimiter, {
        isLast: true,
        maxBytes: maxLineBytes,
        onRecord: (record) => {
          addLines(at, record.start);
          add(record);
          at = record.end;
        },
      });
    }
    addLines(at, bytes.length);
    return records;
  }

  #addRun(bytes: Buffer, run: readonly RecordSpan[]): void {
    if (run.length === 0) return;
    const text = bytes.subarray(run[0]!.start, run.at(-1)!.end);
    const rows = isText(text, this.#format) ? parseCsv(text, this.#format) : null;
    if (rows?.length === run.length) {
      for (const [i, record] of run.entries()) this.#accept(bytes, record, rows[i]!);
    } else {
      for (const record of run) this.#addRecord(bytes, record);
    }
  }

  #addRecord(bytes: Buffer, record: RecordSpan): void {
    const format = this.#format;
    const text = bytes.subarray(record.start, record.end);
    let fault: Fault | null = this.#textFault(text) ?? quoteFaultOf(record);
    if (fault === null) {
      const rows = parseCsv(text, format, (error) => {
        fault = { rule: error.message };
      });
      if (rows !== null) this.#accept(bytes, record, rows[0]!);
    }
    if (fault !== null) {
      this.spannedLines += record.lines;
      const row = text.toString(format.encoding, 0, 1000).replace(lineEnd, '');
      this.refused.push({ line: record.line, ...(fault as Fault), row });
    }
  }

  #accept(bytes: Buffer, { start, end, line, lines }: RecordSpan, row: readonly string[]): void {
    if (!isNotBlank(row)) return;
    this.rows.push(row);
    this.lines.push(line);
    this.spannedLines += lines;
    if (lines > 1) this.#lookForRows(bytes.subarray(start, end), line, line + lines - 1);
  }

  /** The first field that is not text. */
  #textFault(record: Buffer): Fault | null {
    const format = this.#format;
    if (isText(record, format)) return null;
    // Latin-1 keeps every byte, so the fields can be separated before they are checked.
    const line = record.toString('latin1').replace(lineEnd, '');
    const fields = line.split(format.delimiter);
    const place = fields.findIndex((field) => !isText(Buffer.from(field, 'latin1'), format));
    const bytes = Buffer.from(fields[place]!, 'latin1');
    const column = format.columns[place] ?? String(place + 1);
    const value = bytes.toString(format.encoding);
    if (bytes.includes(0)) return { column, value, rule: 'must not hold a NUL byte' };
    this.#encoding ??= { other: otherEncoding(this.#block.bytes) };
    const { other } = this.#encoding;
    const rule = 'must be valid UTF-8';
    return other === null ? { column, value, rule } : { column, value, rule, remedy: other.remedy };
  }

  #lookForRows(record: Buffer, line: number, lastLine: number): void {
    const { encoding, delimiter, columns } = this.#format;
    const rows = record
      .toString(encoding)
      .split('\n')
      .slice(1, 1 + lastLine - line)
      .map((text) => text.replace(/\r$/, '').split(delimiter))
      .filter((fields) => fields.length === columns.length);
    if (rows.length > 0) this.swallowed.push({ line, lastLine, rows });
  }
}

function quoteFaultOf({ fault }: QuotedRecord): Fault | null {
  if (fault === null) return null;
  const { cause: rule, remedy } = remedies.strayQuote({ rule: quoteRules[fault] });
  return { rule, remedy };
}

type Fault = Pick<RefusedRow, 'column' | 'value' | 'rule' | 'remedy'>;
