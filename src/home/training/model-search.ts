/** The search of `auto`: one setting of every model, then further ones as long as they gain. */

import type { SingleConfig } from '../../config/models.js';
import type { ObjectiveScores } from '../../eval/objective.js';
import type { EpochRecord, StoredTensors } from '../../runs/format.js';
import { type DataShape, firstSettings, furtherSetting } from './trial-settings.js';

/** A setting that was trained and measured. */
export interface MeasuredTrial {
  readonly config: SingleConfig;
  readonly scores: ObjectiveScores;
  /** The epoch that was kept; null for a model without epochs. */
  readonly best: EpochRecord | null;
  readonly durationS: number;
  /** Whether the time limit ended the training. */
  readonly isCut: boolean;
}

/** The same with the model itself. */
export interface TrainedTrial extends MeasuredTrial {
  readonly weights: StoredTensors;
  readonly log: readonly EpochRecord[];
}

/** A setting of which nothing came. */
export interface FailedTrial {
  readonly config: SingleConfig;
  readonly failure: string;
  readonly durationS: number;
  readonly isCut: boolean;
}

export type SearchTrial = MeasuredTrial | FailedTrial;

/** How long a training may take. */
export interface TrialLimit {
  /** When it must end, by the search's clock. */
  readonly until: number;
  /** Whether it must give a model: it then ends one epoch before it is cut. */
  readonly isNeeded: boolean;
}

/** The input of a search. */
export interface ModelSearchOptions {
  readonly shape: DataShape;
  /** Milliseconds; a clock that never goes back. */
  readonly now: () => number;
  /** When the search must end, by the clock. */
  readonly deadline: number;
  /** Trains and measures a setting. An error that it throws ends the search. */
  readonly attempt: (
    config: SingleConfig,
    limit: TrialLimit,
  ) => Promise<TrainedTrial | FailedTrial>;
}

/** What a search has found. */
export interface ModelSearchResult {
  /** In the order of trying, without the models, which are large. */
  readonly trials: readonly SearchTrial[];
  /** The best trial of each model, in the order in which the models were tried. */
  readonly best: readonly TrainedTrial[];
  /** Whether the time limit ended the search or one of its trainings. */
  readonly isCut: boolean;
}

/** So many further trials in a row must gain a standard error together. */
const window = 3;

/**
 * Tries the first setting of every model, then further ones. It ends when the last three further trials together
 * raised the best objective by less than its standard error, or when no setting is left.
 *
 * Past the deadline nothing more is tried, but for the Mult-VAE: a run always has one. Of the time that is left, a
 * training may take half, so that there is some for the next one.
 */
export async function searchModels(options: ModelSearchOptions): Promise<ModelSearchResult> {
  const { shape, now, deadline, attempt } = options;
  const trials: SearchTrial[] = [];
  const kept = new Map<string, TrainedTrial>();
  const tryOut = async (config: SingleConfig, limit: TrialLimit) => {
    const trial = await attempt(config, limit);
    if (!('weights' in trial)) {
      trials.push(trial);
      return;
    }
    const { weights: _, log: __, ...measured } = trial;
    trials.push(measured);
    const known = kept.get(config.model);
    kept.set(config.model, bestOf(known === undefined ? [trial] : [known, trial])!);
  };
  const isUp = () => now() >= deadline;
  const limit = (isNeeded: boolean): TrialLimit => {
    const start = now();
    return { until: start + Math.max(0, deadline - start) / 2, isNeeded };
  };
  let isCut = false;
  for (const config of firstSettings(shape)) {
    const isNeeded = config.model === 'mult-vae';
    if (isUp() && !isNeeded) isCut = true;
    else await tryOut(config, limit(isNeeded));
  }
  const before: number[] = [];
  for (let turn = 0; ; turn++) {
    const best = bestOf([...kept.values()]);
    const earlier = before.at(-window);
    if (best !== null && earlier !== undefined) {
      const { mean, se } = best.scores.both;
      if (mean - earlier < se || mean === earlier) break;
    }
    const config = furtherSetting(shape, trials.map(triedSetting), turn);
    if (config === null) break;
    if (isUp()) {
      isCut = true;
      break;
    }
    before.push(best?.scores.both.mean ?? Number.NEGATIVE_INFINITY);
    // Every Mult-VAE so far may have diverged.
    const isNeeded = config.model === 'mult-vae' && !kept.has('mult-vae');
    await tryOut(config, limit(isNeeded));
  }
  const best = [...kept.values()];
  return { trials, best, isCut: isCut || trials.some((trial) => trial.isCut) };
}

export function isMeasured(trial: SearchTrial): trial is MeasuredTrial {
  return 'scores' in trial;
}

/** The trial with the highest objective, the earlier one on a tie; null where there is none. */
export function bestOf<T extends Pick<MeasuredTrial, 'scores'>>(trials: readonly T[]): T | null {
  return trials.reduce<T | null>(
    (best, trial) =>
      best === null || trial.scores.both.mean > best.scores.both.mean ? trial : best,
    null,
  );
}

function triedSetting(trial: SearchTrial) {
  return { config: trial.config, score: isMeasured(trial) ? trial.scores.both.mean : null };
}
