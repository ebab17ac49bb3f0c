/** The flags of a file of items, and the import of such a file alone. */

import { type Command, Option } from 'commander';
import type { ItemColumnNames } from '../data/files/items/item-columns.js';
import type { Delimiter } from '../data/files/text/delimiters.js';
import { ArgumentError } from '../errors.js';
import { importItemsFile } from '../home/data-sets.js';
import { textArgument } from './arguments.js';
import { counted } from './display/import.js';
import { itemsLines } from './display/items.js';
import { untilSignal } from './signals.js';
import { note, type Progress, placeOf, print, startProgress } from './terminal.js';

/** The flags that say what a file of items holds. */
export interface ItemFlags {
  /** False: no items. */
  readonly items?: string | false;
  readonly itemIdColumn?: string;
  readonly titleColumn?: string;
  /** False: not read. */
  readonly categoryColumn?: string | false;
  readonly yearColumn?: string | false;
  readonly availableColumn?: string | false;
}

/** Adds them. */
export function addItemOptions(command: Command): Command {
  return command
    .option(
      '--items <file>',
      'take titles, categories and all other columns of the items from this file; without a source, it leaves the ratings alone (default: the titles of a MovieLens folder, beside its ratings)',
      textArgument('--items', 'a file'),
    )
    .option('--no-items', 'take no titles')
    .option(
      '--item-id-column <name>',
      'column of the items with their ids (default: found by its name)',
    )
    .option('--title-column <name>', 'column of the items with titles')
    .option('--category-column <name>', 'column of the items with categories, several as a|b')
    .addOption(new Option('--no-category-column', 'read no categories'))
    .option('--year-column <name>', 'column of the items with years')
    .addOption(new Option('--no-year-column', 'read no years'))
    .option('--available-column <name>', 'column of the items that says whether one is to be had')
    .addOption(new Option('--no-available-column', 'take every item for available'));
}

/** The columns that the flags name. */
export function itemColumnsOf(flags: ItemFlags): { readonly itemColumns?: ItemColumnNames } {
  const { itemIdColumn, titleColumn, categoryColumn, yearColumn, availableColumn } = flags;
  const itemColumns = {
    ...(itemIdColumn !== undefined && { id: itemIdColumn }),
    ...(titleColumn !== undefined && { title: titleColumn }),
    ...(categoryColumn !== undefined && { category: categoryColumn || null }),
    ...(yearColumn !== undefined && { year: yearColumn || null }),
    ...(availableColumn !== undefined && { available: availableColumn || null }),
  };
  return Object.keys(itemColumns).length === 0 ? {} : { itemColumns };
}

/** The flags of an import of items alone. */
export interface ItemsAloneFlags extends ItemFlags {
  readonly home: string;
  readonly store?: string;
  readonly delimiter?: Delimiter;
  readonly header?: boolean;
  readonly encoding?: string;
  readonly quotes?: boolean;
  readonly replace?: true;
  readonly skipBadRows?: true;
}

/** Imports a file of items, and says what it brought. */
export async function importItemsAlone(flags: ItemsAloneFlags): Promise<void> {
  if (typeof flags.items !== 'string') {
    throw new ArgumentError(
      'nothing to import is given; name a file with ratings, a folder or a data set of `multvae datasets`, or a file of items with --items',
    );
  }
  let progress: Progress | null = null;
  const summary = await untilSignal((signal) =>
    importItemsFile(placeOf(flags), flags.items as string, {
      ...itemColumnsOf(flags),
      ...(flags.delimiter && { delimiter: flags.delimiter }),
      ...(flags.header !== undefined && { header: flags.header }),
      ...(flags.encoding !== undefined && { encoding: flags.encoding }),
      ...(flags.quotes !== undefined && { quotes: flags.quotes }),
      replace: flags.replace ?? false,
      skipBadRows: flags.skipBadRows ?? false,
      onProgress: ({ bytesRead, bytesTotal, rows }) => {
        progress ??= startProgress('import', Math.ceil(bytesTotal / 1000), 'kB');
        progress.update(Math.ceil(bytesRead / 1000), `${rows} rows`);
      },
      signal,
    }),
  ).finally(() => progress?.stop());
  const { read, created, changed, unchanged, removed, refused, refusedFile, seconds } = summary;
  const gone = flags.replace ? `, ${removed} others removed` : '';
  print(
    `${counted(read, 'item')} read: ${created} new, ${changed} changed, ${unchanged} as before, ${refused} refused${gone} in ${seconds.toFixed(1)} s`,
  );
  for (const remark of summary.remarks) note(remark);
  for (const line of itemsLines(summary)) note(line);
  if (summary.trimmedIds > 0)
    note(`${counted(summary.trimmedIds, 'id')} with blanks around: trimmed`);
  if (refusedFile !== null) print(`refused rows, with reasons: ${refusedFile}`);
  note(
    summary.dataset === null
      ? 'the home holds no ratings yet; `multvae import FILE` brings some in'
      : `${summary.dataset.name}: its ratings stay as they are`,
  );
}
