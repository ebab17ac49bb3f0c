import { Command, Option } from 'commander';
import { type SplitName, splitNames, userLines } from '../../eval/report.js';
import { evaluateRun, evaluationTable } from '../../home/evaluation.js';
import { loadRun } from '../../home/stored-run.js';
import {
  addEngineOptions,
  cutoffsOption,
  type EngineFlags,
  engineFlags,
  outputFile,
} from '../arguments.js';
import { homeOption, print, writeOutput } from '../terminal.js';

interface Flags extends EngineFlags {
  readonly split: SplitName;
  readonly k: readonly number[];
  readonly json?: string;
  readonly perUser?: string;
  readonly home: string;
}

/** `multvae evaluate [RUN]`: ranking metrics of a run on its own split, beside popularity. */
export function evaluateCommand(): Command {
  const command = new Command('evaluate')
    .description('measure a run on its own held-out users, beside popularity')
    .argument('[run]', 'an id that `multvae runs` lists (default: the active run)')
    .addOption(new Option('--split <set>', 'which users').choices(splitNames).default('test'))
    .addOption(cutoffsOption())
    .option('--json <file>', 'write the report here as well', outputFile('--json'))
    .option('--per-user <file>', 'write one JSON line a model and user', outputFile('--per-user'))
    .addOption(homeOption());
  return addEngineOptions(command).action(async (id: string | undefined, flags: Flags) => {
    const run = loadRun(flags.home, id);
    const { report, measured } = await evaluateRun({
      ...{ home: flags.home, run, split: flags.split, ks: flags.k },
      ...engineFlags(flags),
    });
    print(evaluationTable(report));
    if (flags.json !== undefined) {
      writeOutput('--json', flags.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (flags.perUser !== undefined) {
      const lines = Array.from(userLines(measured), (line) => `${JSON.stringify(line)}\n`);
      writeOutput('--per-user', flags.perUser, lines.join(''));
    }
  });
}
