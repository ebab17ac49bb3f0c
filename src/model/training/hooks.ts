/** The callbacks through which a caller follows a training. */

import type { ModelConfig } from '../../config/models.js';
import type { EpochRecord } from '../../runs/format.js';

/** One update of the parameters. Loss, NLL and KL are nats per user of this batch. */
export interface StepRecord {
  readonly epoch: number;
  /** Updates so far, this one included. */
  readonly updates: number;
  /** Updates of all planned epochs. */
  readonly plannedUpdates: number;
  readonly loss: number;
  readonly nll: number;
  readonly kl: number;
  /** Weight of the KL term in this update. */
  readonly beta: number;
  /** Training users per second, averaged over this epoch. */
  readonly usersPerS: number;
  /** Estimated seconds until the last planned epoch ends, validation included. */
  readonly leftS: number;
}

/**
 * Callbacks of a training, all optional. The training waits for each to return, so they should be quick;
 * an error that one throws ends the training.
 */
export interface TrainingHooks {
  /** After each update. Models in closed form have none. */
  readonly onStep?: (step: StepRecord) => void;
  /** After each epoch, once it has been validated. Models in closed form have none. */
  readonly onEpoch?: (epoch: EpochRecord) => void;
  /** Before each member of an ensemble is trained; the first is 1. Other models never call it. */
  readonly onMember?: (member: number, config: ModelConfig) => void;
  /** Told what the caller should know while the training goes on, such as a checkpoint that the disk refuses. */
  readonly onRemark?: (text: string) => void;
}
