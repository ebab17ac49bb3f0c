/** `-` where a command takes a file: standard input, or standard output. */

import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { ArgumentError } from '../errors.js';
import { dash } from './arguments.js';
import { note, noteLines, print } from './terminal.js';

/** All of standard input. */
export function readStandardInput(): Promise<string> {
  remarkTerminal();
  return text(process.stdin);
}

/** The lines of standard input, as they come. */
export async function* standardInputLines(): AsyncGenerator<string> {
  remarkTerminal();
  yield* createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
}

function remarkTerminal(): void {
  if (process.stdin.isTTY) note('reading standard input; Ctrl-D ends it');
}

/**
 * Prints the text of a result for people: on stdout, or on stderr where a flag sends a file to stdout.
 *
 * @param files - the values of the flags that name a file
 * @throws ArgumentError when two of them are `-`
 */
export function textPrinter(files: Readonly<Record<string, string | undefined>>): typeof print {
  const flags = Object.keys(files).filter((flag) => files[flag] === dash);
  if (flags.length > 1) {
    throw new ArgumentError(
      `${flags.join(' and ')} are both ${dash}, and there is one standard output; name a file for one of them`,
    );
  }
  return flags.length === 0 ? print : noteLines;
}

/**
 * The words without the `-` that follows a `--json` without a value: such a command prints its JSON on stdout anyway, and
 * would take `-` for the id of a run. `recommend` is left alone, because its `-` is standard input.
 */
export function withoutJsonDash(
  words: readonly string[],
  commands: readonly Command[],
): readonly string[] {
  const command = commands.find((known) => known.name() === words[0]);
  const json = command?.options.find(({ long }) => long === '--json');
  const isFlag = json !== undefined && !json.required && !json.optional;
  if (!isFlag || command?.name() === 'recommend') return words;
  return words.filter((word, place) => word !== dash || words[place - 1] !== '--json');
}
