/** Trains and measures one configuration of a search. */

import type { ModelConfig } from '../../config/models.js';
import { MultvaeError } from '../../errors.js';
import { type ObjectiveName, objectiveScore } from '../../eval/objective.js';
import { readOrigin } from '../../model/training/checkpoint.js';
import { hasCheckpoint } from '../../model/training/checkpoint-files.js';
import type { TrainingHooks } from '../../model/training/hooks.js';
import { requireMemory } from '../../model/training/memory.js';
import { type Fit, loadTrained, originOf, trainModel } from '../training/fit.js';

/** What every trial of a search is trained and measured with. */
export interface TrialBench extends Omit<Fit, 'config'> {
  readonly objective: ObjectiveName;
  readonly hooks: Pick<TrainingHooks, 'onStep' | 'onRemark'>;
}

/** Where one training keeps its checkpoint, and what stops it. */
export interface TrialPlace {
  readonly folder: string;
  readonly stop: AbortSignal;
}

/**
 * Trains a configuration and gives its score on the validation users. A checkpoint of the same training in the folder is
 * gone on from.
 *
 * @throws DivergenceError; ConfigError where the memory is too small; the signal's reason when it was aborted, after a
 * checkpoint
 */
export async function measureTrial(
  { material, engine, objective, hooks }: TrialBench,
  config: ModelConfig,
  { folder, stop }: TrialPlace,
): Promise<{ score: number; durationS: number }> {
  stop.throwIfAborted();
  requireMemory(config, material.split.train);
  const { onStep, onRemark } = hooks;
  const fit = { material, config, engine };
  const trained = await trainModel(fit, {
    folder,
    resume: canResume(folder, JSON.stringify(originOf(fit))),
    signal: stop,
    ...(onStep && { onStep }),
    ...(onRemark && { onRemark }),
  });
  const model = await loadTrained(fit, trained);
  const score = await objectiveScore(model, material.split.validation, objective);
  model.dispose();
  return { score, durationS: trained.durationS };
}

/** Whether the folder holds a stopped training of exactly this trial. */
function canResume(folder: string, origin: string): boolean {
  if (!hasCheckpoint(folder)) return false;
  try {
    return JSON.stringify(readOrigin(folder)) === origin;
  } catch (error) {
    // The checkpoint is damaged or of another version, so the trial begins anew.
    if (error instanceof MultvaeError) return false;
    throw error;
  }
}
