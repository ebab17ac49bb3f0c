/** The weights of a run that several ranks trained: a file of each rank, and an index in the first of them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { z } from 'zod';
import { RunError } from '../../errors.js';
import { syncFolder, writeDurably } from '../../storage/durable-files.js';
import type { ByteSource } from '../byte-source.js';
import type { StoredTensors } from '../format.js';
import { decodeJson } from '../json-lines.js';
import { readSafetensorsHeader, safetensorsParts } from '../safetensors.js';
import type {
  DividedWeights,
  ItemRange,
  ShardFile,
  WantedWeights,
  WeightShard,
} from './division.js';
import { RangeReader } from './item-ranges.js';

/** Whether a name is that of the file of a rank after the first. */
export function isShardFile(name: string): name is ShardFile {
  return /^weights-[1-9]\d*-of-[1-9]\d*\.safetensors$/.test(name);
}

const range = { first: z.int().min(0), last: z.int().min(0) };
const indexSchema = z.object({
  itemCount: z.int().min(1),
  items: z.object(range),
  axes: z.record(z.string(), z.int().min(0)),
  shards: z.array(z.object({ ...range, file: z.string() })),
});

/**
 * Writes the file of a rank after the first, and waits until the disk has it.
 *
 * @param rank - from 1 on
 * @throws the error of the file system
 */
export function writeShard(
  folder: string,
  own: { readonly rank: number; readonly size: number; readonly items: ItemRange },
  weights: StoredTensors,
  axes: Readonly<Record<string, number>>,
): WeightShard {
  const file: ShardFile = `weights-${own.rank + 1}-of-${own.size}.safetensors`;
  const mine = Object.fromEntries(Object.entries(weights).filter(([name]) => name in axes));
  writeDurably(join(folder, file), safetensorsParts(mine));
  syncFolder(folder);
  const hash = createHash('sha256');
  for (const bytes of safetensorsParts(mine)) hash.update(bytes);
  return { file, ...own.items, sha256: hash.digest('hex') };
}

/** The first rank's file, in parts. */
export function indexedWeights(
  weights: StoredTensors,
  { itemCount, items, axes, shards }: DividedWeights,
): Iterable<Uint8Array> {
  const named = shards.map(({ file, first, last }) => ({ file, first, last }));
  const index = JSON.stringify({ itemCount, items, axes, shards: named });
  return safetensorsParts(weights, { index });
}

/**
 * Reads weights, which may be divided: all parameters, whole, or a part of them.
 *
 * @param path - the first file's, for messages
 * @param other - reads another file of the run
 * @param part - what is wanted. Default: everything.
 */
export function readWeights(
  source: ByteSource,
  path: string,
  other: (file: ShardFile, read: (source: ByteSource) => void) => void,
  part?: WantedWeights & { readonly itemCount: number },
): StoredTensors {
  const header = readSafetensorsHeader(source, path);
  const text = Object.fromEntries(header.metadata).index;
  const index = text === undefined ? null : decodeJson(text, path, indexSchema);
  const all: ItemRange = { first: 0, last: index?.itemCount ?? part?.itemCount ?? 0 };
  const axes = index?.axes ?? part?.axes ?? {};
  const reader = new RangeReader(part?.items ?? all, (name) => axes[name]);
  reader.read(source, header, { held: index?.items ?? all, file: path });
  for (const { file, ...held } of index?.shards ?? []) {
    if (!isShardFile(file)) throw new RunError(`${path} names ${file}, which is no part of it`);
    other(file, (theirs) => {
      const header = readSafetensorsHeader(theirs, file);
      reader.read(theirs, header, { held, file });
    });
  }
  return reader.tensors;
}
