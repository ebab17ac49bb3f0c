/** Random ratings as text files: as a correct writer makes them, and damaged. */

import type { RandomStream } from '../../../src/random.js';

/** How a table is written. */
export interface TableForm {
  readonly delimiter: ',' | ';' | '\t' | '|' | '::';
  readonly quoted: boolean;
  readonly encoding: 'utf8' | 'latin1';
  /** With a header there is a column of free text too. */
  readonly header: boolean;
}

/** Every form that a reader of this package uses. */
export const forms: readonly TableForm[] = [
  { delimiter: ',', quoted: true, encoding: 'utf8', header: true },
  { delimiter: ',', quoted: true, encoding: 'utf8', header: true },
  { delimiter: ',', quoted: false, encoding: 'utf8', header: true },
  { delimiter: ';', quoted: true, encoding: 'utf8', header: true },
  { delimiter: '|', quoted: true, encoding: 'utf8', header: true },
  { delimiter: '\t', quoted: false, encoding: 'utf8', header: true },
  { delimiter: '\t', quoted: true, encoding: 'utf8', header: true },
  { delimiter: '\t', quoted: false, encoding: 'latin1', header: false },
  { delimiter: '|', quoted: false, encoding: 'latin1', header: false },
  { delimiter: '::', quoted: false, encoding: 'utf8', header: false },
];

/** Draws from a stream. */
export class Draw {
  readonly #random: RandomStream;

  constructor(random: RandomStream) {
    this.#random = random;
  }

  /** An integer from 0 to below `bound`. */
  below(bound: number): number {
    return this.#random.integer(bound);
  }

  chance(probability: number): boolean {
    return this.#random.float() < probability;
  }

  of<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }
}

const header = ['userId', 'movieId', 'rating', 'timestamp', 'note'];
const ids = [
  '1',
  '42',
  '007',
  '1.0',
  '9999999',
  'anna',
  'a b',
  'é',
  'a,b',
  'a"b',
  '"q"',
  'a|b',
  'x:y',
];
const ratings = ['1', '5', '3.5', '4.50', '5.', '2e0'];
const times = ['0', '978300760', '-5', '1.5', '978300760123'];
const pieces = ['a', 'Low', ' ', 'é', 'ß', '1', '"', '""', ',', '\t', '|', ';', '\n', '\r\n', '\r'];
const widePieces = ['神', '😀', '\u2028', '\ufeff'];

/** Random records of a form, the header first where it has one. */
export function randomRecords(draw: Draw, form: TableForm): string[][] {
  // The edge of a block then falls into any part of a record.
  const size = draw.chance(0.15) ? Math.max(1, draw.of(edges) - 60 + draw.below(80)) : 0;
  const count = form.header
    ? (size > 0 ? 2 : 1) + draw.below(12)
    : 1 + draw.below(8) + Math.ceil(size / 25);
  const records = Array.from({ length: count }, () => {
    const record = [ids, ids, ratings, times].map((from) => written(draw.of(from), form));
    if (form.header) record.push(note(draw, form));
    return record;
  });
  if (form.header && size > 0) {
    // Two long fields, because one alone would be longer than a line may be.
    for (const record of [records[0]!, records.at(-1)!]) {
      const filler = form.quoted && draw.chance(0.5) ? 'x,"\n' : 'x';
      const length = (size - 40 * count) / 2 / filler.length / (filler === 'x' ? 1 : 1.25);
      record[4] += filler.repeat(Math.max(1, length));
      if (form.delimiter === ',' && !form.quoted) record[4] = record[4]!.replaceAll(',', '');
    }
  }
  return form.header ? [header, ...records] : records;
}

/** The sizes of the blocks in which a file is read, and of its longest line. */
const edges = [128 << 10, 256 << 10, 1 << 20];

function note(draw: Draw, form: TableForm): string {
  const from = form.encoding === 'utf8' ? [...pieces, ...widePieces] : pieces;
  return written(Array.from({ length: draw.below(6) }, () => draw.of(from)).join(''), form);
}

/** A text as the form can hold it: without quotes, neither its delimiter nor a line end. */
function written(text: string, { delimiter, quoted }: TableForm): string {
  if (quoted) return text;
  return text.replaceAll(delimiter[0]!, '').replace(/[\r\n]/g, '') || 'x';
}

/** Writes records as a correct writer does: quoted where it must be, and sometimes where it need not. */
export function writeRecords(
  draw: Draw,
  form: TableForm,
  records: readonly (readonly string[])[],
): Buffer {
  const lineEnd = draw.of(['\n', '\n', '\r\n']);
  const style: Quoting = { ...form, always: draw.chance(0.2), often: draw.of([0, 0.1, 0.5]) };
  const lines = records.map((record) =>
    record
      .map((field) => (form.quoted ? quotedField(draw, style, field) : field))
      .join(form.delimiter),
  );
  const mark = form.encoding === 'utf8' && draw.chance(0.2) ? '\ufeff' : '';
  const end = draw.chance(0.3) ? '' : lineEnd;
  return Buffer.from(mark + lines.join(lineEnd) + end, form.encoding);
}

interface Quoting extends TableForm {
  readonly always: boolean;
  /** How often a field is quoted that need not be. */
  readonly often: number;
}

function quotedField(draw: Draw, { delimiter, always, often }: Quoting, field: string): string {
  const must = always || /["\r\n]/.test(field) || field.includes(delimiter);
  return must || draw.chance(often) ? `"${field.replaceAll('"', '""')}"` : field;
}

const added = [
  '"',
  '"',
  '""',
  ',',
  '\t',
  '::',
  '\n',
  '\r',
  '\r\n',
  '\0',
  'x',
  '"\n',
  '\n"',
  ',"',
  '","',
  ' ',
];

/** Bytes with a few random changes. */
export function damaged(draw: Draw, bytes: Buffer): Buffer {
  let text = bytes.toString('latin1');
  for (let changes = 1 + draw.below(4); changes > 0; changes--) {
    const at = draw.below(text.length + 1);
    const without = draw.chance(0.5) ? 0 : 1 + draw.below(3);
    const more = draw.chance(0.1) ? String.fromCharCode(draw.below(256)) : draw.of(added);
    text = text.slice(0, at) + (draw.chance(0.8) ? more : '') + text.slice(at + without);
  }
  return Buffer.from(text, 'latin1');
}

/** The same text in UTF-16 with a mark, which every reader takes. */
export function wide(draw: Draw, bytes: Buffer, { encoding }: TableForm): Buffer {
  const text = `\ufeff${bytes.toString(encoding).replace(/^\ufeff/, '')}`;
  const encoded = Buffer.from(text, 'utf16le');
  return draw.chance(0.5) ? encoded : encoded.swap16();
}

/** Text in UTF-16 without a mark, which no reader takes unless it is told. */
export function foreign(draw: Draw, bytes: Buffer, form: TableForm): Buffer {
  return wide(draw, bytes, form).subarray(2);
}
