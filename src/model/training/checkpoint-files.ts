/** The files of a checkpoint: one, or one for each rank of a divided training. */

import { createHash } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { ItemPart } from '../../backend/collective/item-part.js';
import { MultvaeError, RunError, StorageError } from '../../errors.js';
import { HashedFile } from '../../runs/byte-source.js';
import type { ItemRange } from '../../runs/divided/division.js';
import { contentHash, RangeReader } from '../../runs/divided/item-ranges.js';
import type { StoredTensors } from '../../runs/format.js';
import { decodeJson } from '../../runs/json-lines.js';
import { readSafetensorsHeader, safetensorsParts } from '../../runs/safetensors.js';
import { replaceFile } from '../../storage/durable-files.js';
import { storageError } from '../../storage/faults.js';
import { removePartial } from '../../storage/partial-files.js';
import type { Network } from '../autoencoder/network.js';
import { itemAxes } from '../autoencoder/weights.js';

/**
 * Format 2 added the checksum and checkpoints without progress. Format 3 belongs to other numbers: initial weights,
 * dropout and sums over items do not have the bits of before, so a training of before cannot go on.
 */
const formatVersion = 3;
const fileName = 'checkpoint.safetensors';
/** The files of the ranks after the first: `checkpoint-EPOCH.BATCH-RANK-of-SIZE.safetensors`. */
const shardPattern = /^checkpoint-\d+\.\d+-\d+-of-\d+\.safetensors$/;

const restart =
  'Train from the beginning, without --resume; `multvae remove RUN` deletes the stopped training.';

/** How a training is divided. */
export interface Division {
  readonly part: ItemPart;
  /** The axis of each parameter along which it has one entry an item. */
  readonly axes: Readonly<Record<string, number>>;
}

/** How a network's parameters are divided. */
export function divisionOf({ part, shape }: Pick<Network, 'part' | 'shape'>): Division {
  return { part, axes: itemAxes(shape) };
}

/** What a checkpoint is written of. */
export interface CheckpointContents {
  /** This rank's tensors, as `KIND/PARAMETER`. */
  readonly tensors: StoredTensors;
  /** What JSON holds of the rest; equal on every rank. */
  readonly state: object;
  /** A text that no other checkpoint of the training has, unless it holds the same. */
  readonly name: string;
}

const rangeSchema = z.object({ first: z.int().min(0), last: z.int().min(0) });
const shardsSchema = z.looseObject({
  items: rangeSchema.optional(),
  shards: z.array(rangeSchema.extend({ file: z.string(), sha256: z.string() })).optional(),
});

/** Whether a folder holds a training that can be resumed. */
export function hasCheckpoint(folder: string): boolean {
  return existsSync(join(folder, fileName));
}

/**
 * Replaces a folder's checkpoint. A process killed meanwhile leaves the previous one, and so does a disk that refuses.
 *
 * Of a divided training each rank writes the parameters of its items. The first rank's file also has the parameters
 * without items, and names the others with their SHA-256. It is replaced last, when all others are on the disk.
 *
 * @throws StorageError when the disk refuses, on every rank
 */
export function writeCheckpointFiles(
  folder: string,
  { tensors, state, name }: CheckpointContents,
  division?: Division,
): void {
  const main = join(folder, fileName);
  if (division === undefined || division.part.isWhole) {
    replace(main, tensors, { version: formatVersion, ...state });
    removeShards(folder, new Set());
    return;
  }
  const { axes, part } = division;
  const { rank, size } = part.collective;
  const range = { first: part.first, last: part.last };
  const file = `checkpoint-${name}-${rank + 1}-of-${size}.safetensors`;
  const own = Object.entries(tensors).filter(([tensor]) => axisOf(axes, tensor) !== undefined);
  const shard = Object.fromEntries(own);
  agreed(part, () => rank > 0 && replace(join(folder, file), shard, range));
  const described = { ...range, file, sha256: rank === 0 ? '' : fileHash(join(folder, file)) };
  const shards = part.collective.gather(Buffer.from(JSON.stringify(described)));
  const others = shards.slice(1).map((bytes) => JSON.parse(Buffer.from(bytes).toString()));
  const index = { version: formatVersion, items: range, shards: others, ...state };
  agreed(part, () => rank === 0 && replace(main, tensors, index));
  if (rank === 0) removeShards(folder, new Set(others.map((other) => other.file)));
}

