/** The records of a file whose quotes hold lines that could be rows of their own. */
import { remedies, sentence } from '../remedies.js';
import type { SwallowedRows } from './files/text/table-rows.js';

/** Counts the records of a file, or of its parts, whose quotes hold lines that could be rows, for one remark on all of them. */
export class SwallowedRecords {
  /** Of the first record. */
  #path: string;
  readonly #again: string;
  #first: SwallowedRows | null = null;
  #count = 0;

  /** @param again - the flags with which the home takes the file once more */
  constructor(path: string, again: string) {
    this.#path = path;
    this.#again = again;
  }

  /** @param path - the part of the file that they are from */
  add(records: readonly SwallowedRows[], path = this.#path): void {
    if (this.#first === null && records.length > 0) {
      this.#first = records[0]!;
      this.#path = path;
    }
    this.#count += records.length;
  }

  /** A sentence on the first record; none where there is no such record. */
  remarks(): string[] {
    if (this.#first === null) return [];
    const { line, lastLine, rows } = this.#first;
    const row = remedies.swallowedRows({
      place: `${this.#path}, line ${line}`,
      lines: `${line} to ${lastLine}`,
      rows: rows.length,
      others: this.#count - 1,
      again: this.#again,
    });
    return [sentence(row)];
  }
}
