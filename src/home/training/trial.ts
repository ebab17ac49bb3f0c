/** One trial of `auto`: a setting, trained and measured within a time limit. */

import { mkdirSync, rmSync } from 'node:fs';
import type { Engine } from '../../backend/engine.js';
import type { SingleConfig } from '../../config/models.js';
import { ConfigError, DivergenceError } from '../../errors.js';
import { type ObjectiveScores, objectiveScores } from '../../eval/objective.js';
import { readCheckpoint } from '../../model/training/checkpoint.js';
import type { TrainingHooks } from '../../model/training/hooks.js';
import type { TrainedModel } from '../../model/training/model-training.js';
import type { Material } from '../material.js';
import { type AutoTrial, settingInWords, trialRow } from './auto-table.js';
import { loadTrained, trainModel } from './fit.js';
import type { FailedTrial, TrainedTrial, TrialLimit } from './model-search.js';

/** Callbacks that follow trials, all optional, and the signal that ends them. */
export interface TrialWatcher extends Pick<TrainingHooks, 'onStep' | 'onRemark'> {
  /** Called before each trial. */
  readonly onTrial?: (model: string, setting: string) => void;
  /** Called after each trial; nothing is chosen yet. */
  readonly onTrialResult?: (trial: AutoTrial) => void;
  readonly signal?: AbortSignal;
}

/** What every trial needs. */
export interface AutoWork {
  readonly material: Material;
  readonly engine: Engine;
  /** Folder of the trial in progress. */
  readonly folder: string;
  readonly now: () => number;
}

const timeUp = new Error('the time is up');

/**
 * Trains a setting and measures it. A network that the limit ends keeps its best epoch so far.
 *
 * @returns also what failed, where the next setting may succeed
 * @throws the signal's reason when it was aborted
 */
export async function attempt(
  work: AutoWork,
  { signal, onStep, onRemark, onTrial, onTrialResult }: TrialWatcher,
  { config, limit }: { readonly config: SingleConfig; readonly limit: TrialLimit },
): Promise<TrainedTrial | FailedTrial> {
  const { folder, now } = work;
  const started = now();
  signal?.throwIfAborted();
  onTrial?.(config.model, settingInWords(config));
  const cut = new AbortController();
  let epochs = 0;
  const isOver = () => now() >= limit.until && !(limit.isNeeded && epochs === 0);
  // A network asks after each step; a model in one go has to be told.
  const timer =
    'epochs' in config
      ? undefined
      : setTimeout(() => cut.abort(timeUp), Math.max(0, limit.until - started));
  mkdirSync(folder, { recursive: true });
  let trained: Omit<TrainedModel, 'durationS'>;
  try {
    trained = await trainModel(
      { ...work, config },
      {
        folder,
        resume: false,
        signal: AbortSignal.any([cut.signal, ...(signal === undefined ? [] : [signal])]),
        onStep: (step) => {
          onStep?.(step);
          if (isOver()) cut.abort(timeUp);
        },
        onEpoch: () => {
          epochs++;
        },
        ...(onRemark && { onRemark }),
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    const failed = failure(error);
    if (failed === null) throw error;
    const best = error === timeUp && 'epochs' in config ? bestSoFar(folder) : null;
    if (best === null) {
      const durationS = (now() - started) / 1000;
      const trial = { config, failure: failed, durationS, isCut: error === timeUp };
      onTrialResult?.(trialRow(trial, false));
      return trial;
    }
    trained = best;
  } finally {
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true });
  }
  const scores = await scoresOf(work, config, trained);
  const durationS = (now() - started) / 1000;
  const { weights, log, best } = trained;
  const trial = { config, scores, weights, log, best, durationS, isCut: cut.signal.aborted };
  onTrialResult?.(trialRow(trial, false));
  return trial;
}

/** Why nothing came of a trial, for errors that leave the other trials alone; null for any other. */
function failure(error: unknown): string | null {
  if (error === timeUp) return 'the time was up';
  return error instanceof DivergenceError || error instanceof ConfigError ? error.message : null;
}

/** The best epoch of a network whose training was cut; null where no epoch had ended. */
function bestSoFar(folder: string): Omit<TrainedModel, 'durationS'> | null {
  const { best: weights, progress } = readCheckpoint(folder);
  const { log, bestEpoch } = progress;
  return weights === null ? null : { weights, log, best: log[bestEpoch - 1]! };
}

async function scoresOf(
  work: AutoWork,
  config: SingleConfig,
  trained: Pick<TrainedModel, 'weights'>,
): Promise<ObjectiveScores> {
  const model = await loadTrained({ ...work, config }, trained);
  try {
    return await objectiveScores(model, work.material.split.validation);
  } finally {
    model.dispose();
  }
}
