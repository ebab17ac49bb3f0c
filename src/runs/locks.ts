/** Who works on what in a home: locks that the operating system releases when their process ends. */
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { makeHomeFolder } from '../data/home.js';
import { RunError } from '../errors.js';
import { unwritable } from '../storage/durable-files.js';
import { removePartial } from '../storage/partial-files.js';
import { ProcessLock } from '../storage/sqlite/process-lock.js';

/** How long to wait for another process that changes the list of runs; it takes milliseconds. */
const listWaitMs = 10_000;

const holderSchema = z.object({
  pid: z.int(),
  host: z.string(),
  bootId: z.string().nullable(),
  since: z.string(),
});

/**
 * A process that holds a lock, as it described itself. It is for messages alone: numbers of processes repeat, and mean
 * nothing outside their container.
 */
export type LockHolder = z.output<typeof holderSchema>;

/** The holder of a lock that has not described itself. */
export const unknownHolder: LockHolder = { pid: 0, host: '', bootId: null, since: '' };

/** A lock of this process. */
export interface Claim {
  /** Gives the lock back; call it once. The end of the process does so too. */
  release(): void;
}

/** The locks of a home, in `<home>/locks/`, each with a description of its holder in JSON beside it. */
export class HomeLocks {
  readonly #folder: string;
  #isAlone = false;

  constructor(home: string) {
    this.#folder = join(home, 'locks');
  }

  /**
   * Runs a function while no other process changes the list of runs. Every read of the list that decides about a write
   * belongs inside.
   *
   * @throws RunError when another process does not end its change
   * @throws HomeError when the home cannot be written
   */
  alone<T>(change: () => T): T {
    if (this.#isAlone) return change();
    makeHomeFolder(this.#folder);
    const path = join(this.#folder, 'runs');
    const lock = ProcessLock.take(path, listWaitMs);
    if (lock === null) {
      throw new RunError(
        `another process has been changing the runs for ${listWaitMs / 1000} s (${path} is locked); try again, and end that process if it hangs`,
      );
    }
    this.#isAlone = true;
    try {
      return change();
    } finally {
      this.#isAlone = false;
      lock.release();
    }
  }

  /**
   * Takes the lock of a name. Call it inside `alone`, because only then no lock file is deleted meanwhile.
   *
   * @returns null when it is held: by another process, or by another part of this one
   */
  claim(name: string): Claim | null {
    const path = this.#path(name);
    const lock = ProcessLock.take(path);
    if (lock === null) return null;
    const description = this.#description(name);
    try {
      writeFileSync(description, `${JSON.stringify(ownDescription())}\n`);
    } catch (error) {
      lock.release();
      for (const file of [description, path]) removePartial(file);
      throw unwritable(description, error);
    }
    return {
      release: () => {
        // The home may have been deleted; it must not come back.
        if (!existsSync(path)) return lock.release();
        this.alone(() => {
          lock.release();
          for (const file of [description, path]) rmSync(file, { force: true });
        });
      },
    };
  }

  /** Who holds the lock of a name; null for nobody. */
  holder(name: string): LockHolder | null {
    if (!ProcessLock.isHeld(this.#path(name))) return null;
    try {
      const text = readFileSync(this.#description(name), 'utf8');
      return holderSchema.parse(JSON.parse(text));
    } catch {
      return unknownHolder;
    }
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #description(name: string): string {
    return join(this.#folder, `${name}.json`);
  }
}

/** A holder in words, such as `process 12 in the container web-1, since 2026-11-27T16:40:00.000Z`. */
export function holderText(holder: LockHolder): string {
  const { pid, host, bootId, since } = holder;
  if (pid === 0) return 'another process';
  const own = ownDescription();
  const process = pid === own.pid && host === own.host ? 'this process' : `process ${pid}`;
  if (host === '' || host === own.host) return `${process}, since ${since}`;
  const isSameMachine = bootId !== null && bootId === own.bootId;
  const place = isSameMachine ? 'in the container' : 'on the machine';
  return `${process} ${place} ${host}, since ${since}`;
}

function ownDescription(): LockHolder {
  return {
    pid: process.pid,
    host: hostname(),
    bootId: bootId(),
    since: new Date().toISOString(),
  };
}

/** What Linux calls the time since it was started; containers of one machine share it. */
function bootId(): string | null {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return null;
  }
}
