import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

/** Bytes that are read once, front to back. */
export interface ByteSource {
  /** How many are still to come. */
  readonly remaining: number;
  /**
   * The next ones, in an ArrayBuffer of their own.
   *
   * @throws when fewer are left
   */
  take(length: number): Uint8Array<ArrayBuffer>;
}

/** Bytes that are in memory already; what is taken is a copy. */
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

/** What is read at a time: still in the cache when its hash is taken. */
const pieceBytes = 2 ** 18;

/**
 * A file, hashed as it is read: what is taken is in memory once, and the file never as a whole. Its owner closes
 * it.
 */
export class HashedFile implements ByteSource {
  readonly #file: number;
  readonly #hash = createHash('sha256');
  #remaining: number;

  /** @throws what the file system throws, as do `take` and `sha256` */
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

  /** The SHA-256 of the whole file, in hex; whatever was not taken yet is read. */
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
