/** Files of runs in chunks, and what is said of those that are not whole. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../errors.js';

import { checkedChunks, type StoredChunk, type WantedFile, writeChunks } from './chunks.js';
import { damagedChunk, type FileRow, isSame, remedyFor, runsOf } from './rows.js';
import { chunkBytes } from './tables.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Bytes that differ from place to place. */
function contents(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, k) => (k * 31 + (k >> 8)) % 251));
}

describe('writeChunks', () => {
  async function write(
    pieces: readonly Uint8Array[],
    said: { bytes?: number; sha256?: string } = {},
  ) {
    const whole = Buffer.concat(pieces);
    const file = {
      name: 'w',
      bytes: said.bytes ?? whole.length,
      sha256: said.sha256 ?? sha256(whole),
      read: async function* () {
        yield* pieces;
      },
    };
    const stored: [run: string, name: string, part: number, sha256: string, bytes: Buffer][] = [];
    const session = { run: async (_: string, values: never) => stored.push(values) };
    await writeChunks(session as never, 'r', file);
    expect(Buffer.concat(stored.map(([, , , , bytes]) => bytes))).toEqual(whole);
    for (const [k, [run, name, part, sum, bytes]] of stored.entries()) {
      expect([run, name, part, sum]).toEqual(['r', 'w', k, sha256(bytes)]);
    }
    return stored.map(([, , , , { length }]) => length);
  }

  const size = chunkBytes;
  it.each([
    [[], []],
    [[0, 0], []],
    [[1], [1]],
    [[size], [size]],
    [[size - 1, 1], [size]],
    [
      [size - 1, 2],
      [size, 1],
    ],
    [[3, 0, 4], [7]],
    [
      [2 * size + 5, size - 6],
      [size, size, size - 1],
    ],
  ])('cuts pieces of %j bytes into chunks of %j', async (pieces, chunks) => {
    expect(await write(pieces.map(contents))).toEqual(chunks);
  });

  it.each([{ bytes: 4 }, { sha256: sha256(contents(4)) }])(
    'refuses a file of other contents: %j',
    async (said) => {
      const written = write([contents(5)], said);
      await expect(written).rejects.toBeInstanceOf(RunError);
      await expect(written).rejects.toThrow(
        /^w of run r has changed while it was read; try again$/,
      );
    },
  );
});

describe('checkedChunks', () => {
  const parts = [contents(10), contents(7)];
  const whole = Buffer.concat(parts);
  const stored = parts.map((bytes): StoredChunk => ({ sha256: sha256(bytes), contents: bytes }));

  async function read(chunks: readonly (StoredChunk | null)[], said: Partial<WantedFile> = {}) {
    const file = { what: 'w of r', bytes: 17, sha256: sha256(whole), remedy: 'Mend it.', ...said };
    const got: Uint8Array[] = [];
    const reading = async () => {
      for await (const chunk of checkedChunks(file, async (part) => chunks[part] ?? null))
        got.push(chunk);
    };
    const message = await reading().then(
      () => null,
      (error: RunError) => {
        expect(error).toBeInstanceOf(RunError);
        return error.message;
      },
    );
    return [message, got.length];
  }

  it('gives them after a check, the last one after a check of all', async () => {
    expect(await read(stored)).toEqual([null, 2]);
    expect(await read([], { bytes: 0, sha256: sha256(Buffer.alloc(0)) })).toEqual([null, 0]);
    // A chunk too many is not asked for.
    expect(await read([stored[0]!, stored[1]!, stored[1]!])).toEqual([null, 2]);
  });

  it('names what is missing or damaged', async () => {
    const remedy = 'Mend it\\.$';
    const [first, second] = stored as [StoredChunk, StoredChunk];
    const other = { ...second, contents: contents(8).subarray(1) };
    for (const [chunks, said, message, given] of [
      [[], {}, 'chunk 0 of w of r is missing', 0],
      [[first], {}, 'chunk 1 of w of r is missing', 1],
      [[first, other], {}, 'chunk 1 of w of r is damaged: its checksum differs', 1],
      [
        [first, { ...other, sha256: sha256(other.contents) }],
        {},
        'w of r is damaged: its checksum differs',
        1,
      ],
      [stored, { bytes: 16 }, null, 2],
      [stored, { bytes: 18 }, 'chunk 2 of w of r is missing', 2],
      [stored, { bytes: 10 }, 'w of r is damaged: its checksum differs', 0],
      [[], { bytes: 0 }, 'w of r is damaged: its checksum differs', 0],
    ] as const) {
      const [found, count] = await read(chunks, said);
      if (message === null) expect(found).toBeNull();
      else expect(found).toMatch(new RegExp(`^${message}\\. ${remedy}`));
      expect([message, count]).toEqual([message, given]);
    }
  });
});

describe('the runs of a store', () => {
  const row = (id: string, name: string, rest: Partial<FileRow> = {}): FileRow => ({
    id,
    published: new Date(60_000),
    name,
    bytes: 10,
    sha256: 'aa',
    chunks: 2,
    last: 1,
    size: 10,
    ...rest,
  });

  it('have their files in order, and no problem where all are whole', () => {
    const empty = { bytes: 0, size: 0, chunks: 0, last: null };
    expect(runsOf([row('r', 'b'), row('r', 'a', empty), row('s', 'a')], 'p')).toEqual([
      {
        id: 'r',
        publishedAt: '1970-01-01T00:01:00.000Z',
        files: [
          { name: 'b', bytes: 10, sha256: 'aa' },
          { name: 'a', bytes: 0, sha256: 'aa' },
        ],
        problem: null,
      },
      {
        id: 's',
        publishedAt: '1970-01-01T00:01:00.000Z',
        files: [{ name: 'a', bytes: 10, sha256: 'aa' }],
        problem: null,
      },
    ]);
    expect(runsOf([], 'p')).toEqual([]);
  });

  it.each<[Partial<FileRow>, number]>([
    [{ size: 9 }, 9],
    [{ size: 11 }, 11],
    [{ last: 2 }, 10],
    [{ chunks: 1 }, 10],
    [{ last: null }, 10],
    [{ chunks: 0, last: null, size: 0 }, 0],
  ])('name the file that is not whole: %j', (rest, there) => {
    const [run] = runsOf([row('r', 'a'), row('r', 'b', rest), row('r', 'c', { size: 1 })], 'p');
    expect(run!.problem).toBe(
      `b of run r in p is not whole: ${there} of 10 bytes are there. ${remedyFor('r')}`,
    );
    expect(remedyFor('r')).toMatch(/^`multvae activate r` mends it/);
  });

  it('are the same by their files, in any order', () => {
    const files = [row('r', 'a'), row('r', 'b')];
    expect(isSame(files, [...files].reverse())).toBe(true);
    expect(isSame(files, files.slice(1))).toBe(false);
    expect(isSame([], files)).toBe(false);
    for (const other of [{ name: 'c' }, { bytes: 11 }, { sha256: 'ab' }]) {
      expect(isSame(files, [files[0]!, { ...files[1]!, ...other }])).toBe(false);
    }
  });

  it('have a first damaged chunk, or none', async () => {
    const asking = (rows: unknown[]) => ({ query: async () => rows }) as never;
    expect(await damagedChunk(asking([]), 'r')).toBeNull();
    expect(await damagedChunk(asking([{ file: 'a', part: 1 }]), 'r')).toEqual({
      file: 'a',
      part: 1,
    });
  });
});
