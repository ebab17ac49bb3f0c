import type { ModelConfig } from '../config/models.js';
import type { Protocol } from '../config/protocol.js';
import type { UsedFeedback } from '../data/feedback-clicks.js';
import type { ItemId } from '../data/ids.js';
import type { HeldOutUsers } from '../data/split/users.js';

/** A tensor outside any backend. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}
export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** Where a run comes from: enough to make it again. */
export interface Lineage {
  /** SHA-256 of the ratings as they were imported, in hex. */
  readonly dataHash: string;
  /** The name of the imported data set, or its file name. */
  readonly dataName: string;
  /** What of the feedback entered the training clicks; absent where none was wanted. */
  readonly feedback?: UsedFeedback | undefined;
  readonly packageVersion: string;
  readonly nodeVersion: string;
  /** The backend's name and version, such as `wasm 4.22.0`; `none` where no tensors are computed. */
  readonly backend: string;
  readonly seed: number | null;
  /** Users that it was trained on; runs of versions up to 0.1.0 do not say. */
  readonly trainingUsers?: number | undefined;
  /** Seconds spent training, summed over resumptions. */
  readonly durationS: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The command's words, as they were given. */
  readonly command: readonly string[];
}

/** The items a model knows, by index, with how often each was clicked in training. */
export interface Vocabulary {
  readonly items: readonly ItemId[];
  /** [I] */
  readonly trainClicks: Int32Array;
}

/** The held-out users of a run, kept with it so that later measurements use the same. */
export interface StoredSplit {
  readonly validation: HeldOutUsers;
  readonly test: HeldOutUsers;
}

/** One epoch of training, as it is logged. NLL, KL and loss are nats a user. */
export interface EpochRecord {
  readonly epoch: number;
  readonly updates: number;
  readonly loss: number;
  readonly nll: number;
  readonly kl: number;
  /** β at the epoch's last update. */
  readonly beta: number;
  /** Validation NDCG@100. */
  readonly ndcg100: number;
  readonly usersPerS: number;
  readonly elapsedS: number;
}

/** Everything that a run holds, in memory. */
export interface RunContents {
  readonly config: ModelConfig;
  readonly protocol: Protocol;
  readonly weights: StoredTensors;
  readonly vocabulary: Vocabulary;
  readonly split: StoredSplit;
  /** Validation metrics of the kept epoch, such as `ndcg@100`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly log: readonly EpochRecord[];
  readonly lineage: Lineage;
}

/** A run read back from disk, every file of it checked. */
export interface StoredRun extends RunContents {
  readonly id: string;
}

/** What a list of runs shows. */
export interface RunSummary {
  readonly id: string;
  readonly active: boolean;
  /** Why the run cannot be used, from its `run.json` alone; null when nothing is wrong there. */
  readonly problem: string | null;
  /** The rest is null where there is a problem. */
  readonly model: string | null;
  readonly dataName: string | null;
  readonly createdAt: string | null;
  readonly metrics: Readonly<Record<string, number>> | null;
}
