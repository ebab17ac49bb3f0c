/** What a row of the table of storage errors needs to be tried out. */

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { buildFaultyDisk, faultyDisk, whyNoFaults } from '../../bench/soak/faults/disk.js';
import type { Place } from './remedy-case.js';

const run = promisify(execFile);

/** The built command. */
export const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** How a row is tried out, in this order; or why that is not possible here. */
export type StorageCase =
  | { readonly cannot: string }
  | {
      readonly cannot?: never;
      /** Makes the fault, runs what meets it, and gives the message. */
      provoke(place: Place): Promise<string>;
      /** Does what the remedy says. */
      apply(place: Place): void;
      /** The next command; it must not throw. */
      next(place: Place): Promise<unknown>;
    };

/** A child process that was refused: what it wrote to stderr. Its exit code must be a documented one. */
export async function refusedChild(
  file: string,
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; uid?: number; gid?: number } = {},
): Promise<string> {
  const ended: { code?: unknown; stderr: string } = await run(file, words, options).catch(
    (error) => error,
  );
  if (ended.code !== 2 && ended.code !== 3) {
    throw new Error(`the child ended with ${ended.code}: ${ended.stderr}`);
  }
  return ended.stderr;
}

const noFaults = whyNoFaults();
let library: string | undefined;

/** A command of which the disk refuses every change with an error, until it is run again. */
export function refusedBy(
  errno: number,
  words: (place: Place) => readonly string[],
  next: (place: Place) => Promise<unknown>,
): StorageCase {
  if (noFaults !== null) return { cannot: noFaults };
  return {
    provoke: (place) => {
      library ??= buildFaultyDisk('faulty-disk-remedies');
      const variables = { FAULT_ERRNO: String(errno), FAULT_AT: '1', FAULT_STICKY: '1' };
      const counter = join(place.folder, 'counter');
      const env = faultyDisk(library, place.home, { counter, variables });
      return refusedChild(process.execPath, [main, ...words(place)], { env });
    },
    apply: () => undefined,
    next,
  };
}

/** A command under a limit of the shell. */
export function refusedUnder(limit: string, words: readonly string[]): Promise<string> {
  const command = `ulimit ${limit} && exec "$0" "$@"`;
  return refusedChild('sh', ['-c', command, process.execPath, ...words]);
}
