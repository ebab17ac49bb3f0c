/** Unpacks Zstandard frames (RFC 8878) one block at a time, and checks what they say about their content. */
import { Decompress } from 'fzstd';
import xxhash, { type XXHashAPI } from 'xxhash-wasm';
import { ArchiveFault } from './archive-fault.js';
import type { ByteReader } from './byte-reader.js';

const frameMagic = 0xfd2fb528;
/** The lowest four bits may be any. */
const skippableMagic = 0x184d2a50;

/** The most memory that a frame may ask for: as much as the `zstd` command allows without a flag. */
const maxWindowBytes = 128 << 20;

/** A block is at most this long, unpacked. */
const maxBlockBytes = 128 << 10;

/** What the header of a frame says. */
interface FrameHeader {
  readonly bytes: Buffer;
  readonly hasChecksum: boolean;
  /** Bytes of the unpacked content; null where it does not say. */
  readonly contentBytes: bigint | null;
}

/**
 * The content of an archive's frames, in pieces.
 *
 * @param packed - the caller closes it
 * @throws ArchiveFault
 */
export async function* zstandardPieces(packed: ByteReader): AsyncGenerator<Uint8Array> {
  const source = new Source(packed);
  const hashing = await xxhash();
  for (let isFirst = true; ; isFirst = false) {
    const magic = await source.upTo(4);
    if (magic.length === 0 && !isFirst) return;
    if (magic.length < 4) throw cut();
    const number = magic.readUInt32LE();
    if (number >>> 4 === skippableMagic >>> 4) {
      await source.skip((await source.take(4)).readUInt32LE());
    } else if (number === frameMagic) {
      yield* framePieces(source, magic, hashing);
    } else {
      throw new ArchiveFault('something that is no frame follows its frames');
    }
  }
}

async function* framePieces(
  source: Source,
  magic: Buffer,
  hashing: XXHashAPI,
): AsyncGenerator<Uint8Array> {
  const { bytes, hasChecksum, contentBytes } = await frameHeader(source, magic);
  const hash = hashing.create64();
  let pieces: Uint8Array[] = [];
  let total = 0n;
  const unpacking = new Decompress((piece) => {
    if (piece.length === 0) return;
    hash.update(piece);
    total += BigInt(piece.length);
    pieces.push(piece);
  });
  let before: Buffer = bytes;
  for (let isLast = false; !isLast; ) {
    const block = await nextBlock(source);
    isLast = block.isLast;
    const checksum = isLast && hasChecksum ? await source.take(4) : Buffer.alloc(0);
    try {
      unpacking.push(Buffer.concat([before, block.bytes, checksum]), isLast);
    } catch (cause) {
      throw new ArchiveFault((cause as Error).message);
    }
    before = Buffer.alloc(0);
    if (isLast && contentBytes !== null && contentBytes !== total) {
      throw new ArchiveFault('a frame has another length than it says');
    }
    if (checksum.length > 0 && checksum.readUInt32LE() !== Number(hash.digest() & 0xffffffffn)) {
      throw new ArchiveFault('a checksum differs');
    }
    yield* pieces;
    pieces = [];
  }
}

async function frameHeader(source: Source, magic: Buffer): Promise<FrameHeader> {
  const descriptor = await source.take(1);
  const flags = descriptor[0]!;
  const isSingleSegment = (flags & 32) !== 0;
  const window = await source.take(isSingleSegment ? 0 : 1);
  const dictionary = await source.take([0, 1, 2, 4][flags & 3]!);
  if (dictionary.some((byte) => byte !== 0)) throw new ArchiveFault('it needs a dictionary');
  const size = await source.take([isSingleSegment ? 1 : 0, 2, 4, 8][flags >>> 6]!);
  const contentBytes = contentBytesOf(size);
  const windowBytes = isSingleSegment ? Number(contentBytes) : windowBytesOf(window[0]!);
  if (windowBytes > maxWindowBytes) {
    throw new ArchiveFault('it was packed with --long, and needs more than 128 MiB to be unpacked');
  }
  return {
    bytes: Buffer.concat([magic, descriptor, window, dictionary, size]),
    hasChecksum: (flags & 4) !== 0,
    contentBytes,
  };
}

function contentBytesOf(size: Buffer): bigint | null {
  if (size.length === 0) return null;
  if (size.length === 8) return size.readBigUInt64LE();
  // A size of two bytes starts at 256, because smaller ones have one byte.
  return BigInt(size.readUIntLE(0, size.length) + (size.length === 2 ? 256 : 0));
}

function windowBytesOf(descriptor: number): number {
  const base = 2 ** (10 + (descriptor >>> 3));
  return base + (base / 8) * (descriptor & 7);
}

async function nextBlock(source: Source): Promise<{ bytes: Buffer; isLast: boolean }> {
  const header = await source.take(3);
  const value = header.readUIntLE(0, 3);
  const isRepeated = ((value >>> 1) & 3) === 1;
  const length = isRepeated ? 1 : value >>> 3;
  if (length > maxBlockBytes) throw new ArchiveFault('a block is too long');
  return {
    bytes: Buffer.concat([header, await source.take(length)]),
    isLast: (value & 1) === 1,
  };
}

/** Takes exact numbers of bytes. */
class Source {
  readonly #reader: ByteReader;

  constructor(reader: ByteReader) {
    this.#reader = reader;
  }

  /** The next bytes, fewer where the archive ends. */
  async upTo(length: number): Promise<Buffer> {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, await this.#reader.read(bytes, 0, length));
  }

  /** @throws ArchiveFault where the archive ends before */
  async take(length: number): Promise<Buffer> {
    const bytes = await this.upTo(length);
    if (bytes.length < length) throw cut();
    return bytes;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; left -= maxBlockBytes) {
      await this.take(Math.min(left, maxBlockBytes));
    }
  }
}

function cut(): ArchiveFault {
  return new ArchiveFault('it ends within a frame', { isCut: true });
}
