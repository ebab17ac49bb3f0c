/** The search of `auto`: one setting of every model, then further ones as long as they gain. */

import type { SingleConfig } from '../../config/models.js';
import type { ObjectiveScores } from '../../eval/objective.js';
import type { EpochRecord, StoredTensors } from '../../runs/format.js';
import { type DataShape, firstSettings, furtherSetting } from './trial-settings.js';

/** A model as it was trained and measured. */
export interface TrainedTrial {
  readonly config: SingleConfig;
  readonly scores: ObjectiveScores;
  readonly weights: StoredTensors;
  readonly log: readonly EpochRecord[];
  /** The epoch that was kept; null for a model without epochs. */
  readonly best: EpochRecord | null;
  readonly durationS: number;
  /** Whether the time limit ended the training. */
  readonly isCut: boolean;
}

/** A setting of which nothing came. */
export interface FailedTrial {
  readonly config: SingleConfig;
  readonly failure: string;
  readonly durationS: number;
  readonly isCut: boolean;
}

export type SearchTrial = TrainedTrial | FailedTrial;

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
  readonly attempt: (config: SingleConfig, limit: TrialLimit) => Promise<SearchTrial>;
}

/** What a search has found. */
export interface ModelSearchResult {
  /** In the order of trying. */
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
  const isUp = () => now() >= deadline;
  const limit = (isNeeded: boolean): TrialLimit => {
    const start = now();
    return { until: start + Math.max(0, deadline - start) / 2, isNeeded };
  };
  let isCut = false;
  for (const config of firstSettings(shape)) {
    const isNeeded = config.model === 'mult-vae';
    if (isUp() && !isNeeded) isCut = true;
    else trials.push(await attempt(config, limit(isNeeded)));
  }
  const before: number[] = [];
  for (let turn = 0; ; turn++) {
    const best = bestOf(trials.filter(isTrained));
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
    const isNeeded = config.model === 'mult-vae' && !hasTrained(trials, 'mult-vae');
    trials.push(await attempt(config, limit(isNeeded)));
  }
  return { trials, best: bestOfEach(trials), isCut: isCut || trials.some((trial) => trial.isCut) };
}

export function isTrained(trial: SearchTrial): trial is TrainedTrial {
  return 'weights' in trial;
}

/** The trial with the highest objective, the earlier one on a tie; null where there is none. */
export function bestOf<T extends Pick<TrainedTrial, 'scores'>>(trials: readonly T[]): T | null {
  return trials.reduce<T | null>(
    (best, trial) =>
      best === null || trial.scores.both.mean > best.scores.both.mean ? trial : best,
    null,
  );
}

function bestOfEach(trials: readonly SearchTrial[]): TrainedTrial[] {
  const names = [...new Set(trials.map(({ config }) => config.model))];
  return names.flatMap((name) => {
    const own = trials.filter(isTrained).filter(({ config }) => config.model === name);
    return bestOf(own) ?? [];
  });
}

function hasTrained(trials: readonly SearchTrial[], name: string): boolean {
  return trials.some((trial) => isTrained(trial) && trial.config.model === name);
}

function triedSetting(trial: SearchTrial) {
  return { config: trial.config, score: isTrained(trial) ? trial.scores.both.mean : null };
}
