/** Reading the text of a file from archives, encodings and line ends of many kinds. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ZipEntry, zipOf } from '../../../../test/fixtures/zip.js';
import { DataError } from '../../../errors.js';
import { DataFile, type DataFileOptions } from './data-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-bytes-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Reads a file whole, in reads of `length` bytes. */
async function read(
  content: string | Buffer,
  { length = 1000, ...options }: DataFileOptions & { length?: number } = {},
): Promise<Buffer> {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const file = new DataFile(path, options);
  const reader = await file.openText();
  const parts: Buffer[] = [];
  for (;;) {
    const buffer = Buffer.alloc(length);
    const got = await reader.read(buffer, 0, length);
    parts.push(buffer.subarray(0, got));
    if (got < length) break;
  }
  const size = await file.size();
  expect(reader.bytesRead).toBeLessThanOrEqual(size);
  // Of a zip archive its directory is not counted.
  expect(reader.bytesRead).toBeGreaterThanOrEqual(size > 1e4 ? 0.9 * size : 0);
  await reader.close();
  return Buffer.concat(parts);
}

async function text(content: string | Buffer, options: DataFileOptions = {}): Promise<string> {
  return (await read(content, options)).toString('utf8');
}

/** Longer than any buffer on the way, and hard to pack. */
const large = Buffer.from(
  Array.from({ length: 20_000 }, (_, k) => `${(k * 7919) % 100_003},é${(k * k) % 9973}\n`).join(''),
);

/** The archive of the `zstd` program, which writes a checksum. */
function zstd(content: string | Buffer, ...flags: string[]): Buffer {
  return execFileSync('zstd', ['-q', '-c', ...flags], { input: content, maxBuffer: 1 << 28 });
}

const zstdIsHere = (() => {
  try {
    zstd('');
    return true;
  } catch {
    console.warn('the zstd program is not installed: one committed archive is read instead');
    return false;
  }
})();

describe('archives', () => {
  it('of gzip are unpacked, also those of several members', async () => {
    expect((await read(gzipSync(large))).equals(large)).toBe(true);
    const members = Buffer.concat([gzipSync('user,item\n'), gzipSync('1,2\n')]);
    expect(await text(members)).toBe('user,item\n1,2\n');
    expect(await text(gzipSync(''))).toBe('');
  });

  it.runIf(zstdIsHere)(
    'of Zstandard are unpacked at every level and with every frame',
    async () => {
      for (const flags of [['-1'], ['-12'], ['--no-check']]) {
        expect((await read(zstd(large, ...flags))).equals(large), flags.join(' ')).toBe(true);
      }
      const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 9, 9]);
      const frames = [zstd('user,item\n'), skippable, zstd('1,2\n'), zstd('')];
      expect(await text(Buffer.concat(frames))).toBe('user,item\n1,2\n');
      expect(await text(zstd('a'.repeat(1_000_000)))).toBe('a'.repeat(1_000_000));
    },
  );

  it('of zip hold one file, beside what nobody put there', async () => {
    const entries: ZipEntry[] = [
      { name: 'data/', content: '' },
      { name: '__MACOSX/data/._a.csv', content: 'x' },
      { name: 'data/.DS_Store', content: 'x' },
      { name: 'data/README.txt', content: 'x' },
      { name: 'data/a.csv', content: large },
    ];
    expect((await read(zipOf(entries))).equals(large)).toBe(true);
    await expect(read(zipOf([...entries, { name: 'b.csv', content: '' }]))).rejects.toThrow(
      /several files \(data\/a\.csv, b\.csv\)/,
    );
    await expect(read(zipOf([]))).rejects.toThrow(/it holds no file/);
  });

  it('that are cut off or damaged are refused with their name and their kind', async () => {
    const archives: readonly (readonly [string, Buffer])[] = [
      ['a gzip archive', gzipSync(large)],
      ['a zip archive', zipOf([{ name: 'a.csv', content: large }])],
      ...(zstdIsHere ? ([['a Zstandard archive', zstd(large)]] as const) : []),
    ];
    for (const [kind, archive] of archives) {
      for (const part of [0.1, 0.5, 0.999]) {
        const cut = read(archive.subarray(0, Math.floor(archive.length * part)));
        await expect(cut, `${kind} ${part}`).rejects.toThrow(DataError);
        await expect(cut).rejects.toThrow(new RegExp(`file: is ${kind} that`));
      }
      for (const part of [0.3, 0.6, 0.9]) {
        const damaged = Buffer.from(archive);
        damaged[Math.floor(archive.length * part)]! ^= 0x10;
        const reading = read(damaged);
        await expect(reading, `${kind} ${part}`).rejects.toThrow(new RegExp(`is ${kind} that`));
      }
    }
  });

  it('of Zstandard with a wrong checksum or length are refused', async () => {
    const archive = readFileSync(join(import.meta.dirname, 'three-rows.csv.zst'));
    expect(await text(archive)).toBe('user,item\nanna,tea\nben,milk\nanna,milk\n');
    const checksum = Buffer.from(archive);
    checksum[archive.length - 1]! ^= 1;
    await expect(read(checksum)).rejects.toThrow(/a checksum differs/);
    const letter = Buffer.from(archive);
    letter[archive.indexOf('tea')]! ^= 1;
    await expect(read(letter)).rejects.toThrow(/a checksum differs/);
    await expect(read(archive.subarray(0, -2))).rejects.toThrow(/is cut off/);
    await expect(read(Buffer.concat([archive, Buffer.from('more')]))).rejects.toThrow(/no frame/);
  });

  it('of zip with a wrong checksum or method are refused', async () => {
    const archive = zipOf([{ name: 'a.csv', content: 'user,item\n1,2\n' }]);
    const central = archive.indexOf('PK\x01\x02');
    const checksum = Buffer.from(archive);
    checksum[central + 16]! ^= 1;
    await expect(read(checksum)).rejects.toThrow(/checksum of its file differs/);
    const method = Buffer.from(archive);
    method[central + 10] = 12;
    await expect(read(method)).rejects.toThrow(/method 12/);
    const encrypted = Buffer.from(archive);
    encrypted[central + 8]! |= 1;
    await expect(read(encrypted)).rejects.toThrow(/encrypted/);
  });
});

