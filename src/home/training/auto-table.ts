/** What `auto` tried, in rows for a reader. */

import type { ModelConfig, SingleConfig } from '../../config/models.js';
import type { Estimate } from '../../eval/evaluate.js';
import type { ObjectiveScores } from '../../eval/objective.js';
import type { EpochRecord } from '../../runs/format.js';
import { isMeasured, type SearchTrial } from './model-search.js';

/** A setting that `auto` tried. */
export interface AutoTrial {
  readonly model: string;
  /** In words, such as `lambda 300`. */
  readonly setting: string;
  /** Its scores on validation users; null where the training failed. */
  readonly scores: AutoScores | null;
  /** Why there are no scores; null where there are some. */
  readonly failure: string | null;
  readonly durationS: number;
  /** Whether the time limit ended it. */
  readonly isCut: boolean;
  /** Whether the run is this one. */
  readonly isChosen: boolean;
}

/** NDCG@100 on validation users. */
export interface AutoScores {
  readonly whole: Estimate;
  /** The mean over fold-ins of 1, 2, 3 and 5 clicks; null where no user has a fold-in click. */
  readonly short: Estimate | null;
  /** The mean of both, by which `auto` chooses. */
  readonly objective: Estimate;
}

/** What `auto` chose by. */
export interface AutoSearch {
  readonly trials: readonly AutoTrial[];
  /** The configuration of the run. */
  readonly config: ModelConfig;
  /** Whether the time limit ended the search or a training: the same command may then give another run. */
  readonly isCut: boolean;
}

/** A trial as a row. */
export function trialRow(trial: SearchTrial, isChosen: boolean): AutoTrial {
  const { config, durationS, isCut } = trial;
  const isDone = isMeasured(trial);
  return {
    model: config.model,
    setting: settingInWords(config, isDone ? trial.best : null),
    scores: isDone ? autoScores(trial.scores) : null,
    failure: isDone ? null : trial.failure,
    durationS,
    isCut,
    isChosen,
  };
}

export function autoScores({ whole, short, both }: ObjectiveScores): AutoScores {
  return { whole, short, objective: both };
}

/** The hyper-parameters that `auto` varies, in words. */
export function settingInWords(config: SingleConfig, best: EpochRecord | null = null): string {
  const epoch = best === null ? '' : `, epoch ${best.epoch}`;
  switch (config.model) {
    case 'ease':
    case 'sparse-ease':
      return `lambda ${config.lambda}, denoise ${config.denoise}`;
    case 'kernel-ae':
      return `sharpness ${config.sharpness}, lambda ${config.lambda}`;
    case 'rec-vae':
      return `${config.hiddenDim}-${config.latentDim}, learningRate ${config.learningRate}${epoch}`;
    case 'item-knn':
      return `neighbours ${config.neighbours}, shrinkage ${config.shrinkage}`;
    case 'mult-vae':
      return `${[...config.hiddenDims, config.latentDim].join('-')}, betaCap ${config.betaCap}${epoch}`;
    case 'mult-dae':
      return `${config.latentDim}, dropout ${config.dropout}, weightPenalty ${config.weightPenalty}${epoch}`;
    default:
      return '';
  }
}
