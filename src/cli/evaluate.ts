import { writeFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import { ArgumentError, quote } from '../errors.js';
import { checkCutoffs } from '../eval/metrics.js';
import { type SplitName, splitNames, userLines } from '../eval/report.js';
import { addEngineOptions, type EngineFlags, engineFlags } from './arguments.js';
import { defaultCutoffs, evaluateRun, evaluationTable } from './evaluation.js';
import { loadRun } from './stored-run.js';
import { homeOption, note, print } from './terminal.js';

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
    .option('--k <list>', 'cutoffs, separated by commas', parseCutoffs, defaultCutoffs)
    .option('--json <file>', 'write the report here as well')
    .option('--per-user <file>', 'write one JSON line a model and user')
    .addOption(homeOption());
  return addEngineOptions(command).action(async (id: string | undefined, flags: Flags) => {
    const run = loadRun(flags.home, id);
    const { report, measured } = await evaluateRun({
      ...{ home: flags.home, run, split: flags.split, ks: flags.k },
      ...engineFlags(flags),
    });
    print(evaluationTable(report));
    if (flags.json !== undefined) {
      write('--json', flags.json, `${JSON.stringify(report, null, 2)}\n`);
    }
    if (flags.perUser !== undefined) {
      const lines = Array.from(userLines(measured), (line) => `${JSON.stringify(line)}\n`);
      write('--per-user', flags.perUser, lines.join(''));
    }
  });
}

function parseCutoffs(text: string): number[] {
  const ks = text.split(',').map((part) => (/^\d{1,9}$/.test(part.trim()) ? Number(part) : NaN));
  try {
    checkCutoffs(ks);
  } catch (error) {
    throw new ArgumentError(
      `--k is ${quote(text)}; give one or more different integers from 1 on, such as 20,50,100`,
      { cause: error },
    );
  }
  return ks;
}

function write(flag: string, path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new ArgumentError(`${flag}: cannot write the file: ${(error as Error).message}`);
  }
  note(`wrote ${path}`);
}
