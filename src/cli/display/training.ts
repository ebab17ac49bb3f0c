/** Shows a training on stderr. */

import type { ModelConfig } from '../../config/models.js';
import type { HomePlace } from '../../data/store/place.js';
import { Interrupted } from '../../errors.js';
import { canResume } from '../../home/runs.js';
import type { TrainingStart, TrainingWatcher } from '../../home/training.js';
import type { StepRecord } from '../../model/training/hooks.js';
import type { EpochRecord } from '../../runs/format.js';
import { describeClicks, describeLeftOut, describeProtocol } from '../protocol.js';
import { homeFlag, note, type Progress, startProgress } from '../terminal.js';

/** Callbacks that show a training, and the end of the display. */
export interface TrainingDisplay {
  readonly watcher: TrainingWatcher;
  readonly stop: () => void;
}

/**
 * Shows a training on stderr while it lasts: a bar on a terminal, lines elsewhere.
 *
 * @throws what the job throws; an Interrupted also says how to go on
 */
export async function followTraining<T>(
  home: HomePlace,
  job: (display: TrainingDisplay) => Promise<T>,
): Promise<T> {
  let runId: string | null = null;
  let isTraining = false;
  const { watcher, stop } = showTraining();
  const { onStart } = watcher;
  try {
    return await job({
      watcher: {
        ...watcher,
        onStart: (start) => {
          runId = start.runId;
          isTraining = true;
          onStart?.(start);
        },
      },
      stop: () => {
        isTraining = false;
        stop();
      },
    });
  } catch (error) {
    if (!isTraining || !(error instanceof Interrupted)) throw error;
    const next = canResume(home.folder, runId!)
      ? `the work so far is kept. \`multvae train --resume ${runId}${homeFlag(home)}\` goes on.`
      : `this training keeps no work before its end. \`multvae remove ${runId}${homeFlag(home)}\` deletes what is left of it.`;
    throw new Interrupted(error.signal, `${error.message}; ${next}`);
  } finally {
    stop();
  }
}

function showTraining(): TrainingDisplay {
  let progress: Progress | null = null;
  let last: EpochRecord | null = null;
  const watcher: TrainingWatcher = {
    onStart: (start) => {
      const { runId, dataName, protocol, config, split, engine } = start;
      const { peakMemoryBytes } = start;
      note(
        `${runId}: ${dataName}, ${split.train.rows} training users, ${split.validation.users.length} validation users, ${split.vocabulary.length} items${engine ? `, on ${engine.name} (${engine.version})` : ''}`,
      );
      note(describeProtocol(protocol));
      note(describeClicks(protocol, start));
      if (start.leftOut) describeLeftOut(start.leftOut, protocol).forEach(note);
      const pace = paceInWords(config);
      if (pace !== null) note(`at most ${pace}${followedInWords(start)}`);
      if (peakMemoryBytes !== null) {
        note(
          `${config.model} keeps ${keptInWords(start)}: about ${gigabytes(peakMemoryBytes)} of memory beside the ${gigabytes(process.memoryUsage.rss())} that the data and the program hold`,
        );
      }
    },
    onStep: (step) => {
      progress ??= startProgress('training', step.plannedUpdates, 'updates');
      progress.update(step.updates, describeStep(step, last));
    },
    onEpoch: (epoch) => {
      last = epoch;
    },
    onMember: (member, config) => {
      stop();
      last = null;
      const pace = paceInWords(config);
      note(
        `member ${member}: ${config.model}${'seed' in config ? `, seed ${config.seed}` : ''}${pace === null ? '' : `, ${pace}`}`,
      );
    },
  };
  const stop = () => {
    progress?.stop();
    progress = null;
  };
  return { watcher, stop };
}

function keptInWords(start: TrainingStart): string {
  const { config, split, networkMemory } = start;
  if (networkMemory) return partsInWords(networkMemory);
  if (config.model === 'ensemble') return 'the weights of its members, trained one after the other';
  return `${split.vocabulary.length} x ${weightsAnItem(start)} weights`;
}

type Parts = NonNullable<TrainingStart['networkMemory']>;

function partsInWords({ weights, best, moments, buffers }: Parts): string {
  return `${gigabytes(weights + best)} of weights with those of the best epoch, ${gigabytes(moments)} of moments and about ${gigabytes(buffers)} of buffers`;
}

/** Of a model whose weights are a table of items. */
function weightsAnItem({ config, split }: TrainingStart): number {
  const items = split.vocabulary.length;
  switch (config.model) {
    case 'sparse-ease':
      return Math.min(config.neighbours, items - 1);
    case 'elsa':
      return config.latentDim;
    case 'kernel-ae':
      return split.train.rows;
    default:
      return items;
  }
}

/** How long a network trains, and in which steps; null for a model without epochs. */
function paceInWords(config: ModelConfig): string | null {
  if (!('epochs' in config)) return null;
  const { epochs, batchSize, patience } = config;
  return `${epochs} epochs, batchSize ${batchSize}, patience ${patience}`;
}

/** Which of the values follow the data, and how to name others. */
function followedInWords({ fromData, split }: TrainingStart): string {
  if (fromData.length === 0) return '';
  const flags = fromData.map((name) => `--set ${name}=N`).join(', ');
  const follow = fromData.length === 1 ? 'follows' : 'follow';
  return ` (${fromData.join(' and ')} ${follow} the ${split.train.rows} training users; ${flags})`;
}

function describeStep(step: StepRecord, last: EpochRecord | null): string {
  const parts = [
    `epoch ${step.epoch}`,
    `loss ${step.loss.toFixed(2)}`,
    `NLL ${step.nll.toFixed(2)}`,
    `KL ${step.kl.toFixed(2)}`,
    `β ${step.beta.toFixed(3)}`,
  ];
  if (last !== null) parts.push(`NDCG@100 ${last.ndcg100.toFixed(4)}`);
  parts.push(`${Math.round(step.usersPerS)} users/s`, `${duration(step.leftS)} left`);
  return parts.join(', ');
}

function gigabytes(bytes: number): string {
  return bytes < 1e9 ? `${Math.ceil(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Seconds in words, such as `3 min 20 s`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${Math.ceil(seconds)} s` : `${minutes} min ${Math.floor(seconds % 60)} s`;
}
