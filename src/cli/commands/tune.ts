import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { openEngine } from '../../backend/select.js';
import { describeSearch } from '../../config/describe.js';
import { type ModelConfig, modelNames } from '../../config/models.js';
import { parseAssignment, parseConfig } from '../../config/parse.js';
import { makeHomeFolder } from '../../data/home.js';
import { SearchJournal } from '../../data/store/sqlite/search-journal.js';
import { ArgumentError, DivergenceError, Interrupted, MultvaeError } from '../../errors.js';
import type { ProtocolFlags } from '../../home/protocol.js';
import { fitModel, originOf, readMaterial } from '../../home/training.js';
import { models } from '../../model/models.js';
import { hasCheckpoint, readOrigin } from '../../model/training/checkpoint.js';
import {
  bestResult,
  checkPlan,
  type SearchPlan,
  search,
  type TrialResult,
} from '../../model/training/search.js';
import { replaceFile } from '../../runs/durable-files.js';
import {
  addEngineOptions,
  durationArgument,
  type EngineFlags,
  integerArgument,
  outputFile,
} from '../arguments.js';
import { searchSettings, showSearch, trialTable } from '../display/tuning.js';
import { addProtocolOptions } from '../protocol.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, print } from '../terminal.js';
import { givenParameters, setOption } from './train.js';

interface TuneFlags extends ProtocolFlags, EngineFlags {
  readonly home: string;
  readonly model?: string;
  readonly config?: string;
  readonly set: readonly string[];
  readonly trials: number;
  readonly time?: number;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

/** `multvae tune`: searches hyper-parameters on the validation users, and writes the best as a config. */
export function tuneCommand(): Command {
  const command = new Command('tune')
    .description('search hyper-parameters on validation users; writes the best as a config')
    .option(
      '--model <name>',
      `one of ${modelNames.join(', ')} (default: the config’s, or mult-vae)`,
    )
    .option('--config <file>', 'hyper-parameters of the first trial, as a JSON object')
    .addOption(setOption('fix one hyper-parameter; repeatable (epochs: of the longest trainings)'))
    .option('--trials <n>', 'configurations to try', integerArgument('--trials', 1, 100_000), 40)
    .option('--time <time>', 'stop after so long, such as 2h or 90m', durationArgument('--time'))
    .option(
      '--seed <n>',
      'which configurations are tried (the seed of their trainings is --set seed=N)',
      integerArgument('--seed', 0, 2 ** 32 - 1),
      1,
    )
    .option(
      '-o, --out <file>',
      'where to write the best configuration (default: HOME/tuned.MODEL.json)',
      outputFile('--out'),
    )
    .option('--json', 'print every trial as JSON instead of the best as a table')
    .addOption(homeOption())
    .addHelpText('after', meaning);
  return addProtocolOptions(addEngineOptions(command)).action(tune);
}

const meaning = `
Random search with successive halving: every trial is trained for a ninth of the epochs, the better third for
a third, the best of those for all of them, each from the beginning with its whole annealing. The first trial
is the configuration that --config, --set and the defaults make; it is trained for all epochs before any other
begins, so that no search ends with a worse one. Each result is kept in the home at once: after Ctrl-C, --time or
a crash the same command goes on where it stopped, and with more --trials it goes further. Test users are not
looked at.

Search ranges (fix one with --set):
${modelNames
  .filter((model) => describeSearch(model).length > 0)
  .map((model) => `  ${model}\n    ${describeSearch(model).join('\n    ')}`)
  .join('\n')}`;

async function tune(flags: TuneFlags): Promise<void> {
  const { seed, ...others } = flags;
  const { home, trials, set } = others;
  const given = givenParameters(others);
  const base = parseConfig(given.model ?? 'mult-vae', given.values, given.source);
  const fixed = [...new Set(set.map((text) => parseAssignment(text)[0]))].sort();
  const plan: SearchPlan = { base, fixed, seed, trials };
  checkPlan(plan);
  const material = readMaterial(home, flags);
  const engine = models.computesWithTensors(base) ? await openEngine(flags.backend, flags) : null;
  const settings = searchSettings(plan, originOf(material, base, engine));
  const journal = SearchJournal.open(home, settings);
  const folder = join(home, 'tuning', String(journal.search));
  const stopped = await untilSignal(async (signal) => {
    const display = showSearch(plan, journal.results(), material, engine);
    const deadline = flags.time === undefined ? [] : [AbortSignal.timeout(flags.time * 1000)];
    const stop = AbortSignal.any([signal, ...deadline]);
    makeHomeFolder(folder);
    try {
      await search({
        ...{ plan, journal, onStart: display.onStart, onResult: display.onResult },
        objective: async ({ config }) => {
          stop.throwIfAborted();
          const resume = canResume(folder, JSON.stringify(originOf(material, config, engine)));
          const options = { folder, resume, onStep: display.onStep, signal: stop };
          const { trained, metrics } = await fitModel(material, config, engine, options);
          return { score: metrics['ndcg@100']!, durationS: trained.durationS };
        },
      });
    } finally {
      display.stop();
    }
    rmSync(folder, { recursive: true, force: true });
    return null;
  }).catch((error: unknown) => {
    if (error instanceof Interrupted || (error as Error).name === 'TimeoutError') return error;
    throw error;
  });
  const results = journal.results();
  journal.close();
  report(flags, plan, results);
  if (stopped instanceof Interrupted) {
    const signal = stopped.exitCode === 130 ? 'SIGINT' : 'SIGTERM';
    throw new Interrupted(
      signal,
      `stopped by ${signal}; ${results.length} results are kept. The same command goes on.`,
    );
  }
  if (stopped !== null) note('the time is up; the same command goes on');
}

/** Whether the folder holds a stopped training of just this trial. */
function canResume(folder: string, origin: string): boolean {
  if (!hasCheckpoint(folder)) return false;
  try {
    return JSON.stringify(readOrigin(folder)) === origin;
  } catch (error) {
    // Damaged or of another version: the trial begins anew.
    if (error instanceof MultvaeError) return false;
    throw error;
  }
}

/** Prints what was found, and writes the best configuration. */
function report(flags: TuneFlags, plan: SearchPlan, results: readonly TrialResult[]): void {
  const best = bestResult(results);
  if (best === null) {
    if (results.length === 0) {
      note('no trial was finished, so no configuration is written; the same command goes on');
      return;
    }
    throw new DivergenceError(
      `every trial diverged, the first so: ${results[0]!.failure}. Search with other values, such as --set learningRate=0.0001.`,
    );
  }
  const file = flags.out ?? join(flags.home, `tuned.${plan.base.model}.json`);
  writeConfig(file, best.config);
  if (flags.json) print(JSON.stringify({ seed: plan.seed, file, best, results }));
  else print(trialTable(plan, results));
  note(`wrote ${file}; \`multvae train --config ${file}\` with the same data and split trains it`);
}

function writeConfig(file: string, config: ModelConfig): void {
  try {
    replaceFile(file, `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    throw new ArgumentError(`--out: cannot write the file: ${(error as Error).message}`);
  }
}
