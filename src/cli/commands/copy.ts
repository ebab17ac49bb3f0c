/** `multvae copy`: moves a home between SQLite and PostgreSQL. */

import { Command, Option } from 'commander';
import { ArgumentError } from '../../errors.js';
import { type CopySummary, copyHome } from '../../home/copy/copy-home.js';
import { textArgument } from '../arguments.js';
import { homeOption, note, print } from '../terminal.js';

interface CopyFlags {
  readonly home: string;
  readonly store?: string;
  readonly from?: string;
  readonly to?: string;
  readonly replace?: true;
  readonly json?: true;
}

const help = `
Examples:
  multvae copy --home .multvae --store postgres://me@db/shop    from the folder to PostgreSQL
  multvae copy --from postgres://me@db/shop --to .multvae       and back

--home is always the source and --store the target; --from and --to say the same for a folder or a URL
on either side. Users, ratings, items, rules, feedback, published runs, the active run with those before
it, and evaluations are copied, all or nothing, and compared in the end. The source stays as it is.
Trainings and searches that did not finish, and downloads, are not copied.`;

/** `multvae copy`: copies a home with everything in it to another place. */
export function copyCommand(): Command {
  return new Command('copy')
    .description('copy a home to PostgreSQL, or from there to a folder')
    .addOption(homeOption())
    .addOption(
      new Option(
        '--store <url>',
        'the PostgreSQL database to copy to, such as postgres://user@host/database?schema=shop',
      ).env('MULTVAE_STORE'),
    )
    .option('--from <place>', 'copy this folder or URL instead of --home', place('--from'))
    .option('--to <place>', 'copy to this folder or URL instead of --store', place('--to'))
    .option('--replace', 'delete what the target holds, and put the copy in its place')
    .option('--json', 'print the summary as JSON')
    .addHelpText('after', help)
    .action(async (flags: CopyFlags, command: Command) => {
      const isGiven = (name: string) => command.getOptionValueSource(name) === 'cli';
      const { from, to } = placesOf(flags, isGiven);
      const summary = await copyHome(from, to, { replace: flags.replace ?? false, onRemark: note });
      if (flags.json) print(JSON.stringify(summary, null, 2));
      else print(linesOf(summary).join('\n'));
    });
}

/** @throws ArgumentError when a side has two places, or the target none */
function placesOf(
  { home, store, from, to }: CopyFlags,
  isGiven: (name: string) => boolean,
): { readonly from: string; readonly to: string } {
  if (from !== undefined && isGiven('home')) {
    throw new ArgumentError(
      '--from and --home both name what is copied; give one of them, and the target with --to',
    );
  }
  if (to !== undefined && isGiven('store')) {
    throw new ArgumentError(
      '--to and --store both name the target; give one of them, and what is copied with --from',
    );
  }
  const target = to ?? store;
  if (target === undefined || target === '') {
    throw new ArgumentError(
      'nothing says where to copy to; give --store URL for PostgreSQL, or --to FOLDER',
    );
  }
  return { from: from ?? home, to: target };
}

function place(flag: string): (text: string) => string {
  return textArgument(flag, 'a folder or a URL');
}

function linesOf(summary: CopySummary): string[] {
  const { dataset, users, items, feedback, rules, runs, active, evaluations } = summary;
  const count = (n: number, noun: string) =>
    `${n.toLocaleString('en')} ${noun}${n === 1 ? '' : 's'}`;
  return [
    `copied ${summary.from} to ${summary.to} in ${summary.seconds.toFixed(1)} s`,
    dataset === null
      ? 'no data set'
      : `data set ${dataset.name}: ${count(users, 'user')}, ${count(dataset.ratings, 'rating')}, hash ${dataset.dataHash.slice(0, 12)}`,
    `${count(items, 'item')}, ${count(rules, 'rule')}, ${count(feedback, 'feedback event')}`,
    `${count(runs, 'run')} (active: ${active ?? 'none'}), ${count(evaluations, 'evaluation')}`,
    `compared: both hold the same, SHA-256 ${summary.sha256.slice(0, 12)}`,
  ];
}
