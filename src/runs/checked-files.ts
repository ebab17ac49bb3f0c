/** Reads files of a run, and checks them against their checksums. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { RunError, StorageError } from '../errors.js';
import { bytesOf, type FileContents, partsOf, readWhole } from '../storage/durable-files.js';
import { storageError } from '../storage/faults.js';
import { type ByteSource, HashedFile } from './byte-source.js';

const retrain = 'Restore the run from a copy, or train again.';

/**
 * A file's bytes.
 *
 * @throws RunError when the file is missing or unreadable
 */
export function readFile(path: string): Buffer {
  try {
    return readWhole(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * Decodes a file and checks its checksum, in one pass. The value of `decode`, and an error that it throws, count only
 * where the checksum is right.
 *
 * @param sum - SHA-256, in hex
 * @throws RunError when the file is missing, unreadable or damaged; else what `decode` throws
 */
export function readChecked<T>(
  path: string,
  sum: string | undefined,
  decode: (source: ByteSource) => T,
): T {
  let file: HashedFile | undefined;
  try {
    file = new HashedFile(path);
    const result = attempt(decode, file);
    if (file.sha256() !== sum) throw damaged(path);
    return result();
  } catch (error) {
    throw error instanceof RunError ? error : unreadable(path, error);
  } finally {
    file?.close();
  }
}

/**
 * Checks a file against its checksum, in pieces between which the event loop goes on.
 *
 * @throws RunError when the file is missing, unreadable or damaged
 */
export async function checkFile(path: string, sum: string | undefined): Promise<void> {
  const hash = createHash('sha256');
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 2 ** 20 }))
      hash.update(piece);
  } catch (error) {
    throw unreadable(path, error);
  }
  if (hash.digest('hex') !== sum) throw damaged(path);
}

/** Calls a function at once, and gives a function that returns its value or throws its error. */
function attempt<T>(decode: (source: ByteSource) => T, source: ByteSource): () => T {
  try {
    const value = decode(source);
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Whether the file system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}

function damaged(path: string): RunError {
  return new RunError(
    `${path} is damaged, or ${checksumsFile} is: the checksums differ. ${retrain}`,
  );
}

/** The error for a file of a run that cannot be read. */
export function unreadable(path: string, error: unknown): RunError {
  if (isMissing(error)) return new RunError(`${path} is missing. ${retrain}`, { cause: error });
  // Where the system says why, the file may be whole.
  const told = storageError(`${path} cannot be read`, error, { path });
  if (told instanceof StorageError && told.fault !== 'path')
    return new RunError(told.message, { cause: error });
  const { message } = error as Error;
  return new RunError(`${path} cannot be read: ${message}. ${retrain}`, { cause: error });
}

/** The file of checksums in a run's folder. `sha256sum -c SHA256SUMS` checks it. */
export const checksumsFile = 'SHA256SUMS';

/** The SHA-256 of contents, in hex. */
export function sha256(contents: FileContents): string {
  const hash = createHash('sha256');
  for (const bytes of bytesOf(contents)) {
    for (const part of partsOf(bytes)) hash.update(part);
  }
  return hash.digest('hex');
}

/** Writes checksums as `sha256sum` does: one line a file, in the given order. */
export function encodeChecksums(sums: ReadonlyMap<string, string>): string {
  return [...sums].map(([name, sum]) => `${sum}  ${name}\n`).join('');
}

/**
 * Reads a list of checksums: file name to SHA-256.
 *
 * @param source - the file's path, for messages
 * @throws RunError when the text is not as `encodeChecksums` writes it
 */
export function decodeChecksums(text: string, source: string): Map<string, string> {
  const sums = new Map<string, string>();
  for (const [, sum, name] of text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)) sums.set(name!, sum!);
  if (sums.size === 0 || encodeChecksums(sums) !== text) {
    throw new RunError(`${source} is damaged: it should hold a checksum and a file name a line`);
  }
  return sums;
}
