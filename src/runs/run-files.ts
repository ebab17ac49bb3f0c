/** Encodes and decodes the files of a run. */
import { z } from 'zod';
import type { ModelConfig } from '../config/models.js';
import { modelNames } from '../config/models.js';
import { parseConfig } from '../config/parse.js';
import { protocolSchema } from '../config/protocol.js';
import type { ItemId } from '../data/ids.js';
import { LargeMap } from '../data/large-map.js';
import { MultvaeError, RunError } from '../errors.js';
import type { ByteSource } from './byte-source.js';
import type { ChoosePart, ShardFile } from './divided/division.js';
import { indexedWeights, readWeights } from './divided/weight-shards.js';
import type {
  EpochRecord,
  Lineage,
  RunContents,
  RunUsers,
  StoredRun,
  Vocabulary,
} from './format.js';
import { decodeJson, decodeLines, encodeLines } from './json-lines.js';
import { safetensorsParts } from './safetensors.js';
import { decodeSplit, encodeSplit } from './split-file.js';
import { decodeTrainedUsers, encodeTrainedUsers } from './users-file.js';

/** The file that describes a run; the others mean nothing without it. */
export const descriptionFile = 'run.json';
export const weightsFile = 'weights.safetensors';
/** The hashes of the users whom a run was trained on; runs of versions up to 0.1.0 have none. */
export const usersFile = 'users.safetensors';
/** Every file that a run must have, except its checksums. */
export const runFiles = [
  descriptionFile,
  weightsFile,
  'vocabulary.jsonl',
  'split.jsonl',
  'log.jsonl',
] as const;
export type RunFile = (typeof runFiles)[number] | typeof usersFile | ShardFile;
/** The contents of the files of a run. */
export type EncodedRun = Readonly<
  Partial<Record<Exclude<RunFile, ShardFile>, string | Uint8Array | readonly Uint8Array[]>>
>;

const formatName = 'multvae-run';
/** Grows when this package can no longer read the runs of older versions. */
const formatVersion = 1;

/** A number in JSON, which has no NaN and no Infinity: both are written as null and read as NaN. */
const measured = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN);

const lineageSchema: z.ZodType<Lineage> = z.strictObject({
  dataHash: z.string(),
  dataName: z.string(),
  feedback: z
    .strictObject({
      hash: z.string(),
      events: z.number(),
      newUsers: z.number(),
      newItems: z.number(),
    })
    .optional(),
  from: z.string().optional(),
  packageVersion: z.string(),
  nodeVersion: z.string(),
  backend: z.string(),
  seed: z.number().nullable(),
  trainingUsers: z.number().optional(),
  usersBelow: z.number().optional(),
  durationS: z.number(),
  createdAt: z.string(),
  command: z.array(z.string()),
});

const descriptionSchema = z.strictObject({
  format: z.literal(formatName),
  version: z.literal(formatVersion),
  id: z.string(),
  config: z.looseObject({ model: z.enum(modelNames) }),
  protocol: protocolSchema,
  metrics: z.record(z.string(), measured),
  lineage: lineageSchema,
});

const epochSchema: z.ZodType<EpochRecord> = z.strictObject({
  epoch: z.number(),
  updates: z.number(),
  loss: measured,
  nll: measured,
  kl: measured,
  beta: measured,
  ndcg100: measured,
  usersPerS: measured,
  elapsedS: measured,
});

/** The contents of `run.json`. */
export interface RunDescription extends Pick<RunContents, 'protocol' | 'metrics' | 'lineage'> {
  readonly id: string;
  readonly config: ModelConfig;
}

/** A run without its large parts: weights and split. */
export interface DescribedRun extends RunDescription {
  /** I */
  readonly items: number;
  readonly log: readonly EpochRecord[];
}

/** Encodes a run as the contents of its files. */
export function encodeRun(id: string, contents: RunContents): EncodedRun {
  const { config, protocol, metrics, lineage, vocabulary, split, log, weights } = contents;
  const { trainedUsers } = contents;
  const description = {
    format: formatName,
    version: formatVersion,
    id,
    config,
    protocol,
    metrics,
    lineage,
  };
  return {
    'run.json': `${JSON.stringify(description, null, 2)}\n`,
    // Views of the weights: they may be a large part of the memory.
    'weights.safetensors': [
      ...(contents.divided ? indexedWeights(weights, contents.divided) : safetensorsParts(weights)),
    ],
    'vocabulary.jsonl': encodeLines(
      vocabulary.items.map((item, index) => [item, vocabulary.trainClicks[index]!]),
    ),
    'split.jsonl': encodeSplit(split, vocabulary.items),
    'log.jsonl': encodeLines(log),
    ...(trainedUsers && { [usersFile]: encodeTrainedUsers(trainedUsers) }),
  };
}

