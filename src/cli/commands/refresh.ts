/** `multvae refresh`: a night's work, safe to run from cron. */

import { Command } from 'commander';
import { auto, type ModelName, modelNames } from '../../config/models.js';
import { ArgumentError, quote } from '../../errors.js';
import { engineOptions } from '../../home/engine-options.js';
import type { RefreshedModel } from '../../home/nights/base.js';
import type { Night } from '../../home/nights/night.js';
import { defaultKept, refreshHome } from '../../home/nights/refresh.js';
import { type ActivationPolicy, policyOf } from '../../home/training/activation.js';
import { defaultAutoDurationS } from '../../home/training/auto.js';
import {
  addEngineOptions,
  durationArgument,
  type EngineFlags,
  integerArgument,
} from '../arguments.js';
import { counted } from '../display/import.js';
import { addItemOptions } from '../item-options.js';
import {
  activateOption,
  configOption,
  givenParameters,
  type ModelFlags,
  seedOption,
  setOption,
} from '../model-options.js';
import {
  addReadingOptions,
  type ReadingFlags,
  readingOf,
  sourcesArgument,
} from '../reading-options.js';
import { commandWords } from '../secrets.js';
import { untilSignal } from '../signals.js';
import {
  homeOption,
  note,
  type Progress,
  placeOf,
  print,
  startProgress,
  storeOption,
} from '../terminal.js';

interface RefreshFlags extends ReadingFlags, ModelFlags, EngineFlags {
  readonly home: string;
  readonly store?: string;
  readonly skipBadRows?: true;
  readonly time?: number;
  readonly activate: ActivationPolicy | false;
  readonly keep: number;
  readonly withFeedback?: boolean;
  readonly json?: true;
  readonly verbose?: true;
}

/** `multvae refresh`: prints one line; it is silent besides where stderr is no terminal. */
export function refreshCommand(): Command {
  const command = new Command('refresh')
    .description(
      'a night’s work, safe to run from cron: append the files that were not appended before, train a model as the active run was trained, compare the two on users whom both hold out, activate the new one if it is not worse, and delete old runs; prints one line',
    )
    .argument(
      '[sources...]',
      'files as `multvae import` takes them, with the rows since the last night (default: train on what came otherwise; with --items alone, take the items)',
      sourcesArgument,
    )
    .option(
      '--model <name>',
      `${auto}, or one of ${modelNames.join(', ')} (default: that of the active run; ${auto} where none is active)`,
    )
    .option(
      '--time <time>',
      `how long ${auto} may take, such as 90s, 10m or 1h (default: ${defaultAutoDurationS / 60}m)`,
      durationArgument('--time'),
    )
    .addOption(configOption())
    .addOption(
      setOption('one hyper-parameter; repeatable, overrides --config and what the active run has'),
    )
    .addOption(seedOption())
    .addOption(activateOption('if-better'))
    .option('--no-activate', 'the same as --activate never')
    .option(
      '--keep <n>',
      'delete all runs but the newest n and the active one',
      integerArgument('--keep', 1, 1_000_000),
      defaultKept,
    )
    .option(
      '--with-feedback',
      'add feedback to the clicks of training users (default: as for the active run)',
    )
    .option('--no-with-feedback', 'add none')
    .option('--skip-bad-rows', 'store the good rows, and write the bad ones to a file')
    .option('--json', 'print the record of the night as JSON in one line')
    .option('--verbose', 'show remarks and progress where stderr is no terminal too')
    .addOption(homeOption())
    .addOption(storeOption());
  return addItemOptions(addReadingOptions(addEngineOptions(command))).action(
    async (sources: readonly string[] | undefined, flags: RefreshFlags) => {
      const night = await refresh(sources ?? [], flags);
      print(flags.json ? JSON.stringify(night) : nightLine(night));
    },
  );
}

/** A night in one line, such as `activated ease-…: 1204 rows, …`. */
export function nightLine({ outcome, rows, catalogue, reason }: Night): string {
  const items =
    catalogue === null
      ? ''
      : `, ${counted(catalogue.created, 'new item')}, ${catalogue.changed} changed`;
  return `${outcome}: ${counted(rows, 'row')} appended${items}; ${reason}`;
}

async function refresh(sources: readonly string[], flags: RefreshFlags): Promise<Night> {
  const isShown = process.stderr.isTTY || flags.verbose === true;
  let progress: Progress | null = null;
  const stop = () => {
    progress?.stop();
    progress = null;
  };
  const show = (label: string, done: number, total: number | null, unit: string) => {
    if (!isShown) return;
    progress ??= startProgress(label, total, unit);
    progress.update(done);
  };
  const model = await refreshedModel(flags);
  const { keep, withFeedback } = flags;
  try {
    return await untilSignal((signal) =>
      refreshHome(placeOf(flags), sources, {
        ...model,
        ...engineOptions(flags),
        keep,
        when: policyOf(flags.activate),
        ...(withFeedback !== undefined && { withFeedback }),
        reading: {
          ...readingOf(flags),
          skipBadRows: flags.skipBadRows ?? false,
          onProgress: ({ bytesRead, bytesTotal }) =>
            show('import', Math.ceil(bytesRead / 1000), Math.ceil(bytesTotal / 1000), 'kB'),
        },
        onStart: stop,
        onAutoStart: stop,
        onMember: stop,
        onTrialResult: stop,
        onStep: ({ updates, plannedUpdates }) =>
          show('training', updates, plannedUpdates, 'updates'),
        ...(isShown && { onRemark: note }),
        command: commandWords(),
        signal,
      }),
    );
  } finally {
    stop();
  }
}

async function refreshedModel(flags: RefreshFlags): Promise<RefreshedModel> {
  const { model, time } = flags;
  if (model === auto) {
    if (flags.config !== undefined || flags.set.length > 0) {
      throw new ArgumentError(
        `--model ${auto} chooses every setting itself; leave --config and --set out, or name one model, such as --model mult-vae`,
      );
    }
    return {
      model,
      ...(flags.seed !== undefined && { parameters: { seed: flags.seed } }),
      ...(time !== undefined && { maxDurationS: time }),
    };
  }
  const known: readonly string[] = modelNames;
  if (model !== undefined && !known.includes(model)) {
    throw new ArgumentError(
      `--model is ${quote(model)}; it must be one of ${[auto, ...modelNames].join(', ')}`,
    );
  }
  const given = await givenParameters(flags);
  return {
    ...(given.model !== null && { model: given.model satisfies ModelName }),
    parameters: given.values,
    ...(time !== undefined && { maxDurationS: time }),
  };
}
