/** Runs that have begun and are not published: `<home>/runs/.pending-<id>`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/home.js';
import { RunError } from '../errors.js';
import { unwritable } from '../storage/durable-files.js';
import { claimFile, claimFolder, folderHolder } from './claim.js';
import { isRunId, newestFirst } from './run-id.js';

const pendingPrefix = '.pending-';

/**
 * The folders of the runs that have begun and are not published. One process at a time may train a run.
 *
 * Every `id` must be a plain run id; the caller checks it.
 */
export class PendingRuns {
  readonly #folder: string;

  /** @param folder - the folder of all runs */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The folder of a run, whether it exists or not. */
  path(id: string): string {
    return join(this.#folder, `${pendingPrefix}${id}`);
  }

  has(id: string): boolean {
    return existsSync(this.path(id));
  }

  /**
   * Makes the folder of a run where it is missing.
   *
   * @returns its path
   * @throws RunError when the folder cannot be made
   */
  make(id: string): string {
    const folder = this.path(id);
    try {
      makeFolder(folder);
    } catch (error) {
      throw unwritable(folder, error);
    }
    return folder;
  }

  /**
   * Makes the folder and reserves the run for this process, until the process ends.
   *
   * @returns the folder's path
   * @throws RunError when another process trains the run, or the folder cannot be made
   */
  claim(id: string): string {
    const folder = this.make(id);
    this.refuseClaimed(id);
    try {
      claimFolder(folder);
    } catch (error) {
      throw unwritable(folder, error);
    }
    return folder;
  }

  /** The id of the other process that trains a run; null when there is none. */
  trainer(id: string): number | null {
    return folderHolder(this.path(id));
  }

  /** @throws RunError when another process trains the run */
  refuseClaimed(id: string): void {
    const pid = this.trainer(id);
    if (pid === null) return;
    throw new RunError(
      `run ${id} is being trained by process ${pid}; stop that process first, or delete ${join(this.path(id), claimFile)} if it is another program`,
    );
  }

  /** The ids among the names in the folder of all runs, newest first. */
  idsAmong(names: readonly string[]): string[] {
    return names
      .filter((name) => name.startsWith(pendingPrefix))
      .map((name) => name.slice(pendingPrefix.length))
      .filter(isRunId)
      .sort(newestFirst);
  }
}
