/** A file with data: where its bytes lie, in which archive and encoding, and its text in UTF-8. */
import { type FileHandle, open, stat } from 'node:fs/promises';
import { DataError } from '../../../errors.js';
import { archiveOf, bytesOfKind } from '../text/file-kind.js';
import { unpacked } from './archive.js';
import type { Archive } from './archive-names.js';
import { type ByteReader, FileReader, PieceReader, piecesOf } from './byte-reader.js';
import { endsLinesWithCr, LineFeeds } from './line-ends.js';
import { encodingNamed, markedEncoding, TextDecoding, type TextEncoding } from './text-encoding.js';
import { refuseUnreadable } from './unreadable-file.js';

/** What a caller says about a file. */
export interface DataFileOptions {
  /** The encoding of its text, in any usual spelling. Default: UTF-8. A byte order mark decides before it. */
  readonly encoding?: string;
  /** Where the bytes lie. Default: the path. */
  readonly storedAt?: string;
}

/** How a file is written. */
export interface FileForm {
  readonly archive: Archive | null;
  /** The beginning of the unpacked file, as it is stored. */
  readonly start: Buffer;
  /** The beginning of its text in UTF-8, with LF or CRLF between its lines. */
  readonly text: Buffer;
  readonly encoding: TextEncoding;
  /** Whether its lines end with CR alone. */
  readonly hasCrLineEnds: boolean;
}

/** A file with data. Its form is looked at once, when it is first asked for. */
export class DataFile {
  /** As messages name it. */
  readonly path: string;
  /** Where the bytes lie: elsewhere for a file that can be read only once. */
  readonly storedAt: string;
  readonly #encoding: TextEncoding | null;
  #form: Promise<FileForm> | null = null;

  /** @throws ArgumentError for an encoding that is not known */
  constructor(path: string, { encoding, storedAt = path }: DataFileOptions = {}) {
    this.path = path;
    this.storedAt = storedAt;
    this.#encoding = encoding === undefined ? null : encodingNamed(encoding);
  }

  /** The file of a path, or the file itself. */
  static of(file: string | DataFile, options: DataFileOptions = {}): DataFile {
    return typeof file === 'string' ? new DataFile(file, options) : file;
  }

  /** @throws DataError when the file cannot be read or unpacked */
  form(): Promise<FileForm> {
    this.#form ??= this.#look();
    return this.#form;
  }

  /** The number of stored bytes. @throws DataError when the file cannot be read */
  async size(): Promise<number> {
    const { size } = await stat(this.storedAt).catch(this.#refuse);
    return size;
  }

  /**
   * Opens the file's text in UTF-8, without the byte order mark of another encoding. A piece of the file that is no
   * text of its encoding becomes a byte that is no UTF-8.
   *
   * @throws DataError when the file cannot be read or unpacked; reading from it too
   */
  async openText(): Promise<ByteReader> {
    const { archive, encoding, hasCrLineEnds } = await this.form();
    const reader = await this.#open(archive);
    if (encoding === 'utf-8' && !hasCrLineEnds) return reader;
    const pieces = textPieces(reader, encoding, { hasCrLineEnds });
    return new PieceReader({ pieces, bytesRead: () => reader.bytesRead });
  }

  readonly #refuse = (cause: Error): never => refuseUnreadable(this.path)(cause);

  async #open(archive: Archive | null): Promise<ByteReader> {
    return this.#readerOf(await open(this.storedAt).catch(this.#refuse), archive);
  }

  async #readerOf(file: FileHandle, kind: Archive | null): Promise<ByteReader> {
    const { path, storedAt } = this;
    if (kind === null) return new FileReader(file, this.#refuse);
    return unpacked({ kind, path, storedAt, file, refuse: this.#refuse });
  }

  async #look(): Promise<FileForm> {
    await this.#refuseNoFile();
    const stored = await this.#startOf(null);
    const archive = archiveOf(stored);
    const start = archive === null ? stored : await this.#startOf(archive);
    const marked = markedEncoding(start);
    const encoding = marked ?? this.#encoding ?? 'utf-8';
    const decoded = encoding === 'utf-8' ? start : new TextDecoding(encoding).piece(start);
    const hasCrLineEnds = endsLinesWithCr(Buffer.from(decoded));
    const text = Buffer.from(hasCrLineEnds ? new LineFeeds().piece(decoded) : decoded);
    return { archive, start, text, encoding, hasCrLineEnds };
  }

  /** The first bytes of the file, or of the file in an archive. */
  async #startOf(archive: Archive | null): Promise<Buffer> {
    const reader = await this.#open(archive);
    try {
      const start = Buffer.alloc(bytesOfKind);
      return start.subarray(0, await reader.read(start, 0, start.length));
    } finally {
      await reader.close();
    }
  }

  async #refuseNoFile(): Promise<void> {
    // Before it is opened: that would wait for the writer of a named pipe.
    const kind = await stat(this.storedAt).catch(this.#refuse);
    if (kind.isDirectory()) {
      throw new DataError({ file: this.path }, 'is a folder, not a file', 'Give a file in it');
    }
    // The file is read more than once: to recognise its format, and to import it.
    if (!kind.isFile()) {
      throw new DataError({ file: this.path }, 'is not a regular file', 'Save it to a file first');
    }
  }
}

async function* textPieces(
  reader: ByteReader,
  encoding: TextEncoding,
  { hasCrLineEnds }: Pick<FileForm, 'hasCrLineEnds'>,
): AsyncGenerator<Uint8Array> {
  const decoding = encoding === 'utf-8' ? null : new TextDecoding(encoding);
  const lineFeeds = hasCrLineEnds ? new LineFeeds() : null;
  try {
    for await (const piece of piecesOf(reader)) {
      const text = decoding?.piece(piece) ?? piece;
      yield lineFeeds?.piece(text) ?? text;
    }
    if (decoding !== null) yield decoding.end();
  } finally {
    await reader.close();
  }
}
