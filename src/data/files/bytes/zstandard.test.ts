/** Frames of Zstandard that are made by hand, as RFC 8878 has them. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { ArchiveFault } from './archive-fault.js';
import { PieceReader } from './byte-reader.js';
import { zstandardPieces } from './zstandard.js';

const magic = [0x28, 0xb5, 0x2f, 0xfd];

/** A block, the last one unless it says otherwise: its content as it is, or one byte repeated. */
function block(content: string | { byte: string; times: number }, isLast = true): number[] {
  const isRaw = typeof content === 'string';
  const length = isRaw ? content.length : content.times;
  const header = (length << 3) | (isRaw ? 0 : 2) | (isLast ? 1 : 0);
  return [
    header & 255,
    (header >> 8) & 255,
    header >> 16,
    ...Buffer.from(isRaw ? content : content.byte),
  ];
}

const skippable = (last: number, length: number) => [
  0x50 + last,
  0x2a,
  0x4d,
  0x18,
  length & 255,
  length >> 8,
  0,
  0,
  ...new Array<number>(length).fill(9),
];

async function unpack(...parts: number[][]): Promise<string> {
  const bytes = Buffer.from(parts.flat());
  async function* pieces() {
    yield bytes;
  }
  const reader = new PieceReader({ pieces: pieces(), bytesRead: () => bytes.length });
  return (await buffer(Readable.from(zstandardPieces(reader)))).toString();
}

const tea = block('tea');
const plain = [...magic, 0, 0, ...tea];

describe('a frame', () => {
  it.each<[string, number[], string]>([
    ['without a size', plain, 'tea'],
    ['of several blocks', [...magic, 0, 0, ...block('te', false), ...tea], 'tetea'],
    [
      'with a repeated byte',
      [...magic, 0, 0, ...block({ byte: 'a', times: 1000 })],
      'a'.repeat(1000),
    ],
    ['of one segment', [...magic, 0x20, 3, ...tea], 'tea'],
    [
      'with a size of two bytes',
      [...magic, 0x60, 44, 0, ...block('b'.repeat(300))],
      'b'.repeat(300),
    ],
    ['with a size of four bytes', [...magic, 0xa0, 3, 0, 0, 0, ...tea], 'tea'],
    ['with a size of eight bytes', [...magic, 0xe0, 3, 0, 0, 0, 0, 0, 0, 0, ...tea], 'tea'],
    [
      'with a window and a size',
      [...magic, 0x40, 0, 44, 0, ...block('b'.repeat(300))],
      'b'.repeat(300),
    ],
    ['with a dictionary that is none', [...magic, 1, 0, 0, ...tea], 'tea'],
    ['with one of two bytes', [...magic, 2, 0, 0, 0, ...tea], 'tea'],
    ['with one of four bytes', [...magic, 3, 0, 0, 0, 0, 0, ...tea], 'tea'],
    ['with the largest window', [...magic, 0, 17 << 3, ...tea], 'tea'],
    ['after one to skip', [...skippable(15, 300), ...plain], 'tea'],
    ['between others', [...plain, ...skippable(0, 0), ...plain], 'teatea'],
    ['to skip alone', skippable(3, 2), ''],
  ])('%s is unpacked', async (_, bytes, text) => {
    expect(await unpack(bytes)).toBe(text);
  });

  it.each<[string, number[], RegExp]>([
    ['of a wrong size', [...magic, 0x20, 4, ...tea], /another length than it says/],
    [
      'of a wrong size of two bytes',
      [...magic, 0x60, 0, 0, ...block('b'.repeat(255))],
      /another length/,
    ],
    ['with a dictionary', [...magic, 1, 0, 7, ...tea], /needs a dictionary/],
    ['with a dictionary of four bytes', [...magic, 3, 0, 0, 0, 0, 1, ...tea], /needs a dictionary/],
    ['with a window that is too large', [...magic, 0, (17 << 3) | 1, ...tea], /--long/],
    ['of one segment that is too large', [...magic, 0xa0, 1, 0, 0, 8, ...tea], /--long/],
    ['with a block that is too long', [...magic, 0, 0, 8 | 1, 0, 16], /a block is too long/],
    ['with a block of no kind', [...magic, 0, 0, 7, 0, 0], /./],
    ['before something else', [...plain, 1, 2, 3, 4], /no frame follows/],
    ['with a checksum that differs', [...magic, 4, 0, ...tea, 1, 2, 3, 4], /a checksum differs/],
  ])('%s is refused', async (_, bytes, message) => {
    await expect(unpack(bytes)).rejects.toThrow(ArchiveFault);
    await expect(unpack(bytes)).rejects.toThrow(message);
  });

  it('that is cut off is refused, wherever it is', async () => {
    const whole = [...skippable(1, 3), ...magic, 4, 0, ...tea, 1, 2, 3, 4];
    for (let length = 0; length < whole.length; length++) {
      // Between two frames nothing is cut.
      if (length === skippable(1, 3).length) continue;
      await expect(unpack(whole.slice(0, length)), `${length}`).rejects.toMatchObject({
        isCut: true,
        message: 'it ends within a frame',
      });
    }
  });

  it('to skip may be longer than a block', async () => {
    expect(
      await unpack([0x50, 0x2a, 0x4d, 0x18, 0, 0, 4, 0], new Array(4 << 16).fill(1), plain),
    ).toBe('tea');
  });
});
