/** `multvae import`: brings ratings into a home. */

import { Command, Option } from 'commander';
import type { ImportOptions, ImportSummary } from '../../data/import.js';
import { ArgumentError } from '../../errors.js';
import { dryRunImport, importSource } from '../../home/data-sets.js';
import { dryRunLines, dryRunTable } from '../display/dry-run.js';
import { counted, understandingLines } from '../display/import.js';
import { itemsLines } from '../display/items.js';
import { addItemOptions, importItemsAlone } from '../item-options.js';
import {
  addReadingOptions,
  columnsOf,
  type ReadingFlags,
  readingOf,
  sourcesArgument,
} from '../reading-options.js';
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

interface ImportFlags extends ReadingFlags {
  readonly home: string;
  readonly store?: string;
  readonly skipBadRows?: true;
  readonly replace?: true;
  readonly append?: true;
  readonly name?: string;
  readonly dropFeedback?: true;
  readonly dryRun?: true;
}

/** `multvae import`: stores ratings and titles in the home's database. */
export function importCommand(): Command {
  return addItemOptions(addReadingOptions(ratingsCommand()));
}

function ratingsCommand(): Command {
  return new Command('import')
    .description('store ratings and items in the home folder')
    .argument(
      '[sources...]',
      'a ratings file, a folder with one or with its parts, - for standard input, or a name of `multvae datasets`; several are one data set',
      sourcesArgument,
    )
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
        ...readingOf(flags),
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

function kilobytes(bytes: number): number {
  return Math.ceil(bytes / 1000);
}
