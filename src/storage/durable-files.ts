/** Writes files whole or not at all, so that they survive a crash and a full disk, and reads files of any size. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { storageError } from './faults.js';
import { partialPath, removeLeftovers, removePartial } from './partial-files.js';

/** Node.js cannot read, write or hash 2 GiB or more in one call. */
export const partBytes = 2 ** 30;

/** Cuts contents into parts of at most `partBytes`. */
export function* partsOf(contents: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < contents.length; at += partBytes) {
    yield contents.subarray(at, at + partBytes);
  }
}

/** A text, bytes, or bytes that follow each other, together perhaps more than a Buffer holds. */
export type FileContents = string | Uint8Array | Iterable<Uint8Array>;

/** Contents as bytes that follow each other. */
export function bytesOf(contents: FileContents): Iterable<Uint8Array> {
  if (typeof contents === 'string') return [Buffer.from(contents)];
  return contents instanceof Uint8Array ? [contents] : contents;
}

/**
 * The bytes of a file. It may be as large as a Buffer: 4 GiB with Node.js 20.
 *
 * @throws the error of the file system, or a RangeError for a larger file
 */
export function readWhole(path: string): Buffer {
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.allocUnsafe(fstatSync(file).size);
    let at = 0;
    while (at < bytes.length) {
      const read = readSync(file, bytes, at, Math.min(partBytes, bytes.length - at), at);
      if (read === 0) return bytes.subarray(0, at);
      at += read;
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

/**
 * Writes a file and waits until the disk has it. Call `syncFolder` too, so that its entry in the folder lasts.
 * A file that cannot be written whole is removed.
 *
 * @param mode - permissions of a new file. Default: those of the umask
 * @throws the error of the file system
 */
export function writeDurably(path: string, contents: FileContents, mode = 0o666): void {
  try {
    const file = openSync(path, 'w', mode);
    try {
      for (const bytes of bytesOf(contents)) {
        for (const part of partsOf(bytes)) writeFileSync(file, part);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    removePartial(path);
    throw error;
  }
}

/** File systems that cannot sync a folder, such as network ones, answer so; Node.js names one number by two names. */
const noSyncOfFolders = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Waits until the disk has the folder's entries, after files were made, renamed or removed in it. */
export function syncFolder(path: string): void {
  // Windows cannot sync a folder. A rename lasts without it.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } catch (error) {
    if (!noSyncOfFolders.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  } finally {
    closeSync(folder);
  }
}

/**
 * Replaces a file in one step: a reader sees the old contents or the new ones, even after a crash. After an error the
 * old file is as it was. What a killed process left beside it is removed.
 *
 * @param mode - as `writeDurably`
 * @throws the error of the file system
 */
export function replaceFile(path: string, contents: FileContents, mode?: number): void {
  const folder = dirname(path);
  removeLeftovers(folder);
  const partial = partialPath(path);
  writeDurably(partial, contents, mode);
  publishPartial(partial, path);
}

/**
 * Gives a complete file its final name, and waits until the disk has it.
 *
 * @throws the error of the file system; the partial file is then removed
 */
export function publishPartial(partial: string, path: string): void {
  try {
    renameSync(partial, path);
  } catch (error) {
    removePartial(partial);
    throw error;
  }
  syncFolder(dirname(path));
}

/**
 * Writes a file that a user names: replaced as by `replaceFile`, with the same permissions, where it is a plain file or
 * a link to one. A device or a pipe is written to, and so is a file whose folder does not take new files.
 *
 * @throws the error of the file system
 */
export function writeNamedFile(path: string, contents: string): void {
  const plain = plainFile(path);
  if (plain === null) {
    writeFileSync(path, contents);
    return;
  }
  try {
    replaceFile(plain.path, contents, plain.mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (plain.mode === undefined || (code !== 'EACCES' && code !== 'EPERM')) throw error;
    writeFileSync(path, contents);
  }
}

/** Where a plain file or a new one is, behind all links, with its permissions; null for anything else. */
export function plainFile(path: string): { readonly path: string; readonly mode?: number } | null {
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return { path };
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined || !stat.isFile() || stat.nlink > 1) return null;
  return { path: realpathSync(path), mode: stat.mode & 0o7777 };
}

/** The error for a file or folder that cannot be written. */
export function unwritable(path: string, error: unknown): unknown {
  return storageError(`${path} cannot be written`, error, { path });
}
