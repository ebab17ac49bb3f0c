/** The folder of one run: its files are written, and opened after a check. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { syncFolder, writeDurably } from '../storage/durable-files.js';
import { removePartial } from '../storage/partial-files.js';
import { HashedFile } from './byte-source.js';
import {
  checkFile,
  checksumsFile,
  decodeChecksums,
  encodeChecksums,
  readChecked,
  readFile,
  sha256,
  unreadable,
} from './checked-files.js';
import type { WeightShard } from './divided/division.js';
import { isShardFile } from './divided/weight-shards.js';
import {
  decodeDescription,
  decodeText,
  descriptionFile,
  type EncodedRun,
  type OpenedRun,
  type ReadRunFile,
  type RunDescription,
  type RunFile,
  runFiles,
  usersFile,
  weightsFile,
} from './run-files.js';
import { readSafetensorsHeader } from './safetensors.js';

/**
 * Writes every file of a run and its checksums, and waits until the disk has them. Unless all can be written, none
 * stays.
 *
 * @param shards - of a divided training: files that are in the folder already
 * @throws what the file system throws
 */
export function writeRunFolder(
  folder: string,
  files: EncodedRun,
  shards: readonly WeightShard[] = [],
): void {
  const entries = Object.entries(files);
  try {
    for (const [name, bytes] of entries) writeDurably(join(folder, name), bytes);
    const sums = new Map<string, string>(entries.map(([name, bytes]) => [name, sha256(bytes)]));
    for (const { file, sha256 } of shards) sums.set(file, sha256);
    writeDurably(join(folder, checksumsFile), encodeChecksums(sums));
    syncFolder(folder);
  } catch (error) {
    for (const [name] of entries) removePartial(join(folder, name));
    removePartial(join(folder, checksumsFile));
    throw error;
  }
}

/** Whether a published run keeps the file; a run in training has others besides, such as a checkpoint. */
export function isRunFile(name: string): boolean {
  const isOptional = name === usersFile || isShardFile(name);
  return name === checksumsFile || isOptional || runFiles.some((file) => file === name);
}

/** Removes what a run in training had besides. */
export function removeOtherFiles(folder: string): void {
  for (const name of readdirSync(folder)) {
    if (!isRunFile(name)) rmSync(join(folder, name), { recursive: true });
  }
}

/**
 * Checks every file of a run against its checksum, without reading what they hold. The event loop goes on meanwhile.
 *
 * @throws RunError as `openRunFolder`, and for each other file
 */
export async function checkRunFolder(folder: string, id: string): Promise<void> {
  const { files, pathOf } = openRunFolder(folder, id);
  const sums = readSums(folder);
  for (const file of files) await checkFile(pathOf(file), sums.get(file));
}

/**
 * Checks what can be checked quickly: every file but the weights against its checksum, and of the weights the size.
 *
 * @returns the description of the run
 * @throws RunError as `openRunFolder`, and for each other file
 */
export function inspectRunFolder(folder: string, id: string): RunDescription {
  const { description, read, files } = openRunFolder(folder, id);
  for (const file of files) {
    if (file === weightsFile || isShardFile(file)) checkWeightsSize(join(folder, file));
    else if (file !== descriptionFile) read(file, () => undefined);
  }
  return description;
}

/** A text that changes with every change of a run's files; null where there is no folder. */
export function runFolderStamp(folder: string): string | null {
  const stampOf = (path: string) => {
    const file = statSync(path, { throwIfNoEntry: false });
    return file === undefined ? null : `${file.ino}:${file.size}:${file.mtimeMs}`;
  };
  if (stampOf(folder) === null) return null;
  const shards = readdirSync(folder).filter(isShardFile).sort();
  return [checksumsFile, ...runFiles, usersFile, ...shards]
    .map((file) => stampOf(join(folder, file)))
    .join(' ');
}

function checkWeightsSize(path: string): void {
  let file: HashedFile;
  try {
    file = new HashedFile(path);
  } catch (error) {
    throw unreadable(path, error);
  }
  try {
    readSafetensorsHeader(file, path);
  } finally {
    file.close();
  }
}

function readSums(folder: string): Map<string, string> {
  const path = join(folder, checksumsFile);
  return decodeChecksums(readFile(path).toString('utf8'), path);
}

/**
 * Opens a run after checking its `run.json`.
 *
 * @throws RunError when that file or the checksums are missing, damaged, foreign, newer, or of another run
 */
export function openRunFolder(folder: string, id: string): OpenedRun {
  const sums = readSums(folder);
  const read: ReadRunFile = (file, decode) =>
    readChecked(join(folder, file), sums.get(file), decode);
  const pathOf = (file: RunFile) => join(folder, file);
  const path = pathOf(descriptionFile);
  const description = decodeDescription(read(descriptionFile, decodeText), path);
  if (description.id !== id) {
    throw new RunError(
      `${path} describes run ${description.id}; rename the folder back to that id`,
    );
  }
  const optional = [...sums.keys()].filter((name) => name === usersFile || isShardFile(name));
  const files = [...runFiles, ...(optional as RunFile[])];
  return { description, read, files, pathOf };
}
