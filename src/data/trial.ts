import type { ModelConfig } from '../config/models.js';

/** One training of a hyper-parameter search. */
export interface TrialStep {
  /** 0 for the configuration that the search began with. */
  readonly trial: number;
  /** How often the trial was promoted to a longer training: 0 for its first and shortest. */
  readonly rung: number;
  /** With the budget of this rung: training it again gives the same score. */
  readonly config: ModelConfig;
}

/** What a training of a search came to. */
export interface TrialResult extends TrialStep {
  /** NDCG@100 on validation users; null when the training failed. */
  readonly score: number | null;
  /** Why it failed; null when it did not. */
  readonly failure: string | null;
  /** Seconds of training. */
  readonly durationS: number;
}
