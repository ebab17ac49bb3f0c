/** The records of a file whose quotes hold lines that could be rows of their own. */
import { remedies, sentence } from '../remedies.js';
import type { SwallowedRows } from './files/text/table-rows.js';

/** Counts the records of one file whose quotes hold lines that could be rows, for one remark on all of them. */
export class SwallowedRecords {
  readonly #path: string;
  readonly #again: string;
  #first: SwallowedRows | null = null;
  #count = 0;

  /** @param again - the flags with which the home takes the file once more */
  constructor(path: string, again: string) {
    this.#path = path;
    this.#again = again;
  }

  add(records: readonly SwallowedRows[]): void {
    this.#first ??= records[0] ?? null;
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
