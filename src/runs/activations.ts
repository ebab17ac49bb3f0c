/** The list of runs that were made active. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { replaceFile, unwritable } from '../storage/durable-files.js';
import { readFile } from './checked-files.js';
import { isRunId } from './run-id.js';

/** How to make a run the served one. */
export interface ActivationOptions {
  /** The caller has just checked the run's files. Default: false. */
  readonly isChecked?: boolean;
}

/**
 * The file `runs/active`: run ids, one a line. The first run is served; the others were served before it, latest first.
 * Call each method that writes inside `HomeLocks.alone`.
 */
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

  /** The run that was served before the present one. @throws RunError when there was none */
  previous(): string {
    const previous = this.read()[1];
    if (previous === undefined) throw noRunBefore();
    return previous;
  }

  /** Puts a run before all others. @throws RunError when the file cannot be written */
  add(id: string): void {
    const before = this.read();
    if (before[0] !== id) this.#write([id, ...before]);
  }

  /**
   * Takes the present run away, so that the one before it is served again.
   *
   * @param previous - the run that the caller has checked
   * @throws RunError when another run is the one before by now
   */
  goBack(previous: string): void {
    const ids = this.read();
    if (ids[1] !== previous) {
      throw new RunError(
        'another process has just chosen another run; `multvae runs` shows which. Try again.',
      );
    }
    this.#write(ids.slice(1));
  }

  /** Takes a run away that is to be removed. @throws RunError when it is the one that is served */
  forget(id: string): void {
    const ids = this.read();
    if (ids[0] === id) {
      throw new RunError(
        `run ${id} is the active one; activate another with \`multvae activate RUN\` before you remove it`,
      );
    }
    if (ids.includes(id)) this.#write(ids.filter((other) => other !== id));
  }

  #write(ids: readonly string[]): void {
    try {
      replaceFile(this.#path, ids.map((id) => `${id}\n`).join(''));
    } catch (error) {
      throw unwritable(this.#path, error);
    }
  }
}

/** The error of a rollback where no run was active before the active one. */
export function noRunBefore(): RunError {
  return new RunError(
    'no run was active before this one. `multvae runs` lists the runs; `multvae activate RUN` chooses one.',
  );
}
