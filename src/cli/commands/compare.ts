/** `multvae compare`: measures runs side by side. */

import { Command, Option } from 'commander';
import { type Protocol, protocolName, protocolText } from '../../config/protocol.js';
import type { SplitName } from '../../eval/report.js';
import type { Study } from '../../eval/study.js';
import { compareRuns, studyTables } from '../../home/comparison.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  integerArgument,
  outputFile,
  splitOption,
} from '../arguments.js';
import { commandWords } from '../secrets.js';
import { textPrinter } from '../standard-streams.js';
import { homeOption, note, placeOf, storeOption, table, writeOutput } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly seed: number;
  readonly json?: string;
  readonly home: string;
  readonly store?: string;
}

/** `multvae compare RUN…`: compares runs of one split, with intervals and tests. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description(
      'say which run is better, and show it: 95 % intervals, paired differences, short profiles, lists and groups',
    )
    .argument('<run...>', 'ids that `multvae runs` lists; popularity is added')
    .addOption(splitOption())
    .addOption(cutoffsOption())
    .addOption(bootstrapSeedOption())
    .option(
      '--json <file>',
      'also write everything as JSON here, with every pair of models; - is stdout, and the tables go to stderr',
      outputFile('--json'),
    )
    .addOption(homeOption())
    .addOption(storeOption());
  return addEngineOptions(command).action(async (ids: string[], flags: Flags) => {
    const show = textPrinter({ '--json': flags.json });
    const result = await compareRuns(placeOf(flags), ids, {
      ...flags,
      ks: flags.k,
      command: commandWords(),
      onRemark: note,
    });
    show(comparisonText(result));
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

/** The comparison in text. */
function comparisonText(result: Study): string {
  const left = result.leftOut > 0 ? `; ${result.leftOut} left out: they have no hidden clicks` : '';
  const parts = studyTables(result).map(
    ({ title, table: { head, rows } }) => `${title}\n\n${table(head.map(narrow), rows)}`,
  );
  const { verdict } = result;
  return [
    ...(verdict === null ? [] : [verdict.sentence, '']),
    `${result.dataName}, ${result.users} ${result.split} users${left}`,
    `Data ${result.dataHash.slice(0, 12)}, ${heldOutText(result.protocol)}`,
    '',
    parts.join('\n\n'),
    ...(verdict === null ? [] : ['', verdict.note]),
  ].join('\n');
}

function heldOutText(protocol: Protocol): string {
  const { heldOutClicks, splitSeed, heldoutUsers } = protocol;
  return heldOutClicks === undefined
    ? `protocol users, split seed ${splitSeed}, ${heldoutUsers} users held out for each set`
    : `protocol ${protocolName(protocol)}: ${protocolText(protocol)}`;
}

/** Labels can be long, so each part gets a line of its own. */
function narrow(label: string): string {
  return label.replaceAll(', ', '\n');
}
