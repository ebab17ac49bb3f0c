import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { readFile } from './checked-files.js';
import { replaceFile, unwritable } from './durable-files.js';
import { isRunId } from './run-id.js';

/** `runs/active`: run ids, one a line. The first is served, the others were served before it, latest first. */
export class Activations {
  readonly #path: string;

  /** @param folder - that holds the runs */
  constructor(folder: string) {
    this.#path = join(folder, 'active');
  }

  /**
   * None where nothing was ever activated; the runs themselves are not looked at.
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
   * @throws RunError when the disk refuses
   */
  write(ids: readonly string[]): void {
    try {
      replaceFile(this.#path, ids.map((id) => `${id}\n`).join(''));
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }
}
