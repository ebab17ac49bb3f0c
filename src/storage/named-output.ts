/** Writes a file that a user names part by part, for texts that do not fit into memory. */
import { type FileHandle, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { plainFile, publishPartial } from './durable-files.js';
import { partialPath, removeLeftovers, removePartial } from './partial-files.js';

const zipped = promisify(gzip);

/** A file that is written part by part. */
export interface NamedOutput {
  /** Resolves once the part is handed to the system. @throws the error of the file system */
  write(text: string): Promise<void>;
  /** Publishes the file. @throws the error of the file system */
  finish(): Promise<void>;
  /** Removes what was written, where that is possible. Does nothing after `finish`. */
  discard(): Promise<void>;
}

/**
 * Begins to write the file that a user names. As with `writeNamedFile`, a plain file is as it was until `finish`
 * replaces it, and a device or a pipe is written to. The text of a file whose name ends with `.gz` is compressed.
 *
 * @throws the error of the file system
 */
export async function openNamedOutput(path: string): Promise<NamedOutput> {
  const plain = plainFile(path);
  const partial = plain === null ? null : partialPath(plain.path);
  if (plain !== null) removeLeftovers(dirname(plain.path));
  const file = await open(partial ?? path, 'w', plain?.mode ?? 0o666);
  const isZipped = path.endsWith('.gz');
  let isOpen = true;
  const close = async () => {
    isOpen = false;
    await file.close();
  };
  return {
    // Compressed parts one after the other are a compressed file.
    write: async (text) => writeAll(file, isZipped ? await zipped(text) : Buffer.from(text)),
    finish: async () => {
      if (partial !== null) await file.sync();
      await close();
      if (plain !== null && partial !== null) publishPartial(partial, plain.path);
    },
    discard: async () => {
      if (!isOpen) return;
      await close().catch(() => undefined); // another error is being thrown, which says more
      if (partial !== null) removePartial(partial);
    },
  };
}

async function writeAll(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, at);
    at += bytesWritten;
  }
}
