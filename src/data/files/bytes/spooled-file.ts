/** Standard input and named pipes, which can be read only once: a copy on the disk, so that they can be looked at and then read. */
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { storageError } from '../../../storage/faults.js';
import { DataFile, type DataFileOptions } from './data-file.js';
import { refuseUnreadable } from './unreadable-file.js';

/** Whether a path means standard input. */
export function isStandardInput(path: string): boolean {
  return path === '-' || path === '/dev/stdin';
}

/** A copy of what can be read only once. */
export interface SpooledFile {
  readonly file: DataFile;
  remove(): Promise<void>;
}

/** Whether a path is standard input, a pipe or another thing that can be read only once. */
export async function isReadOnce(path: string): Promise<boolean> {
  if (isStandardInput(path)) return true;
  const kind = await stat(path).catch(refuseUnreadable(path));
  return kind.isFIFO() || kind.isCharacterDevice() || kind.isSocket();
}

/**
 * Copies what can be read only once into a temporary file, piece by piece. It waits until the writer has ended.
 *
 * @throws DataError when it cannot be read; StorageError when the disk has no room for it
 */
export async function spool(
  path: string,
  { signal, ...options }: Pick<DataFileOptions, 'encoding'> & { readonly signal?: AbortSignal },
): Promise<SpooledFile> {
  const name = isStandardInput(path) ? 'standard input' : path;
  const folder = await mkdtemp(join(tmpdir(), 'multvae-input-')).catch((cause: unknown) => {
    throw unwritable(name, tmpdir(), cause);
  });
  const remove = () => rm(folder, { recursive: true, force: true });
  const storedAt = join(folder, 'input');
  try {
    const source: Readable = isStandardInput(path) ? process.stdin : createReadStream(path);
    let readFault: Error | null = null;
    source.once('error', (error) => {
      readFault = error;
    });
    await pipeline(source, createWriteStream(storedAt), { ...(signal && { signal }) }).catch(
      (cause: Error) => {
        signal?.throwIfAborted();
        if (readFault === cause) refuseUnreadable(name)(cause);
        throw unwritable(name, folder, cause);
      },
    );
  } catch (error) {
    await remove();
    throw error;
  }
  return { file: new DataFile(name, { ...options, storedAt }), remove };
}

function unwritable(name: string, folder: string, cause: unknown): unknown {
  const says = `${name} cannot be copied to ${folder}, the folder for temporary files ($TMPDIR names another)`;
  return storageError(says, cause, { path: folder });
}
