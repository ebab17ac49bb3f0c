/** Reading and hashing a file in one pass. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ByteSource, HashedFile, MemorySource } from './byte-source.js';
import { sha256 } from './checked-files.js';

let folder: string;
let path: string;
/** More bytes than one read takes. */
const bytes = Uint8Array.from({ length: 700_001 }, (_, k) => (k * k) % 251);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-bytes-'));
  path = join(folder, 'bytes');
  writeFileSync(path, bytes);
});
afterAll(() => rmSync(folder, { recursive: true }));

describe.each<[string, () => ByteSource & { close?: () => void }]>([
  ['in memory', () => new MemorySource(bytes)],
  ['of a file', () => new HashedFile(path)],
])('bytes %s', (_, open) => {
  it('come from front to back, each piece in its own memory', () => {
    const source = open();
    let at = 0;
    for (const length of [1, 0, 7, 600_000, 13]) {
      expect(source.remaining).toBe(bytes.length - at);
      const piece = source.take(length);
      expect(Buffer.from(bytes.subarray(at, at + length)).equals(piece)).toBe(true);
      expect(piece.buffer.byteLength).toBe(length);
      at += length;
    }
    expect(() => source.take(bytes.length - at + 1)).toThrow(RangeError);
    source.close?.();
  });
});

describe('a hashed file', () => {
  it('has the checksum of the whole file, whatever was taken', () => {
    for (const length of [0, 5, 300_000, bytes.length]) {
      const file = new HashedFile(path);
      file.take(length);
      expect(file.sha256()).toBe(sha256(bytes));
      file.close();
    }
  });

  it('throws when there is no such file', () => {
    expect(() => new HashedFile(join(folder, 'other'))).toThrow(/ENOENT/);
  });
});