/** Does what every rank does or some do, and throws on all where it throws on one. */
function agreed({ collective }: ItemPart, write: () => unknown): void {
  let failure: unknown;
  try {
    write();
  } catch (error) {
    failure = error;
  }
  const text =
    failure === undefined
      ? ''
      : JSON.stringify([failure instanceof StorageError && failure.fault, String(failure)]);
  const failures = collective
    .gather(Buffer.from(text))
    .map((bytes) => Buffer.from(bytes).toString());
  const first = failures.findIndex((each) => each !== '');
  if (first < 0) return;
  if (failure !== undefined) throw failure;
  const [fault, message] = JSON.parse(failures[first]!);
  const told = `process ${first}: ${message.replace(/^\w+: /, '')}`;
  throw fault ? new StorageError(fault, told) : new RunError(told);
}

function replace(path: string, tensors: StoredTensors, contents: object): void {
  const state = JSON.stringify(contents);
  const parts = safetensorsParts(tensors, { state, sha256: contentHash(state, tensors) });
  try {
    replaceFile(path, parts);
  } catch (error) {
    throw storageError(`the checkpoint ${path} cannot be written`, error, { path });
  }
}

function removeShards(folder: string, kept: ReadonlySet<string>): void {
  for (const name of readdirSync(folder)) {
    if (shardPattern.test(name) && !kept.has(name)) removePartial(join(folder, name));
  }
}

function fileHash(path: string): string {
  const file = new HashedFile(path);
  try {
    return file.sha256();
  } finally {
    file.close();
  }
}

/** A checkpoint's contents as they were read. */
export interface OpenCheckpoint {
  readonly path: string;
  /** JSON. */
  readonly state: string;
  readonly tensors: StoredTensors;
}

/**
 * Reads a folder's checkpoint, by however many ranks it was written: the parameters of a part of the items.
 *
 * @param division - the part. Default: the tensors of the first file, as they are.
 * @throws RunError when there is none, or it is damaged, not a checkpoint, or of another version
 */
export function openCheckpointFiles(folder: string, division?: Division): OpenCheckpoint {
  const path = join(folder, fileName);
  try {
    return openFiles(folder, path, division);
  } catch (error) {
    throw unreadable(error, folder, path);
  }
}

function openFiles(folder: string, path: string, division: Division | undefined): OpenCheckpoint {
  const everything: ItemRange = { first: 0, last: Number.POSITIVE_INFINITY };
  const { part, axes = {} } = division ?? {};
  const reader = new RangeReader(part ?? everything, (name) => axisOf(axes, name));
  const whole = part === undefined ? everything : { first: 0, last: part.itemCount };
  const {
    state,
    items,
    shards = [],
  } = readFile(path, reader, (stored) => {
    const { version } = decodeJson(stored, path, z.looseObject({ version: z.int() }));
    if (version !== formatVersion) {
      throw new RunError(
        `${path}: ${version > formatVersion ? 'a newer' : 'an older'} multvae wrote this checkpoint, in format ${version}; this one reads format ${formatVersion}. Resume with that version`,
      );
    }
    return decodeJson(stored, path, shardsSchema).items ?? whole;
  });
  if (division !== undefined && items !== undefined) {
    for (const { file, sha256, ...range } of shards) {
      const other = join(folder, file);
      if (!existsSync(other)) throw new RunError(`${other} is missing, a part of ${path}`);
      readFile(other, reader, () => range, sha256);
    }
  }
  return { path, state, tensors: reader.tensors };
}

/** Reads one file. @param heldBy - checks its state, and gives the items that it has */
function readFile(
  path: string,
  reader: RangeReader,
  heldBy: (state: string) => ItemRange,
  sha256?: string,
): { state: string } & z.infer<typeof shardsSchema> {
  const file = new HashedFile(path);
  try {
    const header = readSafetensorsHeader(file, path);
    const metadata = Object.fromEntries(header.metadata);
    const { state } = metadata;
    if (state === undefined) throw new RunError(`${path} is not a checkpoint`);
    const held = heldBy(state);
    const hash = createHash('sha256').update(state);
    reader.read(file, header, { held, hash, file: path });
    const isDamaged = metadata.sha256 !== hash.digest('hex');
    if (isDamaged || (sha256 !== undefined && file.sha256() !== sha256)) {
      throw new RunError(`${path} is damaged: its contents do not match their SHA-256`);
    }
    return { ...decodeJson(state, path, shardsSchema), state };
  } finally {
    file.close();
  }
}

/** The axis of a checkpoint's tensor, `KIND/PARAMETER`. */
function axisOf(axes: Readonly<Record<string, number>>, tensor: string): number | undefined {
  return axes[tensor.slice(tensor.indexOf('/') + 1)];
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
