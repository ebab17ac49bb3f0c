/** Runs that have begun and are not published: `<home>/runs/.pending-<id>`. */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../data/home.js';
import { RunError } from '../errors.js';
import { unwritable } from '../storage/durable-files.js';
import { type Claim, type HomeLocks, holderText, type LockHolder, unknownHolder } from './locks.js';
import { isRunId, newestFirst } from './run-id.js';

const pendingPrefix = '.pending-';
/** Version 0.1 wrote the number of the training process into this file of the folder. */
const oldClaimFile = 'process';
/** A process that began so much later than the file was written is another one with the same number. */
const clockSlackMs = 60_000;

/** A run that this process trains. */
export interface TrainingClaim extends Claim {
  readonly id: string;
  /** Where the run keeps its state until it is published. */
  readonly folder: string;
}

/**
 * The folders of the runs that have begun and are not published. One process at a time may train a run.
 *
 * Every `id` must be a plain run id; the caller checks it.
 */
export class PendingRuns {
  readonly #folder: string;
  readonly #locks: HomeLocks;

  /** @param folder - the folder of all runs */
  constructor(folder: string, locks: HomeLocks) {
    this.#folder = folder;
    this.#locks = locks;
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
   * Makes the folder of a new run and reserves the run for its caller.
   *
   * @param newId - gives an id that no run has
   */
  begin(newId: () => string): TrainingClaim {
    return this.#locks.alone(() => {
      const id = newId();
      const folder = this.make(id);
      try {
        return this.reserve(id);
      } catch (error) {
        rmSync(folder, { recursive: true, force: true });
        throw error;
      }
    });
  }

  /**
   * Reserves a run that has begun, to go on with it.
   *
   * @param known - the ids of those that have begun, for the message
   * @throws RunError when it is none of them, or somebody trains it
   */
  claim(id: string, known: () => readonly string[]): TrainingClaim {
    const requireFolder = () => {
      if (this.has(id)) return;
      const ids = known();
      const others = ids.length === 0 ? 'None is' : `These are: ${ids.join(', ')}`;
      throw new RunError(`run ${id} is no training that was stopped. ${others}.`);
    };
    requireFolder();
    return this.#locks.alone(() => {
      requireFolder();
      return this.reserve(id);
    });
  }

  /**
   * Reserves a run for its caller, whether it has a folder or not. Call it inside `HomeLocks.alone`.
   *
   * @throws RunError when somebody trains the run
   */
  reserve(id: string): TrainingClaim {
    const old = this.#oldTrainer(id);
    if (old !== null) throw this.#isTrained(id, old);
    const claim = this.#locks.claim(id);
    if (claim === null) throw this.#isTrained(id, this.#locks.holder(id) ?? unknownHolder);
    const folder = this.path(id);
    rmSync(join(folder, oldClaimFile), { force: true });
    return { id, folder, release: () => claim.release() };
  }

  /** Who trains a run: another process, or this one; null for nobody. */
  trainer(id: string): LockHolder | null {
    return this.#locks.holder(id) ?? this.#oldTrainer(id);
  }

  /** The ids among the names in the folder of all runs, newest first. */
  idsAmong(names: readonly string[]): string[] {
    return names
      .filter((name) => name.startsWith(pendingPrefix))
      .map((name) => name.slice(pendingPrefix.length))
      .filter(isRunId)
      .sort(newestFirst);
  }

  #isTrained(id: string, holder: LockHolder): RunError {
    const file = join(this.path(id), oldClaimFile);
    const other = existsSync(file) ? `, or delete ${file} if it is another program` : '';
    return new RunError(
      `run ${id} is being trained by ${holderText(holder)}; stop that process first${other}`,
    );
  }

  /**
   * The living process of version 0.1 that trains a run; null where there is none.
   *
   * Its file holds no more than a number. On Linux a newer process with the same number is recognised by its start.
   */
  #oldTrainer(id: string): LockHolder | null {
    const file = join(this.path(id), oldClaimFile);
    let pid: number;
    let claimedMs: number;
    try {
      pid = Number(readFileSync(file, 'utf8'));
      claimedMs = statSync(file).mtimeMs;
    } catch {
      return null;
    }
    if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid || !isAlive(pid)) return null;
    if ((startOf(pid) ?? 0) > claimedMs + clockSlackMs) return null;
    return { ...unknownHolder, pid, since: new Date(claimedMs).toISOString() };
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process lives and belongs to another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Clock ticks in a second, as Linux counts them for programs. */
const ticksPerS = 100;

/** When a process began, in milliseconds since 1970; null where the system does not say. */
function startOf(pid: number): number | null {
  try {
    const bootS = /^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'));
    // The name of the program, in brackets, may hold blanks and brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const ticks = Number(fields[19]);
    return bootS === null ? null : (Number(bootS[1]) + ticks / ticksPerS) * 1000;
  } catch {
    return null;
  }
}
