/** `multvae import`: brings ratings into a home. */

import { Command, Option } from 'commander';
import type { ColumnNames } from '../../data/files/columns.js';
import type { Scale } from '../../data/files/rating.js';
import type { Delimiter } from '../../data/files/text/delimiters.js';
import type { ImportOptions, ImportSummary } from '../../data/import.js';
import { ArgumentError, quote } from '../../errors.js';
import { delimiting, dryRunImport, importSource } from '../../home/data-sets.js';
import { numberArgument, textArgument } from '../arguments.js';
import { dryRunLines, dryRunTable } from '../display/dry-run.js';
import { counted, understandingLines } from '../display/import.js';
import { itemsLines } from '../display/items.js';
import {
  addItemOptions,
  type ItemFlags,
  importItemsAlone,
  itemColumnsOf,
} from '../item-options.js';
import { untilSignal } from '../signals.js';
import {
  homeOption,
  note,
  type Progress,
  placeOf,
  print,
  startProgress,
  storeOption,
} from '../terminal.js';

interface ImportFlags extends ItemFlags {
  readonly home: string;
  readonly store?: string;
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
  readonly skipBadRows?: true;
  readonly replace?: true;
  readonly append?: true;
  readonly name?: string;
  readonly dropFeedback?: true;
  readonly dryRun?: true;
}

/** `multvae import`: stores ratings and titles in the home's database. */
export function importCommand(): Command {
  return addItemOptions(ratingsCommand());
}

function ratingsCommand(): Command {
  return new Command('import')
    .description('store ratings and items in the home folder')
    .argument(
      '[sources...]',
      'a ratings file, a folder with one or with its parts, - for standard input, or a name of `multvae datasets`; several are one data set',
      sourcesArgument,
    )
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
    .option('--no-quotes', 'read " as an ordinary character (default with tabs and ::)')
    .option('--skip-bad-rows', 'store the good rows, and write the bad ones to a file')
    .addOption(
      new Option(
        '--replace',
        'replace the ratings and titles in the home; its feedback stays',
      ).conflicts('append'),
    )
    .addOption(new Option('--append', 'add to the data in the home').conflicts('replace'))
    .option(
      '--name <name>',
      "name of the data set (default: that of the home's data, else of the file or folder)",
    )
    .option(
      '--dry-run',
      'say what would be understood, show the first five rows as they would be stored, and store nothing',
    )
    .option('--drop-feedback', 'delete all feedback that the home holds')
    .addOption(homeOption())
    .addOption(storeOption())
    .action(async (sources: readonly string[] | undefined, flags: ImportFlags) => {
      if (sources === undefined || sources.length === 0)
        return importItemsAlone(refuseRatingFlags(flags));
      let progress: Progress | null = null;
      const options: ImportOptions = {
        columns: columnsOf(flags),
        ...(flags.delimiter && { delimiter: flags.delimiter }),
        ...(flags.header !== undefined && { header: flags.header }),
        ...(flags.scale && { scale: flags.scale }),
        ...(flags.minWeight !== undefined && { minWeight: flags.minWeight }),
        ...(flags.items !== undefined && { items: flags.items }),
        ...(flags.encoding !== undefined && { encoding: flags.encoding }),
        ...itemColumnsOf(flags),
        ...(flags.quotes !== undefined && { quotes: flags.quotes }),
        skipBadRows: flags.skipBadRows ?? false,
        replace: flags.replace ?? false,
        append: flags.append ?? false,
        dropFeedback: flags.dropFeedback ?? false,
        ...(flags.name !== undefined && { name: flags.name }),
        onProgress: ({ bytesRead, bytesTotal, rows }) => {
          progress ??= startProgress('import', kilobytes(bytesTotal), 'kB');
          progress.update(kilobytes(bytesRead), `${rows} rows`);
        },
      };
      if (flags.dryRun) {
        const run = await dryRunImport(sources, { ...options, home: flags.home });
        dryRunLines(run).forEach(note);
        if (run.rows.length > 0) print(dryRunTable(run));
        return;
      }
      const summary = await untilSignal((signal) =>
        importSource(placeOf(flags), sources, { ...options, signal }),
      ).finally(() => progress?.stop());
      report(summary);
    });
}

/** The flags of an import without ratings. @throws ArgumentError for one that says something of ratings */
function refuseRatingFlags(flags: ImportFlags): ImportFlags {
  const of = Object.keys(columnsOf(flags)).map((purpose) => `--${purpose}-column`);
  if (flags.scale !== undefined) of.push('--scale');
  if (flags.name !== undefined) of.push('--name');
  if (flags.dropFeedback) of.push('--drop-feedback');
  if (flags.minWeight !== undefined) of.push('--min-weight');
  if (flags.dryRun) of.push('--dry-run');
  if (of.length === 0) return flags;
  throw new ArgumentError(
    `${of[0]} is about ratings, and no file with ratings is given; give one, or leave the flag out`,
  );
}

function report(summary: ImportSummary): void {
  const { dataset, read, lines, remarks, stored, updated, refused, refusedFile, seconds } = summary;
  const { droppedFeedback } = summary;
  const rate = Math.round(read / seconds);
  print(
    `${counted(read, 'row')} read from ${counted(lines, 'line')}, ${stored} stored, ${updated} updated, ${refused} refused in ${seconds.toFixed(1)} s (${rate} rows a second)`,
  );
  for (const remark of remarks) note(remark);
  if (droppedFeedback > 0) {
    note(`${counted(droppedFeedback, 'feedback event')} deleted`);
  }
  for (const line of understandingLines(summary)) note(line);
  if (summary.items !== null) for (const line of itemsLines(summary.items)) note(line);
  if (refusedFile !== null) print(`refused rows, with reasons: ${refusedFile}`);
  note(
    `${dataset.name}: ${counted(dataset.ratings, 'rating')} by ${counted(dataset.users, 'user')} of ${counted(dataset.items, 'item')} (${dataset.catalogue} in the catalogue)`,
  );
}

function columnsOf(flags: ImportFlags): ColumnNames {
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

function sourcesArgument(text: string, before: readonly string[] = []): readonly string[] {
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

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1000);
}
