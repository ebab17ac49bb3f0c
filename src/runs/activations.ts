/** The list of runs that were made active. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { replaceFile, unwritable } from '../storage/durable-files.js';
import { readFile } from './checked-files.js';
import { isRunId } from './run-id.js';

/** The file `runs/active`: run ids, one a line. The first run is served; the others were served before it, latest first. */
export class Activations {
  readonly #path: string;

  /** @param folder - the folder of all runs */
  constructor(folder: string) {
    this.#path = join(folder, 'active');
  }

  /**
   * The ids; none where no run was ever activated. The runs themselves are not read.
   *
   * @throws RunError when the file holds anything but run ids
   */
  read(): string[] {
    if (!existsSync(this.#path)) return [];
    const ids = readFile(this.#path).toString('utf8').trimEnd().split('\n');
    if (!ids.every(isRunId)) {
      throw new RunError(
        `${this.#path} is damaged: it should hold run ids, one a line. Delete it and choose a run with \`multvae activate RUN\`.`,
      );
    }
    return ids;
  }

  /**
   * Replaces the list, whole or not at all.
   *
   * @throws RunError when the file cannot be written
   */
  write(ids: readonly string[]): void {
    try {
      replaceFile(this.#path, ids.map((id) => `${id}\n`).join(''));
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }
}
