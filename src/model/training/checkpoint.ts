/** Checkpoints: files from which a stopped training continues. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ModelConfig, modelNames } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { type Protocol, protocolSchema } from '../../config/protocol.js';
import { MultvaeError, RunError, StorageError } from '../../errors.js';
import { HashedFile } from '../../runs/byte-source.js';
import type { EpochRecord, StoredTensor, StoredTensors } from '../../runs/format.js';
import { decodeJson } from '../../runs/json-lines.js';
import { readSafetensors, type SafetensorsFile, safetensorsParts } from '../../runs/safetensors.js';
import { partsOf, replaceFile } from '../../storage/durable-files.js';
import { storageError } from '../../storage/faults.js';

/** Format 2 added the checksum and checkpoints without progress. */
const formatVersion = 2;
const fileName = 'checkpoint.safetensors';
const restart =
  'Train from the beginning, without --resume; `multvae remove RUN` deletes the stopped training.';

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
 */
export function writeCheckpoint(folder: string, checkpoint: Checkpoint): void {
  const { origin, progress, weights, m, v, steps, best } = checkpoint;
  const tensors = Object.fromEntries([
    ...prefixed('weights', weights),
    ...prefixed('adam.m', m),
    ...prefixed('adam.v', v),
    ...prefixed('best', best ?? {}),
  ]);
  write(folder, tensors, { ...origin, progress, steps });
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
  write(folder, {}, { ...origin });
}

function write(folder: string, tensors: StoredTensors, contents: object): void {
  const state = JSON.stringify({ version: formatVersion, ...contents });
  const path = join(folder, fileName);
  const parts = safetensorsParts(tensors, { state, sha256: contentHash(state, tensors) });
  try {
    replaceFile(path, parts);
  } catch (error) {
    throw storageError(`the checkpoint ${path} cannot be written`, error, { path });
  }
}

/** Whether a folder holds a training that can be resumed. */
export function hasCheckpoint(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/**
 * Reads the input of the training in a folder.
 *
 * @throws RunError under the same conditions as `readCheckpoint`
 */
export function readOrigin(folder: string): TrainingOrigin {
  return open(folder).origin;
}

/**
 * Reads a folder's checkpoint.
 *
 * @throws RunError when there is none, or it is damaged, not a checkpoint, or of another version
 */
export function readCheckpoint(folder: string): Checkpoint {
  const { path, origin, state, tensors } = open(folder);
  const { progress, steps } = decodeJson(state, path, stateSchema);
  const best = selected('best', tensors);
  return {
    origin,
    progress,
    weights: selected('weights', tensors),
    m: selected('adam.m', tensors),
    v: selected('adam.v', tensors),
    steps,
    best: Object.keys(best).length === 0 ? null : best,
  };
}

/** An open checkpoint file. */
interface OpenCheckpoint {
  readonly path: string;
  readonly origin: TrainingOrigin;
  readonly state: string;
  readonly tensors: StoredTensors;
}

function open(folder: string): OpenCheckpoint {
  const path = join(folder, fileName);
  let file: HashedFile | undefined;
  try {
    file = new HashedFile(path);
    return decodeCheckpoint(readSafetensors(file, path), path);
  } catch (error) {
    throw unreadable(error, folder, path);
  } finally {
    file?.close();
  }
}

function unreadable(error: unknown, folder: string, path: string): Error {
  if (error instanceof MultvaeError) {
    return new RunError(`${error.message.replace(/\.$/, '')}. ${restart}`, { cause: error });
  }
  if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
    return new RunError(`${folder} holds no checkpoint. ${restart}`);
  }
  const told = storageError(`${path} cannot be read`, error, { path });
  if (told instanceof StorageError && told.fault !== 'path') return told;
  // Something else is in the file's place, such as a folder; naming another path would not help.
  return new RunError(`${path} cannot be read: ${(error as Error).message}. ${restart}`, {
    cause: error,
  });
}

function decodeCheckpoint({ tensors, metadata }: SafetensorsFile, path: string): OpenCheckpoint {
  const { state } = metadata;
  if (state === undefined) throw new RunError(`${path} is not a checkpoint`);
  const { version } = decodeJson(state, path, z.looseObject({ version: z.int() }));
  if (version !== formatVersion) {
    throw new RunError(
      `${path}: ${version > formatVersion ? 'a newer' : 'an older'} multvae wrote this checkpoint, in format ${version}; this one reads format ${formatVersion}. Resume with that version`,
    );
  }
  if (metadata.sha256 !== contentHash(state, tensors)) {
    throw new RunError(`${path} is damaged: its contents do not match their SHA-256`);
  }
  const { config, ...began } = decodeJson(state, path, originSchema);
  const { protocol, dataHash, backend, from } = began;
  const origin = {
    config: parseConfig(config.model, config, path),
    protocol,
    dataHash,
    backend,
    ...(from !== undefined && { from }),
  };
  return { path, origin, state, tensors };
}

/** SHA-256 of a checkpoint's contents, in hex. */
function contentHash(state: string, tensors: StoredTensors): string {
  const hash = createHash('sha256').update(state);
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash.update(JSON.stringify([name, data.constructor.name, shape]));
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    for (const part of partsOf(bytes)) hash.update(part);
  }
  return hash.digest('hex');
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
