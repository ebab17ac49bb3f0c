import type { TrainingWatcher } from '../../home/training.js';
import { easeMemory } from '../../model/ease.js';
import type { StepRecord } from '../../model/training/hooks.js';
import type { EpochRecord } from '../../runs/format.js';
import { note, type Progress, startProgress } from '../terminal.js';

/**
 * Shows a training on stderr: a bar on a terminal, lines elsewhere.
 *
 * @returns callbacks for the training, and what to call when it has ended in any way
 */
export function showTraining(): { watcher: TrainingWatcher; stop: () => void } {
  let progress: Progress | null = null;
  let last: EpochRecord | null = null;
  const watcher: TrainingWatcher = {
    onStart: ({ runId, dataName, config, split, engine }) => {
      note(
        `${runId}: ${dataName}, ${split.train.rows} training users, ${split.validation.users.length} validation users, ${split.vocabulary.length} items${engine ? `, on ${engine.name} (${engine.version})` : ''}`,
      );
      const items = split.vocabulary.length;
      if (config.model === 'ease') {
        note(
          `ease keeps ${items} x ${items} weights: ${gigabytes(easeMemory(items))} of memory at most`,
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
      progress?.stop();
      progress = null;
      last = null;
      note(`member ${member}: ${config.model}${'seed' in config ? `, seed ${config.seed}` : ''}`);
    },
  };
  return { watcher, stop: () => progress?.stop() };
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
  return `${(bytes / 1e9).toFixed(1)} GB`;
}

/** Seconds as a reader takes them in, such as `3 min 20 s`. */
export function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60);
  return minutes === 0 ? `${Math.ceil(seconds)} s` : `${minutes} min ${Math.floor(seconds % 60)} s`;
}
