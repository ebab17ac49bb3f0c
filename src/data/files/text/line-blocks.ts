/** Streams a text file as blocks of whole lines. */
import { DataFile } from '../bytes/data-file.js';
import { scanQuotes } from './quoted-records.js';

/** A longer line or quoted record is refused. No rating or title is so long, and the limit bounds the memory. */
export const maxLineBytes = 1 << 20;

/** So small that the garbage collector frees the objects of a block early. */
const bytesARead = 128 << 10;

const newline = 10;

/** Some whole lines of a file. */
export interface LineBlock {
  /** The file. */
  readonly path: string;
  /** Ends with a newline, except in the file's last block. Valid until the next block is asked for. */
  readonly bytes: Buffer;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** The number of lines. */
  readonly lines: number;
  /** Bytes of the file up to the block's end. */
  readonly bytesRead: number;
  /** The block is the beginning of one line that is longer than `maxLineBytes`. The rest of the line is skipped. */
  readonly tooLong: boolean;
}

/**
 * Streams a file as blocks of whole lines, about 128 KiB each, without a leading byte order mark.
 *
 * @param options - `quotedBetween`: the delimiter of a format in which `"` quotes a field. A block then ends where a
 *   record ends, so that a quoted line break stays inside its record. Default: null, nothing is quoted
 * @throws DataError when the file cannot be read or unpacked
 */
export async function* lineBlocks(
  source: string | DataFile,
  { quotedBetween = null }: { quotedBetween?: string | null } = {},
): AsyncGenerator<LineBlock> {
  const file = DataFile.of(source);
  const { path } = file;
  const reader = await file.openText();
  try {
    // Room for the longest allowed line without its end, and for the next bytes.
    const buffer = Buffer.allocUnsafeSlow(maxLineBytes + bytesARead);
    let held = 0;
    let line = 1;
    let skipping = false;
    for (let isFirst = true; ; isFirst = false) {
      const got = await reader.read(buffer, held, bytesARead);
      const isLast = got === 0;
      const { bytesRead } = reader;
      let data = buffer.subarray(0, held + got);
      if (isFirst && data.subarray(0, 3).equals(byteOrderMark)) data = data.subarray(3);
      if (skipping) {
        const end = data.indexOf(newline);
        if (end < 0 && !isLast) continue;
        skipping = false;
        line++;
        data = end < 0 ? data.subarray(data.length) : data.subarray(end + 1);
      }
      for (let long = overlong(data); long !== null; long = overlong(data)) {
        if (long.start > 0) {
          const block = blockOf(path, data.subarray(0, long.start), line, bytesRead);
          yield block;
          line += block.lines;
        }
        const bytes = data.subarray(long.start, long.start + 4096);
        yield { path, bytes, firstLine: line, lines: 1, bytesRead, tooLong: true };
        skipping = !long.isWhole;
        if (long.isWhole) line++;
        data = data.subarray(long.end);
      }
      let end = isLast ? data.length : data.lastIndexOf(newline) + 1;
      if (quotedBetween !== null && !isLast) {
        end = scanQuotes(data, quotedBetween, { isLast, maxBytes: maxLineBytes });
      }
      if (end > 0) {
        const block = blockOf(path, data.subarray(0, end), line, bytesRead);
        yield block;
        line += block.lines;
      }
      if (isLast) return;
      held = data.length - end;
      data.copy(buffer, 0, end);
    }
  } finally {
    await reader.close();
  }
}

/** The place of the first line that holds more than blanks; the length where there is none. */
export function skipBlankLines(bytes: Buffer): number {
  let start = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === newline) start = at + 1;
    else if (byte !== 13 && byte !== 32 && byte !== 9) return start;
  }
  return bytes.length;
}

/** A block without its first line that is not blank; null where all are blank. A header is one line. */
export function withoutHeader(block: LineBlock): LineBlock | null {
  const at = skipBlankLines(block.bytes);
  if (at === block.bytes.length) return null;
  const end = endOfLine(block.bytes, at);
  const skipped = countLines(block.bytes.subarray(0, end));
  return {
    ...block,
    bytes: block.bytes.subarray(end),
    firstLine: block.firstLine + skipped,
    lines: block.lines - skipped,
  };
}

/** The place after the line in which a place is. */
export function endOfLine(bytes: Buffer, start: number): number {
  const at = bytes.indexOf(newline, start);
  return at < 0 ? bytes.length : at + 1;
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/** The first line over the limit, or null. Its end may not be read yet. */
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

function blockOf(path: string, bytes: Buffer, firstLine: number, bytesRead: number): LineBlock {
  return { path, bytes, firstLine, lines: countLines(bytes), bytesRead, tooLong: false };
}

/** The number of lines, the last one with or without a line end. */
export function countLines(bytes: Buffer): number {
  if (bytes.length === 0) return 0;
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return bytes.at(-1) === newline ? lines : lines + 1;
}
