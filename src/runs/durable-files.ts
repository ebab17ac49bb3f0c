/** Writes files so that they survive a crash, and reads files of any size. */
import {
  closeSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { RunError } from '../errors.js';

/** Node.js cannot read, write or hash 2 GiB or more in one call. */
export const partBytes = 2 ** 30;

/** Cuts contents into parts of at most `partBytes`. */
export function* partsOf(contents: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < contents.length; at += partBytes) {
    yield contents.subarray(at, at + partBytes);
  }
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

/** Writes a file and waits until the disk has it. Call `syncFolder` too, so that its entry in the folder lasts. */
export function writeDurably(path: string, contents: string | Uint8Array): void {
  const file = openSync(path, 'w');
  try {
    const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
    for (const part of partsOf(bytes)) writeFileSync(file, part);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Waits until the disk has the folder's entries, after files were made, renamed or removed in it. */
export function syncFolder(path: string): void {
  // Windows cannot sync a folder. A rename lasts without it.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Replaces a file in one step: a reader sees the old contents or the new ones, even after a crash. */
export function replaceFile(path: string, contents: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeDurably(beside, contents);
  renameSync(beside, path);
  syncFolder(dirname(path));
}

/** The error for a file or folder of a run that cannot be written. */
export function unwritable(path: string, error: unknown): RunError {
  return new RunError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
}
