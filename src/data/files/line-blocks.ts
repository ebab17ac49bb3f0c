import { open } from 'node:fs/promises';
import { DataError } from '../../errors.js';

/** A line longer than this, in bytes, is refused: no rating or title needs it, and memory must stay bounded. */
export const maxLineBytes = 1 << 20;

/** Small enough that what is made of one block dies young in the garbage collector. */
const bytesARead = 128 << 10;

const newline = 10;
const quoteMark = 34;

/** Some whole lines of a file. */
export interface LineBlock {
  /** Ends after a newline, but for the file's last block; valid until the next block is asked for. */
  readonly bytes: Buffer;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** How many lines. */
  readonly lines: number;
  /** Bytes of the file up to the block's end. */
  readonly bytesRead: number;
  /** The block is the beginning of one line that is longer than `maxLineBytes`; the rest of it is left out. */
  readonly tooLong: boolean;
}

/** What to do where the file system refuses to open or to read a file. */
export function refuseUnreadable(path: string): (cause: Error) => never {
  return (cause) => {
    throw new DataError({ file: path }, `cannot be read (${cause.message})`, 'Check the path');
  };
}

/**
 * Streams a file as blocks of whole lines, about 128 KiB each, without a leading byte order mark.
 *
 * @param options - `quoted`: a block does not end between two `"`, so that a quoted line break stays inside its record
 *   (unless the record is longer than `maxLineBytes`). Default: false
 * @throws DataError when the file cannot be read
 */
export async function* lineBlocks(
  path: string,
  { quoted = false }: { quoted?: boolean } = {},
): AsyncGenerator<LineBlock> {
  const unreadable = refuseUnreadable(path);
  const file = await open(path).catch(unreadable);
  try {
    // One line up to the limit may wait for its end while the next bytes arrive.
    const buffer = Buffer.allocUnsafeSlow(maxLineBytes + bytesARead);
    let held = 0;
    let line = 1;
    let bytesRead = 0;
    let skipping = false;
    for (;;) {
      const { bytesRead: got } = await file.read(buffer, held, bytesARead).catch(unreadable);
      const isLast = got === 0;
      bytesRead += got;
      let data = buffer.subarray(0, held + got);
      if (bytesRead === got && data.subarray(0, 3).equals(byteOrderMark)) data = data.subarray(3);
      if (skipping) {
        const end = data.indexOf(newline);
        if (end < 0 && !isLast) continue;
        skipping = false;
        line++;
        data = end < 0 ? data.subarray(data.length) : data.subarray(end + 1);
      }
      for (let long = overlong(data); long !== null; long = overlong(data)) {
        if (long.start > 0) {
          const block = blockOf(data.subarray(0, long.start), line, bytesRead);
          yield block;
          line += block.lines;
        }
        const bytes = data.subarray(long.start, long.start + 4096);
        yield { bytes, firstLine: line, lines: 1, bytesRead, tooLong: true };
        skipping = !long.isWhole;
        if (long.isWhole) line++;
        data = data.subarray(long.end);
      }
      let end = isLast ? data.length : wholeLines(data, { quoted });
      // A quote that is never closed must not hold back the rest of the file.
      if (data.length - end > maxLineBytes) end = data.lastIndexOf(newline) + 1;
      if (end > 0) {
        const block = blockOf(data.subarray(0, end), line, bytesRead);
        yield block;
        line += block.lines;
      }
      if (isLast) return;
      held = data.length - end;
      data.copy(buffer, 0, end);
    }
  } finally {
    await file.close();
  }
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** Where the last whole line ends; with quotes, the last one that ends outside of them. */
function wholeLines(data: Buffer, { quoted }: { quoted: boolean }): number {
  const end = data.lastIndexOf(newline) + 1;
  if (!quoted) return end;
  let quotes = 0;
  let last = -1;
  for (
    let at = data.indexOf(quoteMark);
    at >= 0 && at < end;
    at = data.indexOf(quoteMark, at + 1)
  ) {
    quotes++;
    last = at;
  }
  return quotes % 2 === 0 ? end : data.lastIndexOf(newline, last) + 1;
}

/** The first line over the limit; it may lack its end. */
function overlong(data: Buffer): { start: number; end: number; isWhole: boolean } | null {
  if (data.length <= maxLineBytes) return null;
  for (let start = 0; start < data.length; ) {
    const at = data.indexOf(newline, start);
    const stop = at < 0 ? data.length : at;
    if (stop - start > maxLineBytes) {
      return { start, end: at < 0 ? data.length : at + 1, isWhole: at >= 0 };
    }
    start = stop + 1;
  }
  return null;
}

function blockOf(bytes: Buffer, firstLine: number, bytesRead: number): LineBlock {
  return { bytes, firstLine, lines: countLines(bytes), bytesRead, tooLong: false };
}

function countLines(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return bytes.at(-1) === newline ? lines : lines + 1;
}
