/** The bad rows of an import: the first one stops it, or all of them go to a file beside the database. */
import { closeSync, fsyncSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../errors.js';
import { publishPartial, unwritable } from '../storage/durable-files.js';
import { removePartial } from '../storage/partial-files.js';
import type { RefusedRow } from './files/text/table-rows.js';
import { makeHomeFolder } from './home.js';

/** The bad rows of one import. */
export class Refusals {
  count = 0;
  readonly #home: string;
  readonly #skip: boolean;
  #file: number | null = null;
  #first: DataError | null = null;

  constructor(home: string, { skip }: { skip: boolean }) {
    this.#home = home;
    this.#skip = skip;
  }

  get #pending(): string {
    return join(this.#home, 'refused-rows.jsonl.importing');
  }

  /** @throws DataError for the first row, when bad rows are not skipped */
  add(path: string, rows: readonly RefusedRow[], { skip = this.#skip } = {}): void {
    for (const refused of rows) {
      if (!skip) throw refusalOf(path, refused);
      this.#first ??= refusalOf(path, refused);
      const { line, column, value, rule, row } = refused;
      const text = `${JSON.stringify({ file: path, line, column, value, rule, row })}\n`;
      try {
        if (this.#file === null) makeHomeFolder(this.#home);
        this.#file ??= openSync(this.#pending, 'w');
        writeFileSync(this.#file, text);
      } catch (error) {
        throw unwritable(this.#pending, error);
      }
      this.count++;
    }
  }

  /** The error of a file without a good row: that of the first bad one. */
  noGoodRow(path: string, what: 'rating' | 'item' = 'rating'): DataError {
    if (this.#first === null) return emptyFile(path, what);
    const { place, rule, remedy } = this.#first;
    return new DataError(place, `${rule}. No other row of the file is usable either`, remedy);
  }

  /** Waits until the disk has the file. Call it before the import is stored, so that a full disk stops that. */
  finish(): void {
    if (this.#file === null) return;
    try {
      fsyncSync(this.#file);
    } catch (error) {
      throw unwritable(this.#pending, error);
    }
  }

  /** Gives the file its final name. Call it when the import is stored. */
  publish(): string | null {
    if (this.#file === null) return null;
    this.#close();
    const path = join(this.#home, 'refused-rows.jsonl');
    try {
      publishPartial(this.#pending, path);
    } catch (error) {
      throw unwritable(path, error);
    }
    return path;
  }

  /** Removes a file that was not published, this import's or a killed one's. Only one import at a time calls it. */
  discard(): void {
    this.#close();
    removePartial(this.#pending);
  }

  #close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }
}

/** The error of a file without a row. */
export function emptyFile(path: string, what: 'rating' | 'item'): DataError {
  return new DataError(
    { file: path },
    `holds no ${what}`,
    'Give a file with rows after its header',
  );
}

/** The error of a bad row, where bad rows are not skipped. */
export function refusalOf(
  file: string,
  { line, column, value, rule, remedy }: RefusedRow,
): DataError {
  return new DataError(
    {
      file,
      line,
      ...(column !== undefined && { column }),
      ...(value !== undefined && { value }),
    },
    rule,
    remedy ?? 'Correct the row, or leave it out with --skip-bad-rows',
  );
}
