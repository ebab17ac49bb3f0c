/** `multvae sample`: draws synthetic users. */

import { Command, Option } from 'commander';
import { visible } from '../../errors.js';
import { sampleUsers } from '../../home/generative-run.js';
import type { SyntheticUsers } from '../../serving/synthetic-users.js';
import { addEngineOptions, type EngineFlags, integerArgument } from '../arguments.js';
import { homeOption, note, placeOf, print, printExact, storeOption } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly n: number;
  readonly clicks?: number;
  readonly seed: number;
  readonly json?: true;
  readonly csv?: true;
  readonly home: string;
  readonly store?: string;
}

/** `multvae sample [RUN]`: draws synthetic users from the prior. */
export function sampleCommand(): Command {
  const command = new Command('sample')
    .description('draw synthetic users from the model')
    .argument('[run]', 'an id that `multvae runs` lists (default: the active run)')
    .option('-n <n>', 'how many users, 1 to 1000000', integerArgument('-n', 1, 1_000_000), 5)
    .option(
      '--clicks <n>',
      'clicks of each user (default: those of a random validation user)',
      integerArgument('--clicks', 1, 1_000_000),
    )
    .option('--seed <n>', 'seed of the users', integerArgument('--seed', 0, 2 ** 32 - 1), 1)
    .addOption(new Option('--json', 'print JSON instead of titles').conflicts('csv'))
    .option('--csv', 'print a ratings file that `multvae import` takes')
    .addOption(homeOption())
    .addOption(storeOption())
    .addHelpText('after', meaning);
  return addEngineOptions(command).action(async (run: string | undefined, flags: Flags) => {
    const options = { ...flags, onRemark: note, count: flags.n, ...(run !== undefined && { run }) };
    const synthetic = await sampleUsers(placeOf(flags), options);
    if (flags.json) print(JSON.stringify(synthetic));
    else if (flags.csv) printCsv(synthetic);
    else printTexts(synthetic);
  });
}

const meaning = `
Each user begins as a code z, drawn from the prior N(0, I) and decoded. The items are then drawn one after the
other with the decoder's probabilities, none twice, and are printed in that order. The same run, seed and
place in the list give the same user, however many are drawn.`;

/** Prints one user after the other: the text of a million users may be longer than a string can be. */
function printTexts({ users }: SyntheticUsers): void {
  for (const [place, { userId, items }] of users.entries()) {
    const titles = items.map(({ itemId, title }) => `\n  ${visible(title ?? itemId)}`);
    print(`${place === 0 ? '' : '\n'}${userId}, ${items.length} clicks${titles.join('')}`);
  }
}

function printCsv({ users }: SyntheticUsers): void {
  printExact('userId,itemId,title');
  for (const { userId, items } of users) {
    const rows = items.map(({ itemId, title }) => [userId, itemId, title ?? '']);
    if (rows.length > 0) printExact(rows.map((row) => row.map(csvField).join(',')).join('\n'));
  }
}

/** A field of a CSV, quoted where RFC 4180 requires it. */
function csvField(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
