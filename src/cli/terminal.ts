/** Prints results, remarks, tables and progress. */

import { writeFileSync } from 'node:fs';
import { SingleBar } from 'cli-progress';
import Table from 'cli-table3';
import { Option } from 'commander';
import { ArgumentError } from '../errors.js';
import { textArgument } from './arguments.js';

/** Prints a line of a result on stdout. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Prints a line of progress or a remark on stderr. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

const defaultHome = '.multvae';

/** ` --home FOLDER` for a command that a user may copy; empty for the default home. */
export function homeFlag(home: string): string {
  if (home === defaultHome) return '';
  return ` --home ${/^[\w./-]+$/.test(home) ? home : `'${home.replaceAll("'", "'\\''")}'`}`;
}

/**
 * Writes the file that a flag names.
 *
 * @throws ArgumentError naming the flag when it cannot be written
 */
export function writeOutput(flag: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new ArgumentError(`${flag}: cannot write the file: ${(error as Error).message}`);
  }
  note(`wrote ${path}`);
}

/** The folder that holds one data set and its runs; the same flag on every command. */
export function homeOption(): Option {
  return new Option('--home <folder>', 'folder of the data set and its runs')
    .env('MULTVAE_HOME')
    .argParser(textArgument('--home (or MULTVAE_HOME)', 'a folder'))
    .default(defaultHome);
}

/**
 * A plain table. The first column is left-aligned, the others right-aligned.
 *
 * @param text - heads of further left-aligned columns
 */
export function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  text: readonly string[] = [],
): string {
  const plain = new Table({
    head: [...head],
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
  plain.push(...rows.map((row) => [...row]));
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
      format: `${label} {bar} {percentage}% | {value}/{total} ${unit} | {remark}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: false,
      etaBuffer: 50,
    });
    bar.start(total, 0, { remark: '' });
    return {
      update: (done, remark = '') => bar.update(Math.min(done, total), { remark }),
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