describe('encodings', () => {
  const words = 'user,item\nJosé,€5 “tea”\nЖ,😀\n';
  const utf16 = Buffer.from(words, 'utf16le');

  it('are those of a byte order mark, whatever the caller says', async () => {
    const marked = Buffer.from(`\ufeff${words}`, 'utf16le');
    for (const encoding of [undefined, 'utf-8', 'utf-16be', 'latin1']) {
      const options = encoding === undefined ? {} : { encoding };
      expect(await text(marked, options)).toBe(words);
      expect(await text(Buffer.from(marked).swap16(), options)).toBe(words);
    }
    expect(await text(`\ufeff${words}`, { encoding: 'latin1' })).toBe(`\ufeff${words}`);
  });

  it.each([
    ['utf-16le', utf16, words],
    ['UTF16LE', utf16, words],
    ['utf-16', utf16, words],
    ['UTF_16BE', Buffer.from(utf16).swap16(), words],
    ['latin1', Buffer.from('caf\xe9 \xff', 'latin1'), 'café ÿ'],
    ['ISO-8859-1', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['windows-1252', Buffer.from('caf\xe9 \x805 \x93tea\x94 \x9f', 'latin1'), 'café €5 “tea” Ÿ'],
    ['windows-1252', Buffer.from('\x81\x8d\x8f\x90\x9d', 'latin1'), '\x81\x8d\x8f\x90\x9d'],
    ['CP1252', Buffer.from('caf\xe9', 'latin1'), 'café'],
    ['utf8', Buffer.from(words), words],
  ])('%s is read as the caller says', async (encoding, bytes, expected) => {
    expect(await text(bytes, { encoding })).toBe(expected);
  });

  it('that are not known are refused with those that are', async () => {
    expect(() => new DataFile('a', { encoding: 'klingon' })).toThrow(
      /"klingon"; give one of utf-8, utf-16le, utf-16be, latin1, windows-1252/,
    );
  });

  it('lie in an archive too, and characters may be cut anywhere', async () => {
    const long = words.repeat(9_000);
    const bytes = Buffer.from(`\ufeff${long}`, 'utf16le');
    for (const length of [1, 7, 65_536]) {
      const part = length === 1 ? bytes.subarray(0, 2000) : bytes;
      const expected = Buffer.from(part.toString('utf16le').slice(1));
      expect((await read(gzipSync(part), { length })).equals(expected), `${length}`).toBe(true);
    }
  });

  it('make a byte that is no UTF-8 of half a character', async () => {
    const half = Buffer.from([0x31, 0, 0x00, 0xd8, 0x32, 0]);
    const bytes = await read(half, { encoding: 'utf-16le' });
    expect(bytes).toEqual(Buffer.from([0x31, 0xff, 0x32]));
    const cut = await read(Buffer.from([0x31, 0, 0x32]), { encoding: 'utf-16le' });
    expect(cut).toEqual(Buffer.from([0x31, 0xff]));
  });
});

describe('line ends', () => {
  it('of CR alone become LF, as those of CRLF among them', async () => {
    expect(await text('user,item\r1,2\r3,4\r')).toBe('user,item\n1,2\n3,4\n');
    expect(await text('user,item\r1,2\r3,4\r\n5,6\r')).toBe('user,item\n1,2\n3,4\n5,6\n');
    const crlf = 'user,item\r\n1,"a\rb"\r\n';
    expect(await text(crlf)).toBe(crlf);
    const marked = Buffer.from('\ufeffuser,item\r1,2\r', 'utf16le');
    expect(await text(marked)).toBe('user,item\n1,2\n');
  });

  it('may lie in two pieces', async () => {
    const lines = fc.array(fc.constantFrom('\r', '\r\n', 'x'), { minLength: 3, maxLength: 9 });
    await fc.assert(
      fc.asyncProperty(lines, fc.nat(4), async (ends, shift) => {
        const head = 'a\rb\rc\rd\r'.repeat(3000).slice(0, 8192);
        const content = `${head}${'y'.repeat((64 << 10) - head.length - shift)}${ends.join('')}`;
        expect(await text(content)).toBe(content.replace(/\r\n?/g, '\n'));
      }),
      { numRuns: 15 },
    );
  });
});