/**
 * Reads a run's `run.json`.
 *
 * @param source - the file's path, for messages
 * @throws RunError when the file describes no run of this package, is of a newer version, or has a wrong field
 */
export function decodeDescription(text: string, source: string): RunDescription {
  const { format, version } = decodeJson(
    text,
    source,
    z.looseObject({ format: z.unknown(), version: z.unknown() }),
  );
  if (format !== formatName || typeof version !== 'number') {
    throw new RunError(`${source} does not describe a run of multvae`);
  }
  if (version > formatVersion) {
    throw new RunError(
      `${source}: a newer multvae wrote this run, in format ${version}; this one reads up to format ${formatVersion}. Upgrade multvae to use it.`,
    );
  }
  const { config, id, protocol, metrics, lineage } = decodeJson(text, source, descriptionSchema);
  try {
    return { id, config: parseConfig(config.model, config, source), protocol, metrics, lineage };
  } catch (error) {
    throw error instanceof MultvaeError ? new RunError(error.message, { cause: error }) : error;
  }
}

/** Decodes a file of a run, and throws a RunError where its checksum is wrong. */
export type ReadRunFile = <T>(file: RunFile, decode: (source: ByteSource) => T) => T;

/** All bytes of a source as text. */
export function decodeText(source: ByteSource): string {
  return Buffer.from(source.take(source.remaining).buffer).toString('utf8');
}

/** An opened run: its checked description, and how to read each other file. */
export interface OpenedRun {
  readonly description: RunDescription;
  readonly read: ReadRunFile;
  /** Its files, without the checksums. */
  readonly files: readonly RunFile[];
  /** A file's path, for messages. */
  readonly pathOf: (file: RunFile) => string;
}

/**
 * Reads a run from its files.
 *
 * @param choose - which part of the weights to keep. Default: all.
 * @throws RunError naming the file that is wrong
 */
export function decodeRun(
  { description, read, pathOf }: OpenedRun,
  choose?: ChoosePart,
): StoredRun {
  const text = (file: RunFile) => read(file, decodeText);
  const vocabulary = decodeVocabulary(text('vocabulary.jsonl'), pathOf('vocabulary.jsonl'));
  const { items } = vocabulary;
  const { config } = description;
  const part = choose && { ...choose({ config, items }), itemCount: items.length };
  return {
    ...description,
    vocabulary,
    weights: read('weights.safetensors', (source) =>
      readWeights(source, pathOf('weights.safetensors'), read, part),
    ),
    split: decodeSplit(text('split.jsonl'), vocabulary.items, pathOf('split.jsonl')),
    log: decodeLines(text('log.jsonl'), pathOf('log.jsonl'), epochSchema),
  };
}

/** Reads a run without weights and split. */
export function decodeDescribedRun({
  description,
  read,
  pathOf,
}: Omit<OpenedRun, 'files'>): DescribedRun {
  const text = (file: RunFile) => read(file, decodeText);
  return {
    ...description,
    items: decodeVocabulary(text('vocabulary.jsonl'), pathOf('vocabulary.jsonl')).items.length,
    log: decodeLines(text('log.jsonl'), pathOf('log.jsonl'), epochSchema),
  };
}

/** Reads the users of a run. @throws RunError naming the file that is wrong */
export function decodeUsers({ description, read, files, pathOf }: OpenedRun): RunUsers {
  const text = (file: RunFile) => read(file, decodeText);
  const { protocol, lineage } = description;
  const { items } = decodeVocabulary(text('vocabulary.jsonl'), pathOf('vocabulary.jsonl'));
  return {
    protocol,
    lineage,
    split: decodeSplit(text('split.jsonl'), items, pathOf('split.jsonl')),
    trained: files.includes(usersFile)
      ? read(usersFile, (source) => decodeTrainedUsers(source, pathOf(usersFile)))
      : null,
  };
}

function decodeVocabulary(text: string, source: string): Vocabulary {
  const lines = decodeLines(text, source, z.tuple([z.string(), z.int().min(0)]));
  const items = lines.map(([item]) => item as ItemId);
  if (new LargeMap(items.map((item) => [item, true])).size !== items.length) {
    throw new RunError(`${source} names an item twice`);
  }
  return { items, trainClicks: Int32Array.from(lines, ([, clicks]) => clicks) };
}
