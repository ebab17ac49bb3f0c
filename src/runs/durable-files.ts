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

/** Node.js reads, writes and hashes no 2 GiB at once. */
export const partBytes = 2 ** 30;

/** Contents in the parts that Node.js takes. */
export function* partsOf(contents: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < contents.length; at += partBytes) {
    yield contents.subarray(at, at + partBytes);
  }
}

/**
 * The bytes of a file of any size that a Buffer can have, 4 GiB with Node.js 20.
 *
 * @throws what the file system throws, and a RangeError for a larger file
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

/** Writes a file and waits until the disk has it. The folder's entry needs `syncFolder` besides. */
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

/** Waits until the disk has a folder's entries: files made, renamed or removed in it. */
export function syncFolder(path: string): void {
  // Windows cannot open a folder to sync it, and needs no such call for a rename to last.
  if (process.platform === 'win32') return;
  const folder = openSync(path, 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

/** Replaces a file at once: a reader, or a crash, meets the old contents or the new, never a part. */
export function replaceFile(path: string, contents: string | Uint8Array): void {
  const beside = `${path}.${process.pid}.tmp`;
  writeDurably(beside, contents);
  renameSync(beside, path);
  syncFolder(dirname(path));
}

/** What to throw when the disk refuses a file or folder of a run. */
export function unwritable(path: string, error: unknown): RunError {
  return new RunError(`${path} cannot be written: ${(error as Error).message}`, { cause: error });
}
