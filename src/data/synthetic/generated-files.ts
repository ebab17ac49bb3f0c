/** Writes the files of a generated data set into a new folder. */
import { createWriteStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ArgumentError } from '../../errors.js';
import { publishPartial } from '../../storage/durable-files.js';
import { namedFileError } from '../../storage/faults.js';
import { partialPath, removeLeftovers, removePartial } from '../../storage/partial-files.js';
import { makeFolder } from '../home.js';

/** A file, as parts of its text. */
export interface GeneratedFile {
  readonly name: string;
  readonly text: Iterable<string>;
}

/** Some rows of a file. */
export interface GeneratedRows {
  /** Lines, each with its line break. */
  readonly text: string;
  readonly rows: number;
}

/** A block is written when it has this many characters. */
const blockLength = 1 << 18;

/**
 * The text of a file, in blocks of a good size to write.
 *
 * @param header - the first line, without its line break
 * @param progress - called with the number of rows so far, a block at a time
 */
export function* textBlocks(
  header: string,
  parts: Iterable<GeneratedRows>,
  progress: (rows: number) => void,
): Generator<string> {
  let block = `${header}\n`;
  let written = 0;
  for (const { text, rows } of parts) {
    block += text;
    written += rows;
    if (block.length > blockLength) {
      yield block;
      block = '';
      progress(written);
    }
  }
  yield block;
  progress(written);
}

/**
 * Writes files. They appear only when all are complete.
 *
 * @throws ArgumentError when the folder is not empty, or cannot be made or written; StorageError when the disk refuses
 */
export async function writeGeneratedFiles(
  folder: string,
  files: readonly GeneratedFile[],
  signal?: AbortSignal,
): Promise<void> {
  makeEmptyFolder(folder);
  const partial = files.map(({ name }) => partialPath(join(folder, name)));
  try {
    for (const [f, { text }] of files.entries()) {
      const stream = createWriteStream(partial[f]!, { flush: true });
      await pipeline(Readable.from(text), stream, signal ? { signal } : {});
    }
    for (const [f, { name }] of files.entries()) publishPartial(partial[f]!, join(folder, name));
  } catch (error) {
    for (const path of partial) removePartial(path);
    throw namedFileError(`--out ${folder}: the files cannot be written`, error, {
      path: partial[0]!,
    });
  }
}

function makeEmptyFolder(folder: string): void {
  let isEmpty: boolean;
  try {
    makeFolder(folder);
    removeLeftovers(folder);
    isEmpty = readdirSync(folder).length === 0;
  } catch (cause) {
    throw namedFileError(`--out ${folder}: the folder cannot be made`, cause);
  }
  if (!isEmpty) {
    throw new ArgumentError(`--out ${folder}: the folder is not empty. Name a new one.`);
  }
}
