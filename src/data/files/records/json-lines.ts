/** Reads JSON lines: one object a line, whose keys are the columns. */
import { isUtf8 } from 'node:buffer';
import { otherEncoding } from '../text/file-kind.js';
import { type LineBlock, maxLineBytes } from '../text/line-blocks.js';
import type { RefusedRow } from '../text/table-rows.js';
import { isObject, valueAt } from './json-path.js';
import type { TextOf } from './record-columns.js';
import type { RecordBatch } from './record-ratings.js';

/** Whether a first line begins an object. */
export function beginsObject(line: Buffer): boolean {
  return /^\s*\{\s*("|\}|$)/.test(line.toString());
}

/** The object in a line; null where the line is something else. */
export function objectIn(line: string): object | null {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

/** A value as a text: a number as JavaScript writes it, nothing for null. */
export function plainText(value: unknown): string | null {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  return value === null || value === undefined ? '' : null;
}

type Fault = Pick<RefusedRow, 'column' | 'value' | 'rule'>;

/** Reads the columns of lines. */
export class LineReader {
  readonly #names: readonly string[];
  /** The places of ids, whose numbers are kept as the file writes them. */
  readonly #ids: readonly number[];
  readonly #textOf: TextOf;

  constructor(names: readonly string[], ids: readonly number[], textOf: TextOf) {
    this.#names = names;
    this.#ids = ids;
    this.#textOf = textOf;
  }

  /** The texts of a line's columns, or the rule that it breaks. */
  read(line: string): readonly string[] | Fault {
    const record = objectIn(line);
    if (record === null) return { rule: 'the line must be one JSON object' };
    let asTexts: object | null = null;
    const row: string[] = [];
    for (const [place, name] of this.#names.entries()) {
      let value = valueAt(record, name);
      if (typeof value === 'number' && this.#ids.includes(place) && changesNumbers.test(line)) {
        asTexts ??= objectIn(line.replace(stringOrNumber, inQuotes));
        value = asTexts === null ? value : valueAt(asTexts, name);
      }
      const text = this.#textOf(value);
      if (text === null) {
        const rule = 'must be a text or a number';
        return { column: name, value: JSON.stringify(value).slice(0, 1000), rule };
      }
      row.push(text);
    }
    return row;
  }
}

/** Numbers that JavaScript may write otherwise: 1.0, 1e3, -0 and those of many digits. */
const changesNumbers = /\d[.eE]|\d{16}|-0/;
const stringOrNumber = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

function inQuotes(token: string): string {
  return token.startsWith('"') ? token : `"${token}"`;
}

/** The records of a block of lines. */
export function recordsOf(block: LineBlock, reader: LineReader): RecordBatch {
  const { bytes, firstLine, bytesRead, tooLong } = block;
  const rows: (readonly string[])[] = [];
  const lines: number[] = [];
  const refused: RefusedRow[] = [];
  if (tooLong) {
    const rule = `a line must be at most ${maxLineBytes} bytes long`;
    refused.push({ line: firstLine, rule, row: bytes.toString('utf8', 0, 1000) });
    return { rows, lines, refused, bytesRead };
  }
  const isText = isUtf8(bytes);
  let line = firstLine;
  for (let at = 0; at < bytes.length; line++) {
    const end = bytes.indexOf(10, at) < 0 ? bytes.length : bytes.indexOf(10, at);
    const record = bytes.subarray(at, end);
    at = end + 1;
    const text = record.toString();
    if (text.trim() === '') continue;
    const row = isText || isUtf8(record) ? reader.read(text) : notUtf8(record);
    if ('rule' in row) {
      refused.push({ line, ...row, row: text.slice(0, 1000) });
    } else {
      rows.push(row);
      lines.push(line);
    }
  }
  return { rows, lines, refused, bytesRead };
}

function notUtf8(record: Buffer): Fault & Pick<RefusedRow, 'remedy'> {
  const rule = 'must be valid UTF-8';
  const remedy = otherEncoding(record)?.remedy;
  return { rule, ...(remedy !== undefined && { remedy }) };
}
