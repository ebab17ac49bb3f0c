/** Where the records of a quoted format begin and end: a quoted field may hold line breaks. */

const newline = 10;
const carriageReturn = 13;
const quoteMark = 34;

/** How quotes break the rules of CSV. */
export type QuoteFault =
  /** A quote stands inside a field that it does not begin. */
  | 'opening'
  /** Something other than a delimiter or a line end follows a closing quote. */
  | 'closing'
  /** A quote is never closed. */
  | 'unclosed'
  /** The record is longer than the limit, which mostly means that its quote was never meant to open. */
  | 'long';

/** The rule that each fault breaks. */
export const quoteRules: Readonly<Record<QuoteFault, string>> = {
  opening: 'a quote must stand at the beginning of a field',
  closing:
    'a closing quote must be followed by a delimiter or the end of the line (a quote inside is written twice)',
  unclosed: 'a quote that opens must close',
  long: 'a quoted record must be at most 1048576 bytes long',
};

/** A record with at least one quote. */
export interface QuotedRecord {
  readonly start: number;
  /** After its line end. A record with a fault ends with its first line: a stray quote must not swallow good lines. */
  readonly end: number;
  readonly fault: QuoteFault | null;
}

/** How to scan. */
export interface QuoteScan {
  /** Whether the bytes end where the file, or the part of it that is looked at, ends. */
  readonly isLast: boolean;
  readonly maxBytes: number;
  /** Gets every record with a quote, in order. */
  readonly onRecord?: (record: QuotedRecord) => void;
}

/**
 * Finds the records that hold quotes, by the rules of csv-parse: a quote opens at the beginning of a field, closes
 * before a delimiter or a line end, and is written twice inside.
 *
 * @param bytes - text that begins with a record
 * @param delimiter - one character
 * @returns the end of the last whole record; all bytes where `isLast`
 */
export function scanQuotes(bytes: Buffer, delimiter: string, scan: QuoteScan): number {
  const { isLast, maxBytes, onRecord } = scan;
  const separator = delimiter.charCodeAt(0);
  let start = 0;
  for (;;) {
    const quote = bytes.indexOf(quoteMark, start);
    if (quote < 0) return isLast ? bytes.length : Math.max(start, bytes.lastIndexOf(newline) + 1);
    start = Math.max(start, bytes.lastIndexOf(newline, quote) + 1);
    const found = walk(bytes, { start, quote, separator });
    let { end, fault } = found;
    if ((end < 0 ? bytes.length : end - 1) - start > maxBytes) {
      fault = 'long';
    } else if (end < 0) {
      if (!isLast) return start;
      end = bytes.length;
      fault ??= found.isOpen ? 'unclosed' : null;
    }
    if (fault !== null) {
      end = bytes.indexOf(newline, start) + 1 || (isLast ? bytes.length : 0);
      if (end === 0) return start;
    }
    onRecord?.({ start, end, fault });
    start = end;
  }
}

interface Walk {
  /** After the record's line end; -1 where it is not among the bytes. */
  readonly end: number;
  readonly fault: QuoteFault | null;
  /** Whether the bytes end inside quotes. */
  readonly isOpen: boolean;
}

/** Goes from quote to quote through one record. */
function walk(bytes: Buffer, place: { start: number; quote: number; separator: number }): Walk {
  const { start, separator } = place;
  let open = place.quote;
  let lineEnd = bytes.indexOf(newline, open);
  for (;;) {
    if (open !== start && bytes[open - 1] !== separator) return refused(bytes, start, 'opening');
    let close = bytes.indexOf(quoteMark, open + 1);
    while (close >= 0 && bytes[close + 1] === quoteMark)
      close = bytes.indexOf(quoteMark, close + 2);
    if (close < 0) return { end: -1, fault: null, isOpen: true };
    const next = bytes[close + 1];
    const endsLine = next === newline || (next === carriageReturn && bytes[close + 2] === newline);
    if (next === undefined) return { end: -1, fault: null, isOpen: false };
    if (!endsLine && next !== separator) {
      // The line feed may be in the next bytes.
      if (next === carriageReturn && close + 2 === bytes.length) {
        return { end: -1, fault: 'closing', isOpen: false };
      }
      return refused(bytes, start, 'closing');
    }
    if (lineEnd >= 0 && lineEnd < close) lineEnd = bytes.indexOf(newline, close);
    open = bytes.indexOf(quoteMark, close + 1);
    if (lineEnd >= 0 && (open < 0 || open > lineEnd)) {
      return { end: lineEnd + 1, fault: null, isOpen: false };
    }
    if (open < 0) return { end: -1, fault: null, isOpen: false };
  }
}

function refused(bytes: Buffer, start: number, fault: QuoteFault): Walk {
  return { end: bytes.indexOf(newline, start) + 1 || -1, fault, isOpen: false };
}
