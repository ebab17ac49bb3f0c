/** How far a training of a network has come, counted after each step and each epoch. */

import type { EpochRecord } from '../../runs/format.js';
import type { StepRecord } from './hooks.js';
import type { StepSums } from './training-step.js';

/** How far a training has come. Random numbers need no state: they follow from the seed and the update. */
export interface TrainingProgress {
  /** The epoch of the next step; the first is 1. */
  readonly epoch: number;
  /** Finished batches of that epoch. */
  readonly batch: number;
  readonly updates: number;
  /** Sums over the users of this epoch's finished batches, in nats. */
  readonly sums: { readonly users: number; readonly nll: number; readonly kl: number };
  /** Sum of the loss over the same users. It is kept because β changes within an epoch. */
  readonly lossSum: number;
  /** The epoch with the best validation NDCG@100; 0 before the first. */
  readonly bestEpoch: number;
  readonly log: readonly EpochRecord[];
  /** Seconds that this epoch's steps took. */
  readonly epochS: number;
  /** Total seconds of training, including those before a resumption. */
  readonly elapsedS: number;
}

const startOfEpoch = { batch: 0, sums: { users: 0, nll: 0, kl: 0 }, lossSum: 0, epochS: 0 };

/** The progress before the first step. */
export const noProgress: TrainingProgress = {
  ...startOfEpoch,
  epoch: 1,
  updates: 0,
  bestEpoch: 0,
  log: [],
  elapsedS: 0,
};

/** The progress after a step that took so many seconds. */
export function afterStep(
  progress: TrainingProgress,
  step: StepSums,
  seconds: number,
): TrainingProgress {
  const { sums, lossSum, batch, updates, epochS, elapsedS } = progress;
  return {
    ...progress,
    batch: batch + 1,
    updates: updates + 1,
    sums: { users: sums.users + step.users, nll: sums.nll + step.nll, kl: sums.kl + step.kl },
    lossSum: lossSum + step.loss,
    epochS: epochS + seconds,
    elapsedS: elapsedS + seconds,
  };
}

/** What is told of the step that led to a progress. @param planned - updates of the whole training, and the step's β */
export function stepRecord(
  { epoch, updates, sums, epochS, elapsedS }: TrainingProgress,
  { users, loss, nll, kl }: StepSums,
  planned: Pick<StepRecord, 'plannedUpdates' | 'beta'>,
): StepRecord {
  return {
    epoch,
    updates,
    ...planned,
    loss: loss / users,
    nll: nll / users,
    kl: kl / users,
    usersPerS: sums.users / epochS,
    leftS: (elapsedS / updates) * (planned.plannedUpdates - updates),
  };
}

/** A finished epoch: its record, whether it is the best so far, and the progress after it. */
export interface FinishedEpoch {
  readonly record: EpochRecord;
  readonly isBest: boolean;
  readonly progress: TrainingProgress;
}

/**
 * Ends an epoch. On a tie of NDCG@100, the earlier epoch stays the best.
 *
 * @param measured - NDCG@100 on the validation users, the seconds that measuring took, and β of the last step
 */
export function afterEpoch(
  progress: TrainingProgress,
  { ndcg100, beta, seconds }: Pick<EpochRecord, 'ndcg100' | 'beta'> & { readonly seconds: number },
): FinishedEpoch {
  const { epoch, updates, sums, lossSum, epochS, log, bestEpoch } = progress;
  const elapsedS = progress.elapsedS + seconds;
  const record: EpochRecord = {
    epoch,
    updates,
    loss: lossSum / sums.users,
    nll: sums.nll / sums.users,
    kl: sums.kl / sums.users,
    beta,
    ndcg100,
    usersPerS: sums.users / epochS,
    elapsedS,
  };
  const isBest = bestEpoch === 0 || ndcg100 > log[bestEpoch - 1]!.ndcg100;
  return {
    record,
    isBest,
    progress: {
      ...progress,
      ...startOfEpoch,
      epoch: epoch + 1,
      bestEpoch: isBest ? epoch : bestEpoch,
      log: [...log, record],
      elapsedS,
    },
  };
}
