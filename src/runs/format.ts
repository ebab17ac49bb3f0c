/** The contents of a run. */
import type { ModelConfig } from '../config/models.js';
import type { Protocol, ProtocolName } from '../config/protocol.js';
import type { UsedFeedback } from '../data/feedback-clicks.js';
import type { ItemId } from '../data/ids.js';
import type { TrainedUsers } from '../data/split/trained-users.js';
import type { HeldOutUsers } from '../data/split/users.js';
import type { DividedWeights } from './divided/division.js';

/** A tensor as plain arrays. */
export interface StoredTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}
export type StoredTensors = Readonly<Record<string, StoredTensor>>;

/** The origin of a run: everything that is needed to train it again. */
export interface Lineage {
  /** The SHA-256 of the imported ratings, in hex. */
  readonly dataHash: string;
  /** The name of the imported data set, or its file name. */
  readonly dataName: string;
  /** The feedback in the training clicks; absent where the training used none. */
  readonly feedback?: UsedFeedback | undefined;
  /** The run with whose weights the training began; absent where it began with random ones. */
  readonly from?: string | undefined;
  readonly packageVersion: string;
  readonly nodeVersion: string;
  /** The backend's name and version, such as `wasm 4.22.0`; `none` for a model without tensors. */
  readonly backend: string;
  readonly seed: number | null;
  /** The number of training users; absent in runs of versions up to 0.1.0. */
  readonly trainingUsers?: number | undefined;
  /** Imported users with fewer clicks than the protocol asks for; absent in runs of versions up to 0.1.0. */
  readonly usersBelow?: number | undefined;
  /** Seconds of training, all resumed parts together. */
  readonly durationS: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The command's words, as they were given. */
  readonly command: readonly string[];
}

/** The items that a model knows, by index, with the training clicks of each. */
export interface Vocabulary {
  readonly items: readonly ItemId[];
  /** [I] */
  readonly trainClicks: Int32Array;
}

/** The held-out users of a run, stored with it so that later measurements use the same users. */
export interface StoredSplit {
  readonly validation: HeldOutUsers;
  readonly test: HeldOutUsers;
}

/** The users of a run: those who are held out, and those whom it was trained on. */
export interface RunUsers {
  readonly protocol: Protocol;
  readonly lineage: Lineage;
  readonly split: StoredSplit;
  /** Null in runs of versions up to 0.1.0, which do not record them. */
  readonly trained: TrainedUsers | null;
}

/** The log of one epoch of training. NLL, KL and loss are in nats per user. */
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

/** All contents of a run, in memory. */
export interface RunContents {
  readonly config: ModelConfig;
  readonly protocol: Protocol;
  /** Of a divided training: those of the first rank. */
  readonly weights: StoredTensors;
  /** Of a divided training: the files of the other ranks, which lie in the run's folder. */
  readonly divided?: DividedWeights;
  readonly vocabulary: Vocabulary;
  readonly split: StoredSplit;
  /** Default: not recorded. */
  readonly trainedUsers?: TrainedUsers;
  /** Validation metrics of the epoch whose weights were kept, such as `ndcg@100`. */
  readonly metrics: Readonly<Record<string, number>>;
  readonly log: readonly EpochRecord[];
  readonly lineage: Lineage;
}

/** A run that was read from disk, after a check of every file. */
export interface StoredRun extends Omit<RunContents, 'trainedUsers' | 'divided'> {
  readonly id: string;
}

/** A run in a list of runs. */
export interface RunSummary {
  readonly id: string;
  readonly active: boolean;
  /** Why the run cannot be used, as far as a quick check shows (`RunStore.list`); null when it found nothing. */
  readonly problem: string | null;
  /** This and the following fields are null where there is a problem. */
  readonly model: string | null;
  readonly dataName: string | null;
  /** The SHA-256 of the imported ratings, in hex. */
  readonly dataHash: string | null;
  /** What its figures are of; those of different protocols say nothing of each other. */
  readonly protocolName: ProtocolName | null;
  readonly createdAt: string | null;
  readonly metrics: Readonly<Record<string, number>> | null;
}
