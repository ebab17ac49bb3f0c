import { Command, Option } from 'commander';
import { defaultResamples } from '../../eval/bootstrap.js';
import { type SplitName, splitNames } from '../../eval/report.js';
import { type Study, study } from '../../eval/study.js';
import {
  differenceTable,
  groupTable,
  listTable,
  metricTable,
  type TextTable,
} from '../../eval/study-tables.js';
import { measureRuns } from '../../home/comparison.js';
import { packageVersion } from '../../version.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  engineFlags,
  integerArgument,
  outputFile,
} from '../arguments.js';
import { homeOption, print, table, writeOutput } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly seed: number;
  readonly json?: string;
  readonly home: string;
}

/** `multvae compare RUN…`: runs of one split side by side, with intervals and tests. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('compare runs of one split: 95 % intervals, paired differences, lists and groups')
    .argument('<run...>', 'ids that `multvae runs` lists; popularity is added')
    .addOption(new Option('--split <set>', 'which users').choices(splitNames).default('test'))
    .addOption(cutoffsOption())
    .addOption(bootstrapSeedOption())
    .option(
      '--json <file>',
      'write everything here as well, every pair of models included',
      outputFile('--json'),
    )
    .addOption(homeOption());
  return addEngineOptions(command).action(async (ids: string[], flags: Flags) => {
    const { models, catalogue, backend } = await measureRuns({
      ...{ home: flags.home, ids, split: flags.split, ks: flags.k },
      ...engineFlags(flags),
    });
    const result = study({
      ...{ models, split: flags.split, ks: flags.k, seed: flags.seed },
      genres: catalogue?.map(({ genres }) => genres) ?? null,
      provenance: {
        ...{ packageVersion, nodeVersion: process.version, backend },
        command: process.argv.slice(2),
      },
    });
    print(comparisonText(result));
    if (flags.json !== undefined) {
      writeOutput('--json', flags.json, `${JSON.stringify(result, null, 2)}\n`);
    }
  });
}

/** The seed of the bootstrap; it changes no model and no mean. */
export function bootstrapSeedOption(): Option {
  return new Option('--seed <n>', 'seed of the bootstrap that gives the intervals')
    .argParser(integerArgument('--seed', 0, 2 ** 32 - 1))
    .default(1);
}

/** A comparison as it is printed. */
function comparisonText(result: Study): string {
  const left =
    result.leftOut > 0 ? `; ${result.leftOut} left out: nothing of theirs is hidden` : '';
  const part = (title: string, { head, rows }: TextTable) =>
    `${title}\n\n${table(head.map(narrow), rows)}`;
  return [
    `${result.dataName}, ${result.users} ${result.split} users${left}`,
    `Data ${result.dataHash.slice(0, 12)}, split seed ${result.protocol.splitSeed}, ${result.protocol.heldoutUsers} users held out for each set`,
    '',
    part(
      `Mean over users [95 % interval: paired bootstrap, ${defaultResamples} resamples, seed ${result.seed}]`,
      metricTable(result),
    ),
    '',
    part(
      'Paired differences [95 % interval], p of a paired t-test, Holm-corrected for every pair of models',
      differenceTable(result),
    ),
    '',
    part('The lists, whatever was hidden', listTable(result)),
    '',
    part('Accuracy by users’ activity', groupTable(result, 'byActivity')),
    '',
    part('Accuracy by items’ popularity', groupTable(result, 'byPopularity')),
  ].join('\n');
}

/** Labels grow long; a line for each part keeps the columns narrow. */
function narrow(label: string): string {
  return label.replaceAll(', ', '\n');
}
