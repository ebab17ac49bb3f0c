/** Writes and reads the files of runs in chunks, a few of which are in memory at a time. */
import { createHash } from 'node:crypto';
import { RunError } from '../../../../errors.js';
import type { PublishedFile } from '../../shared-runs.js';
import type { Session } from '../session.js';
import { chunkBytes } from './tables.js';

/**
 * Writes a file's chunks.
 *
 * @throws RunError when the contents are not of the size and the checksum that the file names
 */
export async function writeChunks(
  session: Session,
  run: string,
  file: PublishedFile,
): Promise<void> {
  const hash = createHash('sha256');
  let bytes = 0;
  let part = 0;
  for await (const chunk of chunksOf(file.read(), chunkBytes)) {
    hash.update(chunk);
    bytes += chunk.length;
    await session.run(
      'INSERT INTO store.run_chunks (run, file, part, sha256, contents) VALUES ($1, $2, $3, $4, $5)',
      [run, file.name, part++, sha256(chunk), chunk],
    );
  }
  if (bytes === file.bytes && hash.digest('hex') === file.sha256) return;
  throw new RunError(`${file.name} of run ${run} has changed while it was read; try again`);
}

/** Cuts pieces of any size into chunks of one size; the last one may be shorter. */
async function* chunksOf(pieces: AsyncIterable<Uint8Array>, size: number): AsyncIterable<Buffer> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (let piece of pieces) {
    while (length + piece.length >= size) {
      const part = piece.subarray(0, size - length);
      yield Buffer.concat([...waiting, part]);
      piece = piece.subarray(part.length);
      waiting = [];
      length = 0;
    }
    if (piece.length > 0) waiting.push(piece);
    length += piece.length;
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** A chunk as it is stored. */
export interface StoredChunk {
  readonly sha256: string;
  readonly contents: Buffer;
}

/** What a file should be. */
export interface WantedFile {
  /** The file and its run, for messages. */
  readonly what: string;
  readonly bytes: number;
  readonly sha256: string;
  /** What to do about damage, as a sentence. */
  readonly remedy: string;
}

/**
 * Gives the chunks of a file, each after a check, and the last one after a check of the whole file.
 *
 * @param chunk - reads a chunk by its number; null where there is none
 * @throws RunError naming what is missing or damaged
 */
export async function* checkedChunks(
  file: WantedFile,
  chunk: (part: number) => Promise<StoredChunk | null>,
): AsyncIterable<Uint8Array> {
  const hash = createHash('sha256');
  const check = () => {
    if (hash.digest('hex') !== file.sha256) {
      throw new RunError(`${file.what} is damaged: its checksum differs. ${file.remedy}`);
    }
  };
  let bytes = 0;
  for (let part = 0; bytes < file.bytes; part++) {
    const found = await chunk(part);
    if (found === null) {
      throw new RunError(`chunk ${part} of ${file.what} is missing. ${file.remedy}`);
    }
    const { contents } = found;
    if (sha256(contents) !== found.sha256) {
      throw new RunError(
        `chunk ${part} of ${file.what} is damaged: its checksum differs. ${file.remedy}`,
      );
    }
    hash.update(contents);
    bytes += contents.length;
    if (bytes >= file.bytes) check();
    yield contents;
  }
  if (file.bytes === 0) check();
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
