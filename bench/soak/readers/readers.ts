/** Soak test: random files read by this package's readers, by csv-parse, and by Python's csv. */

import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse/sync';
import { endsLinesWithCr, LineFeeds } from '../../../src/data/files/bytes/line-ends.js';
import type { UnderstoodColumns } from '../../../src/data/files/columns.js';
import { IdIndex } from '../../../src/data/files/id-index.js';
import { halfStars, RatingParser, wholeStars } from '../../../src/data/files/rating.js';
import { recogniseRatings } from '../../../src/data/files/ratings-file.js';
import { encodingOf } from '../../../src/data/files/text/file-head.js';
import { bytesOfKind } from '../../../src/data/files/text/file-kind.js';
import { tableRows } from '../../../src/data/files/text/table-rows.js';
import { MultvaeError } from '../../../src/errors.js';
import { RandomStream } from '../../../src/random.js';
import { atEnd, removeFolder } from '../cleanup.js';
import {
  Draw,
  damaged,
  foreign,
  forms,
  randomRecords,
  type TableForm,
  wide,
  writeRecords,
} from './table-file.js';

/** The result of reading random files. */
export interface ReadersOutcome {
  readonly files: number;
  readonly megabytes: number;
  /** Files that this package refused, or refused a row of. */
  readonly refused: number;
  /** Of those, files that csv-parse reads and that hold nothing but ratings. */
  readonly refusedAlone: number;
  /** Files that Python read too. */
  readonly python: number;
  /** Why Python read none; null where it did. */
  readonly noPython: string | null;
  /** Files that were read in another way than by csv-parse or Python, with their number and form; twenty at most. */
  readonly differences: readonly string[];
}

type Rows = readonly (readonly string[])[];

/** A random file. */
interface Case {
  readonly number: number;
  readonly path: string;
  readonly form: TableForm;
  readonly records: Rows;
  readonly bytes: Buffer;
  readonly kind: 'correct' | 'damaged' | 'wide' | 'foreign';
}

/**
 * Reads random files: what a correct writer made must be read as it was written, and whatever else as csv-parse reads
 * it, or be refused.
 *
 * @param only - the number of the one file to read; it stays on disk
 */
export async function readers(count: number, seed = 1, only?: number): Promise<ReadersOutcome> {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-readers-'));
  const remove = atEnd(() => only === undefined && removeFolder(folder));
  const comparison = new Comparison();
  for (let number = only ?? 0; number < (only === undefined ? count : only + 1); number++) {
    const file = randomCase(folder, number, seed);
    await comparison.add(file);
    if (only === undefined && file.kind !== 'correct') rmSync(file.path);
  }
  const noPython = comparison.askPython();
  remove();
  return { ...comparison.outcome(), noPython };
}

function randomCase(folder: string, number: number, seed: number): Case {
  const draw = new Draw(new RandomStream(seed, 'readers', number));
  const form = draw.of(forms);
  const records = randomRecords(draw, form);
  const written = writeRecords(draw, form, records);
  const made = draw.of([
    'correct',
    'correct',
    'damaged',
    'damaged',
    'damaged',
    'wide',
    'foreign',
  ] as const);
  // MovieLens' names say which format a file without a header has.
  const name = {
    ',': 'a.csv',
    ';': 'a.csv',
    '\t': form.header ? 'a.tsv' : 'u.data',
    '|': 'a',
    '::': 'ratings.dat',
  };
  mkdirSync(join(folder, String(number)));
  const path = join(folder, String(number), name[form.delimiter]);
  const bytes = { correct: () => written, damaged, wide, foreign }[made](draw, written, form);
  const kind = bytes.equals(written) ? 'correct' : made;
  writeFileSync(path, bytes);
  return { number, path, form, records, bytes, kind };
}

