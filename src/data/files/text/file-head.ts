/** Reads the beginning of a text file, and tells binary files and encodings apart. */
import { isUtf8 } from 'node:buffer';
import { open, stat } from 'node:fs/promises';
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { bytesOfKind, otherKind } from './file-kind.js';
import { lineBlocks, maxLineBytes, refuseUnreadable, skipBlankLines } from './line-blocks.js';

/** The beginning of a file, which shows its format. It is read once, when it is first asked for. */
export class FileHead {
  readonly path: string;
  #firstLine: Promise<Buffer> | null = null;

  constructor(path: string) {
    this.path = path;
  }

  /** `firstLine` of this file. */
  firstLine(): Promise<Buffer> {
    this.#firstLine ??= firstLine(this.path);
    return this.#firstLine;
  }

  /** The first lines that are not blank, at most `count` and at most those of the first block. */
  async firstLines(count: number): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    for await (const { bytes, tooLong } of lineBlocks(this.path)) {
      for (let at = 0; at < bytes.length && lines.length < count && !tooLong; ) {
        const end = bytes.indexOf(10, at) < 0 ? bytes.length : bytes.indexOf(10, at);
        const line = bytes.subarray(at, bytes[end - 1] === 13 ? end - 1 : end);
        if (line.toString('latin1').trim() !== '') lines.push(Buffer.from(line));
        at = end + 1;
      }
      break;
    }
    return lines;
  }
}

/**
 * The first line of a text file that is not blank.
 *
 * @returns its bytes, without a byte order mark and without the line end
 * @throws DataError when the file cannot be read, is empty or binary, or its first line is too long
 */
export async function firstLine(path: string): Promise<Buffer> {
  await refuseOtherKinds(path);
  for await (const block of lineBlocks(path)) {
    if (block.tooLong) {
      throw new DataError(
        { file: path, line: block.firstLine },
        `a line must be at most ${maxLineBytes} bytes long`,
        'Give a file with ratings or titles',
      );
    }
    const bytes = block.bytes.subarray(skipBlankLines(block.bytes));
    if (bytes.length === 0) continue;
    const end = bytes.indexOf(10) < 0 ? bytes.length : bytes.indexOf(10);
    return Buffer.from(bytes.subarray(0, bytes[end - 1] === 13 ? end - 1 : end));
  }
  throw DataError.because({ file: path }, remedies.emptyFile());
}

/** @throws DataError */
async function refuseOtherKinds(path: string): Promise<void> {
  const unreadable = refuseUnreadable(path);
  // Before it is opened: that would wait for the writer of a named pipe.
  const kind = await stat(path).catch(unreadable);
  if (kind.isDirectory()) {
    throw new DataError({ file: path }, 'is a folder, not a file', 'Give a file in it');
  }
  // The file is read more than once: to recognise its format, and to import it.
  if (!kind.isFile()) {
    throw new DataError({ file: path }, 'is not a regular file', 'Save it to a file first');
  }
  const file = await open(path).catch(unreadable);
  try {
    const start = Buffer.alloc(bytesOfKind);
    const { bytesRead } = await file.read(start, 0, start.length, 0).catch(unreadable);
    const other = otherKind(path, start.subarray(0, bytesRead));
    if (other !== null) throw DataError.because({ file: path }, other);
  } finally {
    await file.close();
  }
}

/** UTF-8 when the whole file is valid UTF-8, else Latin-1, as in the old MovieLens files. */
export async function encodingOf(path: string): Promise<'utf8' | 'latin1'> {
  for await (const block of lineBlocks(path)) {
    if (!isUtf8(block.bytes) && !block.tooLong) return 'latin1';
  }
  return 'utf8';
}
