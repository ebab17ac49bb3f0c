/** The checksums of a run's files. */
import { createHash } from 'node:crypto';
import { RunError } from '../errors.js';
import { partsOf } from '../storage/durable-files.js';

/** The file of checksums in a run's folder. `sha256sum -c SHA256SUMS` checks it. */
export const checksumsFile = 'SHA256SUMS';

/** The SHA-256 of contents, in hex. */
export function sha256(contents: Uint8Array | string): string {
  const hash = createHash('sha256');
  const bytes = typeof contents === 'string' ? Buffer.from(contents) : contents;
  for (const part of partsOf(bytes)) hash.update(part);
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
