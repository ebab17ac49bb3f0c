/** `multvae train`: a new training, or one that goes on. */

import { Command } from 'commander';
import { describeParameters } from '../../config/describe.js';
import { auto, type ModelName, modelNames } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { ArgumentError, quote, RunError } from '../../errors.js';
import { backends, type EngineOptions } from '../../home/engine-options.js';
import { beganWithFeedback } from '../../home/material.js';
import { findCheckpoint, type StoppedTraining } from '../../home/runs.js';
import { comparable, optionsOf, type ProtocolOptions } from '../../home/split/protocol-options.js';
import { type ActivationPolicy, activateBy, policyOf } from '../../home/training/activation.js';
import { defaultAutoDurationS } from '../../home/training/auto.js';
import type { Ranks } from '../../home/training/distributed.js';
import { configFrom } from '../../home/training/warm-start.js';
import { type FinishedTraining, resumeRun, trainRun } from '../../home/training.js';
import { durationArgument, textArgument, threadsOption } from '../arguments.js';
import { followAuto } from '../display/auto.js';
import { duration, followTraining } from '../display/training.js';
import {
  activateOption,
  checkedConfig,
  configOption,
  type GivenParameters,
  givenParameters,
  type ModelFlags,
  seedOption,
  setOption,
} from '../model-options.js';
import { addProtocolOptions } from '../protocol.js';
import { onRanks } from '../ranks.js';
import { commandWords } from '../secrets.js';
import { untilSignal } from '../signals.js';
import { homeOption, note, placeOf, print, storeOption } from '../terminal.js';

interface TrainFlags extends ProtocolOptions, ModelFlags {
  readonly home: string;
  readonly store?: string;
  readonly backend?: string;
  readonly threads?: number;
  readonly time?: number;
  readonly activate: ActivationPolicy | false;
  readonly withFeedback: boolean;
  readonly from?: string;
  readonly resume?: string | true;
  readonly distributed: boolean;
}

/** `multvae train`: trains a model on the home's data and publishes the run. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description(
      'train a model on the imported ratings; prints the id of the run. Without --model, --config, --set, --from and --resume it tries several models and keeps the best',
    )
    .option(
      '--model <name>',
      `${auto}, which tries several, or one of ${modelNames.join(', ')} (default: the config’s; mult-vae with --set; else ${auto})`,
    )
    .option(
      '--time <time>',
      `how long ${auto} may take, such as 90s, 10m or 1h (default: ${defaultAutoDurationS / 60}m)`,
      durationArgument('--time'),
    )
    .addOption(configOption())
    .addOption(setOption('one hyper-parameter; repeatable, overrides --config'))
    .addOption(seedOption())
    .option('--backend <name>', `one of ${backends.names.join(', ')} (default: see multvae doctor)`)
    .addOption(threadsOption())
    .option(
      '--with-feedback',
      'add feedback to the clicks of training users; the held-out users stay the same',
      false,
    )
    .option(
      '--distributed',
      'divide the items of one network over the processes that mpirun started; docs/scale.md says how',
      false,
    )
    .addOption(activateOption('always'))
    .option('--no-activate', 'the same as --activate never')
    .option(
      '--from <run>',
      'begin with the weights of this run, on its settings with a third of its epochs; its held-out users stay held out',
      textArgument('--from', 'the id of a run'),
    )
    .option(
      '--resume [run]',
      'go on with a stopped training (default: the newest)',
      textArgument('--resume', 'the id of a run, or nothing after it for the newest'),
    )
    .addOption(homeOption())
    .addOption(storeOption())
    .addHelpText(
      'after',
      modelNames
        .filter((model) => describeParameters(model).length > 0)
        .map(
          (model) => `\nHyper-parameters of ${model}:\n  ${describeParameters(model).join('\n  ')}`,
        )
        .join('\n'),
    );
  return addProtocolOptions(command).action(async (flags: TrainFlags) => {
    if (flags.distributed) return trainDivided(flags, command);
    const { runId, metrics, best, durationS } = isAuto(flags)
      ? await followAuto(flags)
      : await train(flags, command);
    noteResult({ metrics, best, durationS });
    try {
      const { reason } = await activateBy(placeOf(flags), runId, policyOf(flags.activate), {
        ...engineOf(flags),
        onRemark: note,
      });
      note(reason);
    } catch (error) {
      note(`${runId} is published, but not active: \`multvae activate ${runId}\` makes it so`);
      throw error;
    }
    print(runId);
  });
}

/**
 * Trains one run with the processes that mpirun started. The run is not activated: that reads it whole, on a machine
 * where it fits.
 */
async function trainDivided(flags: TrainFlags, command: Command): Promise<void> {
  await onRanks(async (ranks) => {
    refuseUndivided(flags, command);
    const { runId, metrics, best, durationS } = await train(flags, command, ranks);
    if (ranks.collective.rank > 0) return;
    noteResult({ metrics, best, durationS });
    note(`${runId} is not active: \`multvae activate ${runId}\` makes it so`);
    print(runId);
  });
}

/** @throws ArgumentError for flags of one process */
function refuseUndivided(flags: TrainFlags, command: Command): void {
  if (isAuto(flags)) {
    throw new ArgumentError('--distributed trains one network; name it, such as --model mult-vae');
  }
  if (command.getOptionValueSource('activate') === 'cli' && flags.activate !== 'never') {
    throw new ArgumentError(
      '--distributed activates no run; leave --activate out, and use `multvae activate RUN` where the run fits',
    );
  }
}

