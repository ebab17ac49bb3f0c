/** Reads bytes from front to back, from memory or from a file that is hashed meanwhile. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read once, from front to back. */
export interface ByteSource {
  /** The number of bytes that are left. */
  readonly remaining: number;
  /**
   * The next bytes, in an ArrayBuffer of their own.
   *
   * @throws when fewer are left
   */
  take(length: number): Uint8Array<ArrayBuffer>;
}

/** Bytes in memory. `take` copies them. */
export class MemorySource implements ByteSource {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    if (length > this.remaining) throw new RangeError(`${this.remaining} bytes are left`);
    this.#at += length;
    return new Uint8Array(this.#bytes.subarray(this.#at - length, this.#at));
  }
}

/** Bytes to read at a time: few enough to be in the processor's cache when they are hashed. */
const pieceBytes = 2 ** 18;

/**
 * A file that is hashed while it is read. Each taken piece is in memory once, and the file never as a whole. The owner
 * closes it.
 */
export class HashedFile implements ByteSource {
  readonly #file: number;
  readonly #hash = createHash('sha256');
  #remaining: number;

  /** @throws the errors of the file system; `take` and `sha256` throw them too */
  constructor(path: string) {
    this.#file = openSync(path, 'r');
    this.#remaining = fstatSync(this.#file).size;
  }

  get remaining(): number {
    return this.#remaining;
  }

  take(length: number): Uint8Array<ArrayBuffer> {
    const bytes = Buffer.allocUnsafeSlow(length);
    for (let at = 0; at < length; ) {
      const read = this.#read(bytes.subarray(at, at + pieceBytes));
      if (read === 0) throw new RangeError(`it ends ${length - at} bytes too early`);
      at += read;
    }
    this.#remaining -= length;
    return bytes;
  }

  /** The SHA-256 of the whole file, in hex. It reads the bytes that are left. */
  sha256(): string {
    const rest = Buffer.allocUnsafe(pieceBytes);
    while (this.#read(rest) > 0);
    return this.#hash.digest('hex');
  }

  close(): void {
    closeSync(this.#file);
  }

  #read(piece: Uint8Array): number {
    const read = readSync(this.#file, piece);
    this.#hash.update(piece.subarray(0, read));
    return read;
  }
}
