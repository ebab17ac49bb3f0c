/** Reads files of a run, and checks them against their checksums. */
import { RunError } from '../errors.js';
import { readWhole } from '../storage/durable-files.js';
import { type ByteSource, HashedFile } from './byte-source.js';
import { checksumsFile } from './checksums.js';

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
    if (file.sha256() !== sum) {
      throw new RunError(
        `${path} is damaged, or ${checksumsFile} is: the checksums differ. ${retrain}`,
      );
    }
    return result();
  } catch (error) {
    throw error instanceof RunError ? error : unreadable(path, error);
  } finally {
    file?.close();
  }
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

function unreadable(path: string, error: unknown): RunError {
  const what = isMissing(error) ? 'is missing' : `cannot be read: ${(error as Error).message}`;
  return new RunError(`${path} ${what}. ${retrain}`, { cause: error });
}
