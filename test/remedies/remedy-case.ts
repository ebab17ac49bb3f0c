/** What a row of the table of causes and remedies needs to be tried out. */

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Remedy } from '../../src/errors.js';
import type { RemedyName } from '../../src/remedies.js';

/** Where a case works: both are new for each case, and removed after it. */
export interface Place {
  /** An empty folder. */
  readonly folder: string;
  /** A folder that is not there yet. */
  readonly home: string;
}

/** How a row is tried out, in this order. */
export interface RemedyCase {
  /** Makes the cause, runs what meets it, and gives the message: of the error, or what the command printed. */
  provoke(place: Place): Promise<string>;
  /** The row with its values. Its cause and its remedy must both be in the message. */
  expected(place: Place): Remedy;
  /** Does what the message says. `commandIn(message)` runs the command that it names. */
  apply(place: Place, message: string): void | Promise<void>;
  /** The next normal command; it must not throw, and may check what it answers. */
  next(place: Place): Promise<unknown>;
}

/** Cases by the name of their row. */
export type RemedyCases = Partial<Readonly<Record<RemedyName, RemedyCase>>>;

/** The message with which a promise is rejected. */
export async function refusal(answer: Promise<unknown>): Promise<string> {
  const message = await answer.then(
    () => null,
    (error: unknown) => (error as Error).message,
  );
  if (message === null) throw new Error('the cause was not refused');
  return message;
}

/** Runs the command that a message names between backticks. */
export function commandIn(message: string, { folder }: Place): void {
  const command = /`([^`]+)`/.exec(message)?.[1];
  if (command === undefined) throw new Error(`no command in: ${message}`);
  execFileSync('sh', ['-c', command], { cwd: folder, stdio: 'pipe' });
}

/** Writes a file into the place's folder. */
export function write({ folder }: Place, name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
