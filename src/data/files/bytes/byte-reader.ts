/** Reads bytes in order: those of a file, or those that an unpacking or a decoding gives. */
import type { FileHandle } from 'node:fs/promises';

/** Gives the bytes of a source in order. Close it after use. */
export interface ByteReader {
  /** Bytes of the stored file that were read so far: of an archive, the packed ones. */
  readonly bytesRead: number;
  /**
   * Reads the next bytes into a buffer.
   *
   * @returns their number: as many as asked for, and fewer only where the source ends
   */
  read(buffer: Buffer, offset: number, length: number): Promise<number>;
  close(): Promise<void>;
}

/** The bytes of a file, as they are stored. */
export class FileReader implements ByteReader {
  bytesRead = 0;
  readonly #file: FileHandle;
  readonly #refuse: (cause: Error) => never;

  /** @param refuse - throws the error for a failed read */
  constructor(file: FileHandle, refuse: (cause: Error) => never) {
    this.#file = file;
    this.#refuse = refuse;
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<number> {
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await this.#file
        .read(buffer, offset + filled, length - filled)
        .catch(this.#refuse);
      if (bytesRead === 0) break;
      filled += bytesRead;
      this.bytesRead += bytesRead;
    }
    return filled;
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Pieces of bytes that an unpacking or a decoding gives one after another. */
export interface Pieces {
  readonly pieces: AsyncGenerator<Uint8Array>;
  /** Bytes of the stored file that were read so far. */
  bytesRead(): number;
}

/** The bytes of pieces of any length. */
export class PieceReader implements ByteReader {
  readonly #source: Pieces;
  #rest: Uint8Array = new Uint8Array(0);

  constructor(source: Pieces) {
    this.#source = source;
  }

  get bytesRead(): number {
    return this.#source.bytesRead();
  }

  async read(buffer: Buffer, offset: number, length: number): Promise<number> {
    let filled = 0;
    while (filled < length) {
      if (this.#rest.length === 0) {
        const next = await this.#source.pieces.next();
        if (next.done) break;
        this.#rest = next.value;
      }
      const taken = this.#rest.subarray(0, length - filled);
      buffer.set(taken, offset + filled);
      this.#rest = this.#rest.subarray(taken.length);
      filled += taken.length;
    }
    return filled;
  }

  async close(): Promise<void> {
    await this.#source.pieces.return(undefined);
  }
}

const bytesAPiece = 64 << 10;

/** The bytes of a reader in pieces, each a buffer of its own. Closing the reader is the caller's. */
export async function* piecesOf(reader: ByteReader): AsyncGenerator<Uint8Array> {
  for (;;) {
    const piece = Buffer.allocUnsafeSlow(bytesAPiece);
    const length = await reader.read(piece, 0, bytesAPiece);
    if (length > 0) yield piece.subarray(0, length);
    if (length < bytesAPiece) return;
  }
}
