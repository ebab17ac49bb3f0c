/** `multvae tune`: a search of hyper-parameters. */

import { Command, Option } from 'commander';
import { describeSearch } from '../../config/describe.js';
import { auto, modelNames } from '../../config/models.js';
import { parseAssignment } from '../../config/parse.js';
import { ArgumentError, Interrupted } from '../../errors.js';
import { shownPlace } from '../../home/place/place.js';
import type { ProtocolOptions } from '../../home/split/protocol-options.js';
import { objectives } from '../../home/tuning/settings.js';
import { tuningStatus } from '../../home/tuning/status.js';
import { defaultLeaseS } from '../../home/tuning/together.js';
import { type TuningOptions, tuneHome } from '../../home/tuning.js';
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
import { statusText } from '../display/tuning-status.js';
import { checkedConfig, givenParameters, setOption } from '../model-options.js';
import { addProtocolOptions } from '../protocol.js';
import { untilSignal } from '../signals.js';
import { textPrinter } from '../standard-streams.js';
import { homeOption, note, placeOf, print, storeOption, writeOutput } from '../terminal.js';

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
  readonly status?: true;
  readonly lease?: number;
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
    .addOption(
      new Option(
        '--status',
        'show the workers, the trials and the best of every search, and search nothing',
      ).conflicts(['config', 'trials', 'objective', 'time', 'seed', 'out', 'lease', 'threads']),
    )
    .option(
      '--lease <time>',
      `with --store: how long a worker may be silent before others take its trial over (default: ${defaultLeaseS}s)`,
      durationArgument('--lease'),
    )
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

With --store, every process that runs the same command on the same data takes part in one search, on any number of
machines: each takes a trial, and another one takes it over when its worker is stopped or lost. Nobody waits for the
slowest, so which trials are promoted depends on who is how fast; the result of each does not, on one instruction set.
Every worker ends when the search is over, and writes the best configuration. --time and Ctrl-C end one worker.

Search ranges (fix one with --set):
${modelNames
  .filter((model) => describeSearch(model).length > 0)
  .map((model) => `  ${model}\n    ${describeSearch(model).join('\n    ')}`)
  .join('\n')}`;

async function tune(flags: TuneFlags): Promise<void> {
  if (flags.status) return showStatus(flags);
  if (flags.lease !== undefined && placeOf(flags).store === null) {
    throw new ArgumentError(
      '--lease is for a search that workers share; give --store as well, or leave --lease out',
    );
  }
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
      ...(flags.lease !== undefined && { leaseS: flags.lease }),
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

/** Prints the state of every search, or of those of one model. */
async function showStatus(flags: TuneFlags): Promise<void> {
  if (flags.set.length > 0) {
    throw new ArgumentError('--set and --status do not go together; leave one of them out');
  }
  const place = placeOf(flags);
  const all = await tuningStatus(place);
  const { model } = flags;
  const searches = model === undefined ? all : all.filter((search) => search.model === model);
  if (flags.json) {
    print(JSON.stringify({ searches }));
    return;
  }
  if (searches.length > 0) print(statusText(searches));
  else note(`${shownPlace(place)} has no search${model === undefined ? '' : ` of ${model}`} yet`);
}

function withResults({ signal }: Interrupted, results: number): Interrupted {
  return new Interrupted(
    signal,
    `stopped by ${signal}; ${results} results are kept. The same command goes on.`,
  );
}
