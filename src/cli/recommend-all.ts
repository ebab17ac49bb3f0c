/** `multvae recommend --all` and `--users FILE`: the lists of many users, written to one file. */

import { accessSync, constants, createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ArgumentError } from '../errors.js';
import { isWithoutList, type ListBlock, makeLists } from '../home/serving/lists.js';
import { openServing } from '../home/serving.js';
import type { RecommendationOptions } from '../serving/ranking/options.js';
import { namedFileError } from '../storage/faults.js';
import { type NamedOutput, openNamedOutput } from '../storage/named-output.js';
import { dash, type EngineFlags } from './arguments.js';
import { formatOf, type ListFormat, type ListText, listText } from './display/lists.js';
import { untilSignal } from './signals.js';
import { standardInputLines } from './standard-streams.js';
import {
  type HomeFlags,
  note,
  type Progress,
  placeOf,
  startProgress,
  visibleLines,
} from './terminal.js';

/** The flags of lists for many users. */
export interface ListFlags {
  readonly all?: true;
  readonly users?: string;
  readonly output?: string;
  readonly format?: ListFormat;
}

type Flags = ListFlags &
  EngineFlags &
  HomeFlags &
  RecommendationOptions & { readonly run?: string };

/** A remark names at most this many users. */
const maxNamed = 10;

/** Whether the flags ask for the lists of many users. */
export function wantsAll({ all, users }: ListFlags): boolean {
  return all === true || users !== undefined;
}

/**
 * Checks flags of which one needs another, or excludes it.
 *
 * @throws ArgumentError
 */
export function checkListFlags(
  userId: string | undefined,
  flags: ListFlags & Pick<RecommendationOptions, 'items'>,
): void {
  if (!wantsAll(flags)) {
    const [flag] = Object.entries({ '--output': flags.output, '--format': flags.format })
      .filter(([, value]) => value !== undefined)
      .map(([name]) => name);
    if (flag === undefined) return;
    throw new ArgumentError(
      `${flag} goes with the lists of many users; add --all or --users FILE, or leave ${flag} out`,
    );
  }
  const asked = flags.all ? '--all' : '--users';
  if (userId !== undefined) {
    throw new ArgumentError(
      `${asked} and the user ${userId} are both given; leave one of them out`,
    );
  }
  if (flags.items?.length) {
    throw new ArgumentError(
      `${asked} and --items are both given, and a basket belongs to one user; leave one of them out`,
    );
  }
}

/** Writes the lists, and says how many they are and how long they took. */
export async function recommendAll(flags: Flags): Promise<void> {
  const { output = dash } = flags;
  const text = listText(flags.format ?? formatOf(output), flags);
  if (flags.users !== undefined && flags.users !== dash) checkReadable(flags.users);
  const startMs = performance.now();
  const tally = new Tally();
  await untilSignal(async (signal) => {
    const serving = await openServing(placeOf(flags), { ...flags, inThread: true, onRemark: note });
    let progress: Progress | null = null;
    try {
      const total = flags.users === undefined ? await serving.store.userCount() : null;
      progress = startProgress('recommend', total, 'users');
      const shown = progress;
      await written(output, async ({ write }) => {
        if (text.head !== '') await write(text.head);
        const users = flags.users === undefined ? undefined : usersIn(flags.users);
        await makeLists(serving, { ...flags, users, signal }, async (block) => {
          await write(tally.add(block, text));
          shown.update(tally.users, `${rate(tally.users, startMs)} a second`);
        });
      });
    } finally {
      progress?.stop();
      await serving.close();
    }
  });
  tally.tell(startMs);
  if (output !== dash) note(`wrote ${output}`);
}

/** Counts the lists. */
class Tally {
  users = 0;
  #lists = 0;
  #byPopularity = 0;
  #empty = 0;
  #unknown = 0;
  #noIds = 0;

  /** The lines of a block. */
  add(block: ListBlock, text: ListText): string {
    let lines = '';
    for (const entry of block) {
      this.users++;
      if (isWithoutList(entry)) {
        if (!(entry.error instanceof ArgumentError)) {
          this.#unknown++;
          continue;
        }
        process.exitCode = entry.error.exitCode;
        if (++this.#noIds <= maxNamed) note(`no list for ${entry.userId}: ${entry.error.message}`);
        continue;
      }
      this.#lists++;
      if (entry.source === 'popularity') this.#byPopularity++;
      if (entry.items.length === 0) this.#empty++;
      lines += text.lines(entry);
    }
    return lines;
  }

  tell(startMs: number): void {
    if (this.users === 0) {
      note('there are no users, so there are no lists');
      return;
    }
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    const parts = [
      `${counted(this.#lists, 'list')} in ${seconds} s (${rate(this.users, startMs)} users a second)`,
      this.#byPopularity > 0 ? `${this.#byPopularity} of them of the most popular items` : null,
      this.#empty > 0 ? `${this.#empty} of them empty` : null,
      this.#unknown > 0
        ? `none for ${counted(this.#unknown, 'user')} whom the model does not know`
        : null,
      this.#noIds > 0
        ? `none for ${counted(this.#noIds, 'line')} that ${this.#noIds === 1 ? 'is' : 'are'} no user id`
        : null,
    ];
    note(parts.filter((part) => part !== null).join('; '));
  }
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function rate(users: number, startMs: number): number {
  return Math.round((1000 * users) / Math.max(1, performance.now() - startMs));
}

/** Writes the output whole or not at all. A reader of standard output that leaves early ends the work. */
async function written(
  output: string,
  produce: (out: Pick<NamedOutput, 'write'>) => Promise<void>,
): Promise<void> {
  if (output === dash) {
    await produce({ write: writeToStdout }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
    return;
  }
  const what = `--output: cannot write the file ${output}`;
  const orNamed = (error: unknown) => {
    throw namedFileError(what, error);
  };
  const file = await openNamedOutput(output).catch(orNamed);
  try {
    await produce({ write: (text) => file.write(text).catch(orNamed) });
    await file.finish().catch(orNamed);
  } finally {
    await file.discard();
  }
}

function writeToStdout(text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const shown = process.stdout.isTTY ? visibleLines(text) : text;
    process.stdout.write(shown, (error) => (error ? reject(error) : resolve()));
  });
}

/** Says before the work begins what is wrong with a file. */
function checkReadable(file: string): void {
  try {
    accessSync(file, constants.R_OK);
  } catch (error) {
    throw namedFileError(`--users: cannot read the file ${file}`, error);
  }
}

/** The ids of a file, one a line; of standard input for `-`. @throws ArgumentError when it cannot be read */
async function* usersIn(file: string): AsyncGenerator<string> {
  const lines =
    file === dash
      ? standardInputLines()
      : createInterface({ input: createReadStream(file), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) {
      const id = line.replace(/^\uFEFF/, '').trim();
      if (id !== '') yield id;
    }
  } catch (error) {
    throw namedFileError(`--users: cannot read the file ${file}`, error);
  }
}
