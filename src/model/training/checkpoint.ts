import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { type ModelConfig, modelNames } from '../../config/models.js';
import { parseConfig } from '../../config/parse.js';
import { type Protocol, protocolSchema } from '../../config/protocol.js';
import { MultvaeError, RunError } from '../../errors.js';
import { readWhole, replaceFile } from '../../runs/durable-files.js';
import type { EpochRecord, StoredTensor, StoredTensors } from '../../runs/format.js';
import { decodeJson } from '../../runs/json-lines.js';
import { decodeSafetensors, encodeSafetensors } from '../../runs/safetensors.js';

/** 2 added the checksum, and models without a place to go on from. */
const formatVersion = 2;
const fileName = 'checkpoint.safetensors';
const restart =
  'Train from the beginning, without --resume; `multvae remove RUN` clears the stopped training away.';

/** What a training works on; a resumed one must work on the same. */
export interface TrainingOrigin {
  readonly config: ModelConfig;
  readonly protocol: Protocol;
  /** SHA-256 of the ratings as they were imported, in hex. */
  readonly dataHash: string;
  /** The backend's name; another one would round otherwise. `none` where no tensors are computed. */
  readonly backend: string;
}

/** How far a training has come. Random draws need no state: they follow from the seed and the place. */
export interface TrainingProgress {
  /** The epoch that the next step belongs to, 1 for the first. */
  readonly epoch: number;
  /** Batches of that epoch already done. */
  readonly batch: number;
  readonly updates: number;
  /** Sums over the users of the batches already done in this epoch, in nats. */
  readonly sums: { readonly users: number; readonly nll: number; readonly kl: number };
  /** Sum of loss over the same users; β moves within an epoch. */
  readonly lossSum: number;
  /** The epoch with the best validation NDCG@100; 0 before the first. */
  readonly bestEpoch: number;
  readonly log: readonly EpochRecord[];
  /** Seconds of this epoch's steps. */
  readonly epochS: number;
  /** Seconds of training in all, over every resumption. */
  readonly elapsedS: number;
}

/** Everything that a training needs to go on as if it had never stopped. */
export interface Checkpoint {
  readonly origin: TrainingOrigin;
  readonly progress: TrainingProgress;
  readonly weights: StoredTensors;
  /** Adam's moments. */
  readonly m: StoredTensors;
  readonly v: StoredTensors;
  /** Adam's steps of each parameter. */
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
 * Replaces a folder's checkpoint: whoever is killed meanwhile leaves the one before.
 *
 * The file is a safetensors file with `weights/…`, `adam.m/…`, `adam.v/…` and `best/…`; everything else
 * is JSON in its metadata, beside a SHA-256 of that JSON and the tensors.
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

/** A checkpoint of a training that has nothing to go on from: resumed, it begins anew. */
export function writeOrigin(folder: string, origin: TrainingOrigin): void {
  write(folder, {}, { ...origin });
}

function write(folder: string, tensors: StoredTensors, contents: object): void {
  const state = JSON.stringify({ version: formatVersion, ...contents });
  replaceFile(
    join(folder, fileName),
    encodeSafetensors(tensors, { state, sha256: contentHash(state, tensors) }),
  );
}

/** Whether there is a training to go on with in a folder. */
export function hasCheckpoint(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/**
 * Reads what the training in a folder works on.
 *
 * @throws RunError as `readCheckpoint`
 */
export function readOrigin(folder: string): TrainingOrigin {
  return open(folder).origin;
}

/**
 * Reads a folder's checkpoint.
 *
 * @throws RunError when there is none, or it is damaged, foreign or of another version
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

/** A checkpoint's file, and what every one of them says. */
interface OpenCheckpoint {
  readonly path: string;
  readonly origin: TrainingOrigin;
  readonly state: string;
  readonly tensors: StoredTensors;
}

function open(folder: string): OpenCheckpoint {
  const path = join(folder, fileName);
  let bytes: Buffer;
  try {
    bytes = readWhole(path);
  } catch (error) {
    throw new RunError(
      (error as NodeJS.ErrnoException).code === 'ENOENT'
        ? `${folder} holds no checkpoint. ${restart}`
        : `${path} cannot be read: ${(error as Error).message}. ${restart}`,
    );
  }
  try {
    return decodeCheckpoint(bytes, path);
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    throw new RunError(`${error.message.replace(/\.$/, '')}. ${restart}`, { cause: error });
  }
}

function decodeCheckpoint(bytes: Buffer, path: string): OpenCheckpoint {
  const { tensors, metadata } = decodeSafetensors(bytes, path);
  const { state } = metadata;
  if (state === undefined) throw new RunError(`${path} is no checkpoint`);
  const { version } = decodeJson(state, path, z.looseObject({ version: z.int() }));
  if (version !== formatVersion) {
    throw new RunError(
      `${path}: ${version > formatVersion ? 'a newer' : 'an older'} multvae wrote this checkpoint, in format ${version}; this one reads format ${formatVersion}. Use that version to go on`,
    );
  }
  if (metadata.sha256 !== contentHash(state, tensors)) {
    throw new RunError(`${path} is damaged: its SHA-256 is not the one that was written with it`);
  }
  const { config, protocol, dataHash, backend } = decodeJson(state, path, originSchema);
  const origin = { config: parseConfig(config.model, config, path), protocol, dataHash, backend };
  return { path, origin, state, tensors };
}

/** SHA-256 of everything that a checkpoint holds, in hex. */
function contentHash(state: string, tensors: StoredTensors): string {
  const hash = createHash('sha256').update(state);
  for (const name of Object.keys(tensors).sort()) {
    const { shape, data } = tensors[name]!;
    hash.update(JSON.stringify([name, data.constructor.name, shape]));
    hash.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
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