function noteResult({
  metrics,
  best,
  durationS,
}: Pick<FinishedTraining, 'metrics' | 'best' | 'durationS'>): void {
  if (best !== null) note(`kept epoch ${best.epoch} after ${duration(durationS)} of training`);
  const shown = Object.entries(metrics).filter(([key]) => /^(ndcg@100|recall@(20|50))$/.test(key));
  note(`validation: ${shown.map(([key, value]) => `${key} ${value.toFixed(4)}`).join(', ')}`);
}

/** Whether several models are tried. @throws ArgumentError for flags that do not go together */
function isAuto({ model, config, set, from, resume, time }: TrainFlags): boolean {
  const others = [
    config !== undefined && '--config',
    set.length > 0 && '--set',
    from !== undefined && '--from',
    resume !== undefined && '--resume',
  ].filter((flag) => flag !== false);
  const known: readonly string[] = [auto, ...modelNames];
  if (model !== undefined && !known.includes(model)) {
    throw new ArgumentError(`--model is ${quote(model)}; it must be one of ${known.join(', ')}`);
  }
  const asked = model === auto || (model === undefined && others.length === 0);
  if (asked && others.length > 0) {
    throw new ArgumentError(
      `--model ${auto} chooses every setting itself; leave ${others.join(' and ')} out, or name one model, such as --model mult-vae`,
    );
  }
  if (!asked && time !== undefined) {
    throw new ArgumentError(
      `--time is for --model ${auto}; leave it out, or leave out ${[model !== undefined && '--model', ...others].filter((flag) => flag !== false).join(' and ')}`,
    );
  }
  return asked;
}

/** What computes, as the flags say. */
function engineOf({ threads, backend }: TrainFlags): EngineOptions {
  return {
    ...(threads !== undefined && { threads }),
    ...(backend !== undefined && { backend: backends.parse(backend) }),
  };
}

async function train(
  flags: TrainFlags,
  command: Command,
  ranks?: Ranks,
): Promise<FinishedTraining> {
  const home = placeOf(flags);
  const given = await givenParameters(flags);
  const { from } = flags;
  if (from !== undefined && flags.resume !== undefined) {
    throw new ArgumentError(
      '--from begins a training, and --resume goes on with one; leave one of them out',
    );
  }
  return untilSignal((signal) =>
    followTraining(home, async ({ watcher }) => {
      const isFirst = ranks === undefined || ranks.collective.rank === 0;
      const job = {
        ...(isFirst && { ...watcher, onRemark: note }),
        ...(ranks && { ranks }),
        home,
        command: commandWords(),
        signal,
        ...(flags.threads !== undefined && { threads: flags.threads }),
      };
      if (flags.resume !== undefined) {
        const stopped = await findCheckpoint(
          home,
          flags.resume === true ? undefined : flags.resume,
        );
        refuseChanges(stopped, given, flags, command);
        return resumeRun({ ...job, ...stopped });
      }
      return trainRun({
        ...job,
        ...(from === undefined
          ? { config: checkedConfig(given), protocol: flags }
          : { config: await configFrom(home, from, given), from, protocol: asked(flags, command) }),
        withFeedback: flags.withFeedback,
        ...engineOf(flags),
      });
    }),
  );
}

/** The flags of the protocol that were given, without their defaults. */
function asked(flags: ProtocolOptions, command: Command): ProtocolOptions {
  const isAsked = ([name]: [string, unknown]) => command.getOptionValueSource(name) === 'cli';
  return Object.fromEntries(Object.entries(flags).filter(isAsked));
}

/** A resumed training keeps what it began with. @throws RunError when a flag asks for something else */
function refuseChanges(
  { runId, origin }: StoppedTraining,
  given: GivenParameters,
  flags: TrainFlags,
  command: Command,
): void {
  const { config, protocol, backend } = origin;
  parseConfig<ModelName>(
    config.model,
    { ...config, ...given.values, model: config.model },
    given.source,
  );
  const wanted = { ...given.values, ...(given.model !== null && { model: given.model }) };
  const first: Readonly<Record<string, unknown>> = { ...config };
  const changes = Object.entries(wanted).map(([name, now]) => [name, first[name], now]);
  const asked = (flag: string, began: unknown, now: unknown) => {
    if (command.getOptionValueSource(flag) === 'cli') changes.push([flag, began, now]);
  };
  for (const [name, began] of Object.entries(optionsOf(protocol))) {
    asked(name, began, comparable(name, flags[name as keyof ProtocolOptions]));
  }
  asked('withFeedback', beganWithFeedback(origin), flags.withFeedback);
  asked('backend', backend, flags.backend);
  for (const [name, began, now] of changes) {
    if (agrees(now, began)) continue;
    throw new RunError(
      `run ${runId} was begun with ${name} ${JSON.stringify(began) ?? 'left out'}, not ${JSON.stringify(now)}. Leave it out to resume, or train from the beginning.`,
    );
  }
}

/** Whether a value names nothing but what a training began with; it may leave fields of objects out. */
function agrees(asked: unknown, began: unknown): boolean {
  if (typeof asked !== 'object' || typeof began !== 'object' || asked === null || began === null) {
    return asked === began;
  }
  if (Array.isArray(asked) && Array.isArray(began) && asked.length !== began.length) return false;
  const known: Readonly<Record<string, unknown>> = { ...began };
  return Object.entries(asked).every(([name, value]) => agrees(value, known[name]));
}
