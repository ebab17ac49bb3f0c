/**
 * Prints results, remarks, tables and progress. Titles, ids, names of files and messages come from elsewhere, so all text
 * passes `visible` here: nothing in it can command the terminal.
 */

import { statSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { Option } from 'commander';
import type { HomeAt, HomePlace } from '../data/store/place.js';
import { HomeError, visible } from '../errors.js';
import { homePlace, placeAt, storeFlag } from '../home/place/place.js';
import { shellWord } from '../remedies.js';
import { writeNamedFile } from '../storage/durable-files.js';
import { namedFileError } from '../storage/faults.js';
import { dash, textArgument } from './arguments.js';
import { withoutPasswords } from './secrets.js';

/** Prints a result of one or more lines on stdout. JSON stays the same JSON. */
export function print(text: string): void {
  process.stdout.write(`${visibleLines(text)}\n`);
}

/** Prints a result for another program on stdout, byte for byte, except on a terminal. */
export function printExact(text: string): void {
  writeExact(`${text}\n`);
}

function writeExact(text: string): void {
  process.stdout.write(process.stdout.isTTY ? visibleLines(text) : text);
}

/** Prints a line of progress or a remark on stderr, without passwords of addresses. */
export function note(line: string): void {
  process.stderr.write(`${visible(withoutPasswords(line))}\n`);
}

/** Prints several lines on stderr, such as a table that is no result, without passwords of addresses. */
export function noteLines(text: string): void {
  process.stderr.write(`${visibleLines(withoutPasswords(text))}\n`);
}

/** `visible`, line by line. */
export function visibleLines(text: string): string {
  return text.split('\n').map(visible).join('\n');
}

/** The home where no flag and no variable names one. */
export const defaultHome = '.multvae';

/** Values of `homeOption` and `storeOption`. */
export interface HomeFlags {
  readonly home: string;
  readonly store?: string | undefined;
}

/** The home that the flags name. @throws ArgumentError for a store that is no URL of a PostgreSQL database */
export function placeOf({ home, store }: HomeFlags): HomePlace {
  return homePlace(home, store);
}

/**
 * ` --home FOLDER` and ` --store URL` for a command that a user may copy; empty for the default home, and without the
 * store where a variable of the environment names it.
 */
export function homeFlag(home: HomeAt): string {
  const place = placeAt(home);
  const folder = place.folder === defaultHome ? '' : ` --home ${shellWord(place.folder)}`;
  return place.store === process.env.MULTVAE_STORE ? folder : `${folder}${storeFlag(place)}`;
}

/**
 * Writes the file that a flag names, whole or not at all, or writes to stdout for `-` and its other names.
 *
 * @throws ArgumentError naming the flag when another path would help, StorageError when the disk refuses
 */
export function writeOutput(flag: string, path: string, text: string): void {
  // Where standard output is a file, to replace that file would take away what else is printed.
  if (path === dash || path === '/dev/stdout' || path === '/dev/fd/1') {
    writeExact(text);
    return;
  }
  try {
    writeNamedFile(path, text);
  } catch (error) {
    throw namedFileError(`${flag}: cannot write the file ${path}`, error);
  }
  note(`wrote ${path}`);
}

function homeArgument(text: string): string {
  const home = textArgument('--home (or MULTVAE_HOME)', 'a folder')(text);
  let isFile = false;
  try {
    isFile = !statSync(home).isDirectory();
  } catch {
    // Whether it can be made, or read, is found out by the command.
  }
  if (isFile) {
    throw new HomeError(`${home} is a file, not a folder; choose another folder with --home`);
  }
  return home;
}

/**
 * A message whose commands name the home, so that a user may copy them: `multvae train` becomes
 * `multvae train --home FOLDER`, except for the default home.
 */
export function withHome(message: string, home: HomeAt): string {
  const commands =
    /`(multvae (?:activate|anomalies|doctor|evaluate|fetch|import|remove|rollback|runs|serve|start|train|tune)\b(?![^`]*--h)[^`]*)`/g;
  return message.replace(commands, (_, command: string) => `\`${command}${homeFlag(home)}\``);
}

/** The folder that holds one data set and its runs; the same flag on every command. */
export function homeOption(): Option {
  return new Option('--home <folder>', 'folder of the data set and its runs')
    .env('MULTVAE_HOME')
    .argParser(homeArgument)
    .default(defaultHome);
}

/** The store of the home's data; the same flag on every command. */
export function storeOption(): Option {
  return new Option(
    '--store <url>',
    'PostgreSQL database of the data and runs, such as postgres://user@host/database?schema=shop (default: SQLite in the home)',
  ).env('MULTVAE_STORE');
}

/**
 * A plain table. The first column is left-aligned, the others right-aligned. A cell is one line.
 *
 * @param text - heads of further left-aligned columns
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: readonly string[] = [],
): string {
  const plain = new Table({
    head: head.map(visibleLines),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((name, column) => (column === 0 || text.includes(name) ? 'left' : 'right')),
    chars: {
      top: '',
      'top-mid': '',
      'top-left': '',
      'top-right': '',
      bottom: '',
      'bottom-mid': '',
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: '  ',
    },
  });
  plain.push(...rows.map((row) => row.map(visible)));
  return plain
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** Shows how far a long job is. */
export interface Progress {
  update(done: number, remark?: string): void;
  stop(): void;
}

/**
 * Begins to show progress: a bar on a terminal; elsewhere a line at most every two seconds, so logs stay readable.
 *
 * @param total - null when it is not known beforehand
 */
export function startProgress(label: string, total: number | null, unit: string): Progress {
  if (process.stderr.isTTY && total !== null) {
    const bar = new SingleBar({
      format: `{label} {bar} {percentage}% | {value}/{total} ${unit} | {remark}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      etaBuffer: 50,
    });
    bar.start(total, 0, { label: visible(label), remark: '' });
    return {
      update: (done, remark = '') => bar.update(Math.min(done, total), { remark: visible(remark) }),
      stop: () => bar.stop(),
    };
  }
  let last = Date.now();
  return {
    update: (done, remark = '') => {
      if (Date.now() - last < 2000) return;
      last = Date.now();
      const part = total ? ` of ${total} (${Math.floor((100 * done) / total)} %)` : '';
      note(`${label}: ${done}${part} ${unit}${remark && `, ${remark}`}`);
    },
    stop: () => undefined,
  };
}
