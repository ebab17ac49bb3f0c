/** Writing generated files: in blocks, all or none, into a new folder. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { textBlocks, writeGeneratedFiles } from './generated-files.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-generated-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('textBlocks', () => {
  function blocks(...lengths: number[]) {
    const seen: number[] = [];
    const parts = lengths.map((length) => ({ text: `${'x'.repeat(length - 1)}\n`, rows: 2 }));
    const made = [...textBlocks('a,b', parts, (rows) => seen.push(rows))];
    expect(made.join('')).toBe(`a,b\n${parts.map(({ text }) => text).join('')}`);
    return [made.map(({ length }) => length), seen];
  }

  it('have a good size each, and tell how many rows there are so far', () => {
    expect(blocks()).toEqual([[4], [0]]);
    expect(blocks(10, 20)).toEqual([[34], [4]]);
    const size = 1 << 18;
    // A block is written once it is longer than this.
    expect(blocks(size - 4, 1, 5)).toEqual([
      [size + 1, 5],
      [4, 6],
    ]);
    expect(blocks(size + 7, size, 1)).toEqual([
      [size + 11, size + 1, 0],
      [2, 6, 6],
    ]);
  });
});

describe('writeGeneratedFiles', () => {
  const files = [
    { name: 'a.csv', text: ['1\n', '2\n'] },
    { name: 'b.csv', text: ['3\n'] },
  ];

  it('makes the folder and its files', async () => {
    const out = join(folder, 'deep', 'out');
    await writeGeneratedFiles(out, files);
    expect(readdirSync(out).sort()).toEqual(['a.csv', 'b.csv']);
    expect(readFileSync(join(out, 'a.csv'), 'utf8')).toBe('1\n2\n');
    expect(readFileSync(join(out, 'b.csv'), 'utf8')).toBe('3\n');
  });

  it('takes an empty folder, and no other', async () => {
    await writeGeneratedFiles(folder, files.slice(0, 1));
    const again = writeGeneratedFiles(folder, files);
    await expect(again).rejects.toBeInstanceOf(ArgumentError);
    await expect(again).rejects.toThrow(
      `--out ${folder}: the folder is not empty. Name a new one.`,
    );
    expect(readdirSync(folder)).toEqual(['a.csv']);
  });

  it('says which folder cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(writeGeneratedFiles(file, files)).rejects.toThrow(
      `--out ${file}: the folder cannot be made`,
    );
  });

  it('leaves nothing where a file fails', async () => {
    const broken = {
      name: 'b.csv',
      *text() {
        yield '3\n';
        throw new Error('no more rows');
      },
    };
    const out = join(folder, 'out');
    const written = writeGeneratedFiles(out, [files[0]!, { name: 'b.csv', text: broken.text() }]);
    await expect(written).rejects.toThrow();
    expect(readdirSync(out)).toEqual([]);
    // A folder in the place of a file is another failure.
    const other = join(folder, 'other');
    const blocking = {
      name: 'b.csv',
      *text() {
        mkdirSync(join(other, 'b.csv', 'x'), { recursive: true });
        yield '3\n';
      },
    };
    const blocked = writeGeneratedFiles(other, [{ name: 'b.csv', text: blocking.text() }]);
    await expect(blocked).rejects.toThrow(`--out ${other}: the files cannot be written`);
    expect(readdirSync(other)).toEqual(['b.csv']);
  });

  it('stops with its signal, and leaves nothing', async () => {
    const stopping = new AbortController();
    const reason = new Error('stopped');
    const endless = function* () {
      for (let k = 0; ; k++) {
        if (k === 3) stopping.abort(reason);
        yield `${k}\n`;
      }
    };
    const out = join(folder, 'out');
    const files = [{ name: 'a.csv', text: endless() }];
    await expect(writeGeneratedFiles(out, files, stopping.signal)).rejects.toThrow();
    expect(existsSync(join(out, 'a.csv'))).toBe(false);
    expect(readdirSync(out)).toEqual([]);
  });
});
