/** Flags that say how ratings files are read. */

import type { Command } from 'commander';
import type { ColumnNames } from '../data/files/columns.js';
import type { Scale } from '../data/files/rating.js';
import type { Delimiter } from '../data/files/text/delimiters.js';
import type { ImportOptions } from '../data/import.js';
import { ArgumentError, quote } from '../errors.js';
import { delimiting } from '../home/data-sets.js';
import { numberArgument, textArgument } from './arguments.js';
import { type ItemFlags, itemColumnsOf } from './item-options.js';

/** The flags of `addReadingOptions` and `addItemOptions`. */
export interface ReadingFlags extends ItemFlags {
  readonly userColumn?: string;
  readonly itemColumn?: string;
  /** False: not read. */
  readonly ratingColumn?: string | false;
  readonly timestampColumn?: string | false;
  /** False: not read, as without the flag. */
  readonly weightColumn?: string | false;
  readonly delimiter?: Delimiter;
  readonly header?: boolean;
  readonly minWeight?: number;
  readonly scale?: Scale;
  readonly encoding?: string;
  readonly quotes?: boolean;
}

/** Adds the flags of every command that reads ratings files; `addItemOptions` adds those of the items beside them. */
export function addReadingOptions(command: Command): Command {
  return command
    .option(
      '--user-column <name>',
      'column with user ids: its header, or its number from 1 (default: found by its name, as the others)',
    )
    .option('--item-column <name>', 'column with item ids')
    .option('--rating-column <name>', 'column with ratings')
    .option('--no-rating-column', 'read no ratings: every row is a click')
    .option('--timestamp-column <name>', 'column with times: dates, or seconds since 1970')
    .option('--no-timestamp-column', 'read no times')
    .option('--weight-column <name>', 'column with counts, such as plays or quantities')
    .option('--no-weight-column', 'read no weights (default)')
    .option(
      '--min-weight <n>',
      "a user's rows of an item are a click when their weights add up to this (default: to anything above 0); rows without weights weigh 1",
      numberArgument('--min-weight', 0, 1e15),
    )
    .option(
      '--delimiter <text>',
      'what separates the fields: , ; | :: tab blank (default: found by the first lines)',
      delimiterArgument,
    )
    .option('--header', 'the first line names the columns (default: found by the first lines)')
    .option('--no-header', 'the first line is a row: columns have numbers, from 1')
    .option(
      '--scale <low..high>',
      'lowest and highest rating (default: 1..5 in u.data, 0.5..5 elsewhere)',
      scaleArgument,
    )
    .option(
      '--encoding <name>',
      'encoding of the text: utf-8, utf-16le, utf-16be, latin1 or windows-1252 (default: utf-8, or what a byte order mark says)',
    )
    .option('--quotes', 'read " as a quote around a field (default, but with tabs and ::)')
    .option('--no-quotes', 'read " as an ordinary character (default with tabs and ::)');
}

/** How files are read, as the flags say. */
export function readingOf(flags: ReadingFlags): ImportOptions {
  return {
    columns: columnsOf(flags),
    ...(flags.delimiter && { delimiter: flags.delimiter }),
    ...(flags.header !== undefined && { header: flags.header }),
    ...(flags.scale && { scale: flags.scale }),
    ...(flags.minWeight !== undefined && { minWeight: flags.minWeight }),
    ...(flags.items !== undefined && { items: flags.items }),
    ...(flags.encoding !== undefined && { encoding: flags.encoding }),
    ...itemColumnsOf(flags),
    ...(flags.quotes !== undefined && { quotes: flags.quotes }),
  };
}

/** The columns that the flags name; null for one that is not read. */
export function columnsOf(flags: ReadingFlags): ColumnNames {
  const { userColumn, itemColumn, ratingColumn, timestampColumn, weightColumn } = flags;
  return {
    ...(userColumn !== undefined && { user: userColumn }),
    ...(itemColumn !== undefined && { item: itemColumn }),
    ...(ratingColumn !== undefined && { rating: ratingColumn || null }),
    ...(timestampColumn !== undefined && { timestamp: timestampColumn || null }),
    ...(weightColumn !== undefined && { weight: weightColumn || null }),
  };
}

const oneSource = textArgument('the source', 'a file, a folder or a name of `multvae datasets`');

/** Collects the sources of an import. */
export function sourcesArgument(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, oneSource(text)];
}

function scaleArgument(text: string): Scale {
  const match = /^(-?(?:\d+\.?\d*|\.\d+))\.\.(-?(?:\d+\.?\d*|\.\d+))$/.exec(text);
  const low = Number(match?.[1]);
  const high = Number(match?.[2]);
  if (match && low < high && Math.abs(low) <= 1e9 && high <= 1e9) return { low, high };
  throw new ArgumentError(
    `--scale is ${quote(text)}; give two numbers up to 1e9, the lower one first, such as 0..10`,
  );
}

function delimiterArgument(text: string): Delimiter {
  const delimiter = delimiting.named(text);
  if (delimiter !== null) return delimiter;
  throw new ArgumentError(
    `--delimiter is ${quote(text)}; give one of , ; | :: tab blank (between quotes in a shell, such as ';')`,
  );
}
