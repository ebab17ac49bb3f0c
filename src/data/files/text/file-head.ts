/** Reads the beginning of a text file, and refuses one of another kind. */
import { isUtf8 } from 'node:buffer';
import { DataError } from '../../../errors.js';
import { remedies } from '../../../remedies.js';
import { DataFile } from '../bytes/data-file.js';
import { otherKind } from './file-kind.js';
import { lineBlocks, maxLineBytes, skipBlankLines } from './line-blocks.js';

/** The beginning of a file, which shows its format. It is read once, when it is first asked for. */
export class FileHead {
  readonly file: DataFile;
  #firstLine: Promise<Buffer> | null = null;

  constructor(file: string | DataFile) {
    this.file = DataFile.of(file);
  }

  /** The file, as messages name it. */
  get path(): string {
    return this.file.path;
  }

  /** `firstLine` of this file. */
  firstLine(): Promise<Buffer> {
    this.#firstLine ??= firstLine(this.file);
    return this.#firstLine;
  }

  /** The first lines that are not blank, at most `count` and at most those of the first block. */
  async firstLines(count: number): Promise<Buffer[]> {
    const lines: Buffer[] = [];
    for await (const { bytes, tooLong } of lineBlocks(this.file)) {
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
export async function firstLine(source: string | DataFile): Promise<Buffer> {
  const file = DataFile.of(source);
  const { path } = file;
  const other = otherKind(path, await file.form());
  if (other !== null) throw DataError.because({ file: path }, other);
  for await (const block of lineBlocks(file)) {
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

/** UTF-8 when the whole file is valid UTF-8, else Latin-1, as in the old MovieLens files. */
export async function encodingOf(file: string | DataFile): Promise<'utf8' | 'latin1'> {
  for await (const block of lineBlocks(file)) {
    if (!isUtf8(block.bytes) && !block.tooLong) return 'latin1';
  }
  return 'utf8';
}
