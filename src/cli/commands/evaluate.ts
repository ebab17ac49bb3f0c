/** `multvae evaluate`: measures one run. */

import { Command } from 'commander';
import type { SplitName } from '../../eval/report.js';
import { evaluateRun } from '../../home/evaluation.js';
import { loadRun } from '../../home/runs.js';
import { ownPart, type Ranks } from '../../home/training/distributed.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  outputFile,
  rulesOption,
  splitOption,
} from '../arguments.js';
import { evaluationText } from '../display/evaluation.js';
import { onRanks } from '../ranks.js';
import { textPrinter } from '../standard-streams.js';
import { homeOption, note, placeOf, storeOption, writeOutput } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly rules: 'on' | 'off';
  readonly json?: string;
  readonly perUser?: string;
  readonly home: string;
  readonly store?: string;
  readonly distributed: boolean;
}

/** `multvae evaluate [RUN]`: measures a run on its own split, beside popularity. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description(
      'measure a run on its own held-out users, beside popularity: whole fold-ins, and cut to 1, 2, 3 and 5 clicks',
    )
    .argument('[run]', 'an id that `multvae runs` lists (default: the active run)')
    .addOption(splitOption())
    .addOption(cutoffsOption())
    .addOption(rulesOption())
    .option(
      '--json <file>',
      'also write the report as JSON here; - is stdout, and the table goes to stderr',
      outputFile('--json'),
    )
    .option(
      '--per-user <file>',
      'write a JSON line for each user under each model; - is stdout',
      outputFile('--per-user'),
    )
    .option(
      '--distributed',
      'divide the items of a network over the processes that mpirun started; docs/scale.md says how',
      false,
    )
    .addOption(homeOption())
    .addOption(storeOption());
  return addEngineOptions(command).action(async (id: string | undefined, flags: Flags) => {
    if (flags.distributed) await onRanks((ranks) => evaluateOne(id, flags, ranks));
    else await evaluateOne(id, flags);
  });
}

async function evaluateOne(id: string | undefined, flags: Flags, ranks?: Ranks): Promise<void> {
  const run = await loadRun(placeOf(flags), id, ranks && ownPart(ranks));
  const isFirst = ranks === undefined || ranks.collective.rank === 0;
  const onRemark = isFirst ? note : () => undefined;
  const options = { ...flags, ks: flags.k, onRemark, ranks };
  const { report, perUser } = await evaluateRun(placeOf(flags), run, options);
  if (!isFirst) return;
  const show = textPrinter({ '--json': flags.json, '--per-user': flags.perUser });
  show(evaluationText(report));
  if (flags.json !== undefined) {
    writeOutput('--json', flags.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (flags.perUser !== undefined) {
    const lines = Array.from(perUser(), (line) => `${JSON.stringify(line)}\n`);
    writeOutput('--per-user', flags.perUser, lines.join(''));
  }
}