/** Compares readers file by file. */
class Comparison {
  #files = 0;
  #bytes = 0;
  #refused = 0;
  #refusedAlone = 0;
  #python = 0;
  readonly #differences: string[] = [];
  readonly #forPython: { readonly file: Case; readonly digest: string }[] = [];

  async add(file: Case): Promise<void> {
    this.#files++;
    this.#bytes += file.bytes.length;
    if (file.kind === 'correct' || file.kind === 'damaged') await this.#compareTables(file);
    // The table without a header is one of titles.
    if (file.form.delimiter !== '|' || file.form.header) await this.#compareRatings(file);
  }

  /** The reader of rows, to which nothing is a header. */
  async #compareTables(file: Case): Promise<void> {
    const { path, form, records, bytes, kind } = file;
    const rows: (readonly string[])[] = [];
    const lines: number[] = [];
    let spanned = 0;
    let refused = 0;
    for await (const batch of tableRows(path, { ...form, header: false, columns: records[0]! })) {
      for (const row of batch.rows) rows.push(row);
      for (const line of batch.lines) lines.push(line);
      spanned += batch.spannedLines;
      refused += batch.refused.length;
    }
    const expected = parseAll(bytes, form);
    if (refused > 0) {
      if (kind === 'correct') this.#differ(file, 'rows of a correct file are refused');
      return;
    }
    if (expected === null || digestOf(rows) !== digestOf(expected)) {
      this.#differ(file, 'rows differ from those of csv-parse');
      return;
    }
    if (kind !== 'correct') return;
    if (digestOf(rows) !== digestOf(records))
      this.#differ(file, 'rows differ from the written ones');
    const begins = linesOf(records);
    if (lines.join() !== begins.slice(0, -1).join() || spanned !== begins.at(-1)! - 1) {
      this.#differ(file, 'the numbers of the lines differ');
    }
    // Python's csv knows delimiters of one character, and takes CR for a line end where nothing is quoted.
    if (form.delimiter !== '::') this.#forPython.push({ file, digest: digestOf(records) });
  }

  /** The reader of ratings, with its own recognition and its fast way. */
  async #compareRatings(file: Case): Promise<void> {
    const { path, form, records, bytes, kind } = file;
    const ratings: string[][] = [];
    let refused = 0;
    let columns: UnderstoodColumns | null = null;
    try {
      const users = new IdIndex();
      const items = new IdIndex();
      const recognised = await recogniseRatings(path, {
        quotes: form.quoted,
        delimiter: form.delimiter,
      });
      ({ columns } = recognised);
      for await (const batch of recognised.read(users, items)) {
        const { count, users: u, items: i, ratings: r, timestamps: t } = batch.ratings;
        for (let k = 0; k < count; k++) {
          ratings.push([users.ids[u[k]!]!, items.ids[i[k]!]!, String(r[k]), String(t[k])]);
        }
        refused += batch.refused.length;
      }
    } catch (error) {
      if (!(error instanceof MultvaeError)) throw error;
      refused++;
    }
    const encoding = form.header ? form.encoding : await encodingOf(path);
    const isWritten = kind === 'correct' || kind === 'wide';
    const rows = isWritten ? records : parseAll(bytes, { ...form, encoding });
    const expected = rows === null || columns === null ? null : ratingsOf(rows, form, columns);
    if (refused > 0) {
      this.#refused++;
      if (expected !== null) this.#refusedAlone++;
      if (isWritten) this.#differ(file, 'ratings of a correct file are refused');
      return;
    }
    if (kind === 'foreign') this.#differ(file, 'a foreign file is read');
    if (expected === null || digestOf(ratings) !== digestOf(expected)) {
      this.#differ(file, 'ratings differ from those of csv-parse');
    }
  }

  /** @returns why Python read nothing; null where it did */
  askPython(): string | null {
    const program = fileURLToPath(new URL('read-csv.py', import.meta.url));
    const tables = this.#forPython.map(({ file: { path, form, bytes } }) => {
      const encoding = hasMark(bytes) ? 'utf-8-sig' : form.encoding;
      return JSON.stringify({ path, encoding, delimiter: form.delimiter, quoted: form.quoted });
    });
    const answer = spawnSync('python3', [program], { input: tables.join('\n'), encoding: 'utf8' });
    if (answer.error !== undefined) return `python3 does not start: ${answer.error.message}`;
    if (answer.status !== 0) throw new Error(answer.stderr);
    const digests = answer.stdout.trimEnd().split('\n');
    for (const [i, { file, digest }] of this.#forPython.entries()) {
      this.#python++;
      if (digests[i] !== digest) this.#differ(file, `Python reads other rows (${digests[i]})`);
    }
    return null;
  }

  outcome(): Omit<ReadersOutcome, 'noPython'> {
    return {
      files: this.#files,
      megabytes: Math.round(this.#bytes / 1e6),
      refused: this.#refused,
      refusedAlone: this.#refusedAlone,
      python: this.#python,
      differences: this.#differences.slice(0, 20),
    };
  }

  #differ({ number, form, kind }: Case, what: string): void {
    this.#differences.push(`file ${number}, ${kind} ${JSON.stringify(form)}: ${what}`);
  }
}

