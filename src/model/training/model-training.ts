import type { Engine } from '../../backend/engine.js';
import type { ModelConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { EpochRecord, StoredTensors } from '../../runs/format.js';
import type { Recommender } from '../recommender.js';
import type { TrainingOrigin } from './checkpoint.js';
import type { TrainingHooks } from './hooks.js';

/** What a training needs, whatever the model. */
export interface ModelTraining<Config extends ModelConfig = ModelConfig> extends TrainingHooks {
  readonly origin: TrainingOrigin & { readonly config: Config };
  /** [U, I] */
  readonly train: ClickMatrix;
  /** Null only for a model that does not compute with tensors. */
  readonly engine: Engine | null;
  /** NDCG@100 on validation users; the model must not be kept or disposed. */
  readonly validate: (model: Recommender) => Promise<number>;
  /** Folder for the checkpoint. */
  readonly folder: string;
  /** Whether to go on from what is in the folder. */
  readonly resume: boolean;
  readonly signal?: AbortSignal;
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
