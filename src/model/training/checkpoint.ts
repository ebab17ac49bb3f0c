/** Checkpoints: files from which a stopped training continues. */

import { z } from 'zod';
import { type ModelConfig, modelNames } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { type Protocol, protocolSchema } from '../../config/protocol.js';
import { StorageError } from '../../errors.js';
import type { EpochRecord, StoredTensor, StoredTensors } from '../../runs/format.js';
import { decodeJson } from '../../runs/json-lines.js';
import {
  type Division,
  type OpenCheckpoint,
  openCheckpointFiles,
  writeCheckpointFiles,
} from './checkpoint-files.js';
import type { TrainingProgress } from './training-progress.js';

/** The input of a training; a resumed training must have the same. */
export interface TrainingOrigin {
  readonly config: ModelConfig;
  readonly protocol: Protocol;
  /** SHA-256 of the imported ratings, in hex. */
  readonly dataHash: string;
  /** The backend's name, because backends round differently; `none` for a model without tensors. */
  readonly backend: string;
  /** The run with whose weights the training began; absent where it began with random ones. */
  readonly from?: string | undefined;
}

/** Everything that a training needs to continue as if it had never stopped. */
export interface Checkpoint {
  readonly origin: TrainingOrigin;
  readonly progress: TrainingProgress;
  readonly weights: StoredTensors;
  /** Adam's moments. */
  readonly m: StoredTensors;
  readonly v: StoredTensors;
  /** Adam's steps so far, per parameter. */
  readonly steps: Readonly<Record<string, number>>;
  /** The weights of the best epoch; null before the first. */
  readonly best: StoredTensors | null;
}

const epochSchema: z.ZodType<EpochRecord> = z.strictObject({
  epoch: z.int(),
  updates: z.int(),
  loss: z.number(),
  nll: z.number(),
  kl: z.number(),
  beta: z.number(),
  ndcg100: z.number(),
  usersPerS: z.number(),
  elapsedS: z.number(),
});

const originSchema = z.looseObject({
  version: z.int(),
  config: z.looseObject({ model: z.enum(modelNames) }),
  protocol: protocolSchema,
  dataHash: z.string(),
  backend: z.string(),
  from: z.string().optional(),
});

const stateSchema = z.looseObject({
  progress: z.strictObject({
    epoch: z.int().min(1),
    batch: z.int().min(0),
    updates: z.int().min(0),
    sums: z.strictObject({ users: z.number(), nll: z.number(), kl: z.number() }),
    lossSum: z.number(),
    bestEpoch: z.int().min(0),
    log: z.array(epochSchema),
    epochS: z.number(),
    elapsedS: z.number(),
  }),
  steps: z.record(z.string(), z.int().min(0)),
});

/**
 * Replaces a folder's checkpoint. A process killed meanwhile leaves the previous one, and so does a disk that refuses.
 *
 * It is a safetensors file with `weights/…`, `adam.m/…`, `adam.v/…` and `best/…`. The rest is JSON in its
 * metadata, together with a SHA-256 of that JSON and the tensors.
 *
 * @param division - of a divided training; each rank then writes a file of its own
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint, division?: Division): void {
  const { origin, progress, weights, m, v, steps, best } = checkpoint;
  const tensors = Object.fromEntries([
    ...prefixed('weights', weights),
    ...prefixed('adam.m', m),
    ...prefixed('adam.v', v),
    ...prefixed('best', best ?? {}),
  ]);
  const state = { ...origin, progress, steps };
  const name = `${progress.epoch}.${progress.batch}`;
  writeCheckpointFiles(folder, { tensors, state, name }, division);
}

/** Writes the later checkpoints of a training: where the disk refuses one, the one before stays. */
export class LaterCheckpoints {
  readonly #onRemark: (text: string) => void;
  #isRefused = false;

  /** @param onRemark - told when the disk begins to refuse them, and when it takes them again */
  constructor(onRemark: (text: string) => void = () => undefined) {
    this.#onRemark = onRemark;
  }

  async write(write: () => Promise<void>): Promise<void> {
    const wasRefused = this.#isRefused;
    try {
      await write();
      this.#isRefused = false;
      if (wasRefused) this.#onRemark('the checkpoint could be written again');
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#isRefused = true;
      if (wasRefused) return;
      this.#onRemark(`${error.message}; the training goes on, and keeps the checkpoint before`);
    }
  }
}

/** Writes a checkpoint without progress; a training resumed from it starts again. */
export function writeOrigin(folder: string, origin: TrainingOrigin): void {
  writeCheckpointFiles(folder, { tensors: {}, state: origin, name: '0' });
}

/**
 * Reads the input of the training in a folder.
 *
 * @throws RunError under the same conditions as `readCheckpoint`
 */
export function readOrigin(folder: string): TrainingOrigin {
  return originOf(openCheckpointFiles(folder));
}

/**
 * Reads a folder's checkpoint.
 *
 * @param division - the part of the items whose parameters are read, however the training was divided before. Default:
 *   the tensors of the first file
 * @throws RunError when there is none, or it is damaged, not a checkpoint, or of another version
 */
export function readCheckpoint(folder: string, division?: Division): Checkpoint {
  const opened = openCheckpointFiles(folder, division);
  const { path, state, tensors } = opened;
  const { progress, steps } = decodeJson(state, path, stateSchema);
  const best = selected('best', tensors);
  return {
    origin: originOf(opened),
    progress,
    weights: selected('weights', tensors),
    m: selected('adam.m', tensors),
    v: selected('adam.v', tensors),
    steps,
    best: Object.keys(best).length === 0 ? null : best,
  };
}

function originOf({ path, state }: OpenCheckpoint): TrainingOrigin {
  const { config, ...began } = decodeJson(state, path, originSchema);
  const { protocol, dataHash, backend, from } = began;
  return {
    config: parseConfig(config.model, config, path),
    protocol,
    dataHash,
    backend,
    ...(from !== undefined && { from }),
  };
}

function prefixed(prefix: string, tensors: StoredTensors): [string, StoredTensor][] {
  return Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]);
}

function selected(prefix: string, tensors: StoredTensors): StoredTensors {
  const start = `${prefix}/`;
  return Object.fromEntries(
    Object.entries(tensors)
      .filter(([name]) => name.startsWith(start))
      .map(([name, tensor]) => [name.slice(start.length), tensor]),
  );
}
