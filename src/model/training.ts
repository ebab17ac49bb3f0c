import type { Engine } from '../backend/engine.js';
import type { ModelConfig } from '../config.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import type { EpochRecord, StoredTensors } from '../runs/format.js';
import { readCheckpoint, type TrainingOrigin, writeOrigin } from './checkpoint.js';
import { trainEase } from './ease.js';
import { trainItemKnn } from './item-knn.js';
import type { Recommender } from './recommender.js';
import { type StepRecord, trainNetwork } from './trainer.js';

/** What a training needs, whatever the model. */
export interface ModelTraining<Config extends ModelConfig = ModelConfig> {
  readonly origin: TrainingOrigin & { readonly config: Config };
  /** [U, I] */
  readonly train: ClickMatrix;
  /** Null only for a model that `computesWithTensors` denies. */
  readonly engine: Engine | null;
  /** NDCG@100 on validation users; the model must not be kept or disposed. */
  readonly validate: (model: Recommender) => Promise<number>;
  /** Folder for the checkpoint. */
  readonly folder: string;
  /** Whether to go on from what is in the folder. */
  readonly resume: boolean;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: StepRecord) => void;
  readonly onEpoch?: (epoch: EpochRecord) => void;
}

/** What a run stores of a training. */
export interface TrainedModel {
  readonly weights: StoredTensors;
  /** One record an epoch; empty for a model that has none. */
  readonly log: readonly EpochRecord[];
  /** The epoch that was kept; null for a model that has none. */
  readonly best: EpochRecord | null;
  /** Seconds, over every resumption of a model that goes on. */
  readonly durationS: number;
}

/** Whether a model's training or scoring runs on a backend. */
export function computesWithTensors({ model }: ModelConfig): boolean {
  return model !== 'popularity' && model !== 'item-knn';
}

/**
 * Trains the model that a configuration names. Networks go on where they were stopped; what is computed in
 * closed form begins anew.
 *
 * @throws DivergenceError, and the signal's reason when it was aborted, after a checkpoint
 */
export async function trainModel(training: ModelTraining): Promise<TrainedModel> {
  const { origin, train, engine, folder } = training;
  const { config } = origin;
  switch (config.model) {
    case 'mult-vae':
    case 'mult-dae':
    case 'rec-vae': {
      const { resume, ...options } = training;
      return trainNetwork({
        ...options,
        engine: engine!,
        origin: { ...origin, config },
        ...(resume && { resume: readCheckpoint(folder) }),
      });
    }
    default:
      writeOrigin(folder, origin);
  }
  const started = performance.now();
  const weights = await closedForm(config, train, engine, training.signal);
  const durationS = (performance.now() - started) / 1000;
  return { weights, log: [], best: null, durationS };
}

async function closedForm(
  config: Exclude<ModelConfig, { model: 'mult-vae' | 'mult-dae' | 'rec-vae' }>,
  train: ClickMatrix,
  engine: Engine | null,
  signal?: AbortSignal,
): Promise<StoredTensors> {
  switch (config.model) {
    case 'ease':
      return trainEase(config, train, engine!, signal);
    case 'item-knn':
      return trainItemKnn(config, train);
    case 'popularity':
      return {};
  }
}
