/** What any model’s training takes and gives. */

import type { Collective } from '../../backend/collective/collective.js';
import type { Engine } from '../../backend/engine.js';
import type { ModelConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { EpochRecord, StoredTensors } from '../../runs/format.js';
import type { Recommender } from '../recommender.js';
import type { EarlierWeights } from './carried-weights.js';
import type { TrainingOrigin } from './checkpoint.js';
import type { Division } from './checkpoint-files.js';
import type { TrainingHooks } from './hooks.js';

/** The weights that an ensemble learned on validation users. */
export interface MemberWeights {
  /** One a member; a member of weight 0 is dropped. */
  readonly weights: readonly number[];
  /** What they gained over equal weights, in words. */
  readonly remark: string;
}

/** The input of a training of any model. */
export interface ModelTraining<Config extends ModelConfig = ModelConfig> extends TrainingHooks {
  readonly origin: TrainingOrigin & { readonly config: Config };
  /** [U, I]; where a collective divides the items, the clicks on this rank's items are enough. */
  readonly train: ClickMatrix;
  /** [U], the clicks of each user over all items. Default: those of `train`. */
  readonly lengths?: Int32Array;
  /** Null only for a model that does not compute with tensors. */
  readonly engine: Engine | null;
  /** Gives NDCG@100 on validation users. It must not keep or dispose the model. */
  readonly validate: (model: Recommender) => Promise<number>;
  /**
   * Learns the weights of trained members on validation users. It must not keep or dispose them.
   *
   * @param losses - [I], what the blend takes from each item's score; null for nothing
   */
  readonly learnWeights: (
    members: readonly Recommender[],
    losses: Float32Array | null,
  ) => Promise<MemberWeights>;
  /** Folder for the checkpoint. */
  readonly folder: string;
  /** Whether to continue from the folder's checkpoint. */
  readonly resume: boolean;
  /** The weights that a network begins with; default: random ones. Other models, and a resumed training, ignore it. */
  readonly earlier?: EarlierWeights;
  /** The ranks over which the items of a network are divided. Default: this process has all items. */
  readonly collective?: Collective;
  /** When aborted, the training writes a checkpoint and throws the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The result of a training, as a run stores it. */
export interface TrainedModel {
  /** The configuration to store, where the training chose a part of it. Default: the one it was given. */
  readonly config?: ModelConfig;
  /** Of a divided training: those of this rank's items. */
  readonly weights: StoredTensors;
  /** Of a divided training: which items these are. */
  readonly division?: Division;
  /** One record per epoch; empty for a model without epochs. */
  readonly log: readonly EpochRecord[];
  /** The epoch whose weights are kept; null for a model without epochs. */
  readonly best: EpochRecord | null;
  /** Seconds of training, including those before a resumption from a checkpoint. */
  readonly durationS: number;
}
