/** `multvae tune`: a search of hyper-parameters. */

import { Command, Option } from 'commander';
import { describeSearch } from '../../config/describe.js';
import { auto, modelNames } from '../../config/models.js';
import { parseAssignment } from '../../config/parse.js';
import { ArgumentError, Interrupted } from '../../errors.js';
import type { ProtocolOptions } from '../../home/material.js';
import { objectives, type TuningOptions, tuneHome } from '../../home/tuning.js';
import {
  addEngineOptions,
  dash,
  durationArgument,
  type EngineFlags,
  integerArgument,
  outputFile,
  textArgument,
} from '../arguments.js';
import { showSearch, trialTable } from '../display/tuning.js';
import { addProtocolOptions } from '../protocol.js';
import { untilSignal } from '../signals.js';
import { textPrinter } from '../standard-streams.js';
import { homeOption, note, placeOf, print, storeOption, writeOutput } from '../terminal.js';
import { checkedConfig, givenParameters, setOption } from './train.js';

interface TuneFlags extends ProtocolOptions, EngineFlags {
  readonly home: string;
  readonly store?: string;
  readonly model?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly trials: number;
  readonly objective: NonNullable<TuningOptions['objective']>;
  readonly time?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

/** `multvae tune`: searches hyper-parameters on the validation users and writes the best as a config. */
export function tuneCommand(): Command {
  const command = new Command('tune')
    .description('search hyper-parameters on validation users; writes the best as a config')
    .option(
      '--model <name>',
      `one of ${modelNames.join(', ')} (default: the config’s, or mult-vae)`,
    )
    .option(
      '--config <file>',
      'file with the hyper-parameters of the first trial, a JSON object; - is stdin',
      textArgument('--config', 'a file'),
    )
    .addOption(setOption('fix one hyper-parameter; repeatable (epochs: of the longest trainings)'))
    .option('--trials <n>', 'configurations to try', integerArgument('--trials', 1, 100_000), 40)
    .addOption(
      new Option(
        '--objective <name>',
        'what to maximise: NDCG@100 on whole fold-ins, on short ones (1, 2, 3 and 5 clicks), or the mean of both',
      )
        .choices(objectives.names)
        .default(objectives.default),
    )
    .option('--time <time>', 'stop after this time, such as 2h or 90m', durationArgument('--time'))
    .option(
      '--seed <n>',
      'seed of the configurations (the seed of the trainings is --set seed=N)',
      integerArgument('--seed', 0, 2 ** 32 - 1),
      1,
    )
    .option(
      '-o, --out <file>',
      'where to write the best configuration; - is stdout as well as the default (default: HOME/tuned.MODEL.json)',
      outputFile('--out'),
    )
    .option('--json', 'print every trial as JSON instead of the best as a table')
    .addOption(homeOption())
    .addOption(storeOption())
    .addHelpText('after', meaning);
  return addProtocolOptions(addEngineOptions(command)).action(tune);
}

const meaning = `
The search is random, with successive halving. Every trial trains for a ninth of the epochs, the best third of the
trials for a third of the epochs, and the best third of those for all epochs. Each training starts from the
beginning, with its whole annealing. The first trial is the configuration of --config, --set and the defaults; it
trains for all epochs before any other trial starts, so no search ends with a worse configuration. The home keeps
each result at once: after Ctrl-C, --time or a crash, the same command goes on, and more --trials continue the
search. Test users are not used.

Search ranges (fix one with --set):
${modelNames
  .filter((model) => describeSearch(model).length > 0)
  .map((model) => `  ${model}\n    ${describeSearch(model).join('\n    ')}`)
  .join('\n')}`;

async function tune(flags: TuneFlags): Promise<void> {
  const { seed, ...others } = flags;
  const toStdout = flags.out === dash;
  const show = textPrinter({ '--out': flags.out, '--json': flags.json && dash });
  if (flags.model === auto) {
    throw new ArgumentError(
      `--model ${auto} is for multvae train, which then chooses settings itself; search those of one model, such as --model mult-vae`,
    );
  }
  const given = await givenParameters(others);
  const base = checkedConfig(given);
  const fixed = [...new Set(flags.set.map((text) => parseAssignment(text)[0]))].sort();
  const { watcher, stop } = showSearch();
  let interrupted: Interrupted | null = null;
  const outcome = await untilSignal((signal) => {
    signal.addEventListener('abort', () => {
      interrupted = signal.reason;
    });
    return tuneHome(placeOf(flags), {
      ...flags,
      ...watcher,
      onRemark: note,
      base,
      fixed,
      signal,
      ...(flags.time !== undefined && { maxDurationS: flags.time }),
      ...(flags.out !== undefined && !toStdout && { file: flags.out }),
    });
  }).finally(stop);
  const { plan, objective, results, best, file, stopped } = outcome;
  if (best === null) {
    note('no trial was finished, so no configuration is written; the same command goes on');
  } else {
    if (flags.json) print(JSON.stringify({ seed: plan.seed, objective, file, best, results }));
    else show(trialTable(outcome));
    if (toStdout) writeOutput('--out', dash, `${JSON.stringify(best.config, null, 2)}\n`);
    note(
      `wrote ${file}; \`multvae train --config ${file}\` with the same data and split trains it`,
    );
  }
  if (stopped === 'time') note('the time is up; the same command goes on');
  if (stopped === 'signal') throw withResults(interrupted!, results.length);
}

function withResults({ signal }: Interrupted, results: number): Interrupted {
  return new Interrupted(
    signal,
    `stopped by ${signal}; ${results} results are kept. The same command goes on.`,
  );
}
