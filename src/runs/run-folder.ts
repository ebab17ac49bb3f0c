/** The folder of one run: its files are written, and opened after a check. */
import { join } from 'node:path';
import { RunError } from '../errors.js';
import { syncFolder, writeDurably } from '../storage/durable-files.js';
import { removePartial } from '../storage/partial-files.js';
import { readChecked, readFile } from './checked-files.js';
import { checksumsFile, decodeChecksums, encodeChecksums, sha256 } from './checksums.js';
import {
  decodeDescription,
  decodeText,
  descriptionFile,
  type ReadRunFile,
  type RunDescription,
  type RunFile,
  runFiles,
} from './run-files.js';

type FileBytes = string | Uint8Array;

/** An opened run: its checked description, and a function that checks each other file as it reads it. */
export interface OpenedRun {
  readonly description: RunDescription;
  readonly read: ReadRunFile;
}

/**
 * Writes every file of a run and its checksums, and waits until the disk has them. Unless all can be written, none
 * stays.
 *
 * @throws what the file system throws
 */
export function writeRunFolder(folder: string, files: Readonly<Record<RunFile, FileBytes>>): void {
  const entries = Object.entries(files);
  try {
    for (const [name, bytes] of entries) writeDurably(join(folder, name), bytes);
    const sums = new Map(entries.map(([name, bytes]) => [name, sha256(bytes)]));
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
  return name === checksumsFile || runFiles.some((file) => file === name);
}

/**
 * Opens a run after checking its `run.json`.
 *
 * @throws RunError when that file or the checksums are missing, damaged, foreign, newer, or of another run
 */
export function openRunFolder(folder: string, id: string): OpenedRun {
  const sumsPath = join(folder, checksumsFile);
  const sums = decodeChecksums(readFile(sumsPath).toString('utf8'), sumsPath);
  const read: ReadRunFile = (file, decode) =>
    readChecked(join(folder, file), sums.get(file), decode);
  const path = join(folder, descriptionFile);
  const description = decodeDescription(read(descriptionFile, decodeText), path);
  if (description.id !== id) {
    throw new RunError(
      `${path} describes run ${description.id}; rename the folder back to that id`,
    );
  }
  return { description, read };
}
