import { RunError } from '../errors.js';
import { type ByteSource, HashedFile } from './byte-source.js';
import { checksumsFile } from './checksums.js';
import { readWhole } from './durable-files.js';

const retrain = 'Restore the run from a copy, or train again.';

/** A file's bytes. @throws RunError saying why there are none */
export function readFile(path: string): Buffer {
  try {
    return readWhole(path);
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * What a function makes of a file that has a checksum. What it makes of any other, or complains of in it, counts for
 * nothing.
 *
 * @param sum - SHA-256, in hex
 * @throws RunError when the file is missing, unreadable or damaged; else what the function throws
 */
export function readChecked<T>(
  path: string,
  sum: string | undefined,
  decode: (source: ByteSource) => T,
): T {
  let file: HashedFile | undefined;
  try {
    file = new HashedFile(path);
    let [decoded, complaint]: [T?, unknown?] = [];
    try {
      decoded = decode(file);
    } catch (error) {
      complaint = error;
    }
    if (file.sha256() !== sum) {
      throw new RunError(
        `${path} is damaged, or ${checksumsFile} is: its SHA-256 is not the one there. ${retrain}`,
      );
    }
    if (complaint !== undefined) throw complaint;
    return decoded as T;
  } catch (error) {
    throw error instanceof RunError ? error : unreadable(path, error);
  } finally {
    file?.close();
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
