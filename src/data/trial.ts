/** The trainings of a hyper-parameter search. */
import type { ModelConfig } from '../config/models.js';

/** One training of a hyper-parameter search. */
export interface TrialStep {
  /** The number of the trial; 0 is the configuration that the search began with. */
  readonly trial: number;
  /** How often the trial was promoted to a longer training; 0 for its first, shortest one. */
  readonly rung: number;
  /** The configuration with the training budget of this rung. Training it again gives the same score. */
  readonly config: ModelConfig;
}

/** The result of one training of a search. */
export interface TrialResult extends TrialStep {
  /** The objective on validation users, by default NDCG@100; null when the training failed. */
  readonly score: number | null;
  /** Why the training failed; null when it did not. */
  readonly failure: string | null;
  /** Seconds of training. */
  readonly durationS: number;
}