/** All rows of a file by csv-parse, without blank lines; null where it refuses the file. */
function parseAll(bytes: Buffer, { delimiter, quoted, encoding }: TableForm): string[][] | null {
  try {
    const isOfCr = endsLinesWithCr(bytes.subarray(0, bytesOfKind));
    const lines = isOfCr ? Buffer.from(new LineFeeds().piece(bytes)) : bytes;
    const rows: string[][] = parse(hasMark(lines) ? lines.subarray(3) : lines, {
      delimiter,
      quote: quoted ? '"' : false,
      encoding,
      record_delimiter: ['\r\n', '\n'],
      relax_column_count: true,
    });
    return rows.filter((row) => row.length > 1 || row[0] !== '');
  } catch {
    return null;
  }
}

/** The ratings of rows; null where a row is none. */
function ratingsOf(
  rows: Rows,
  form: TableForm,
  { hasHeader, used }: UnderstoodColumns,
): string[][] | null {
  const body = rows.slice(rows.findIndex((row) => row.length > 1 || row[0]!.trim() !== ''));
  const names = hasHeader ? body.shift()! : body[0]!;
  // A damaged first row has less fields than its format has columns.
  if (used.some(({ place: column }) => column > names.length)) return null;
  const place = (purpose: string) => {
    const column = used.find((candidate) => candidate.purpose === purpose);
    return column === undefined ? null : column.place - 1;
  };
  const scale = form.delimiter === '\t' && !form.header ? wholeStars : halfStars;
  const places = {
    user: place('user')!,
    item: place('item')!,
    rating: place('rating'),
    timestamp: place('timestamp'),
    weight: place('weight'),
  };
  const parser = new RatingParser(names, places, {
    scale,
    decimalCommas: form.delimiter === ';',
  });
  const ratings: string[][] = [];
  for (const row of body) {
    const parsed = parser.parse(row);
    if ('rule' in parsed) return null;
    const { userId, itemId, rating: value, timestamp: time } = parsed;
    ratings.push([userId, itemId, String(value ?? Number.NaN), String(time ?? Number.NaN)]);
  }
  return ratings;
}

function hasMark(bytes: Buffer): boolean {
  return bytes.subarray(0, 3).toString('hex') === 'efbbbf';
}

/** The line on which each record begins, from 1, and the line after the last. */
function linesOf(records: Rows): number[] {
  const lines = [1];
  for (const record of records) lines.push(lines.at(-1)! + record.join('').split('\n').length);
  return lines;
}

/** The digest that `read-csv.py` computes too. */
function digestOf(rows: Rows): string {
  const digest = createHash('sha256');
  for (const row of rows) digest.update(`${row.join('\x1f')}\x1e`);
  return digest.digest('hex');
}
