/** Reading a file in blocks of whole lines. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstLine } from './file-head.js';
import { lineBlocks, maxLineBytes } from './line-blocks.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-lines-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function blocksOf(content: string | Buffer, { quotedBetween = null as string | null } = {}) {
  const path = join(folder, 'file');
  writeFileSync(path, content);
  const blocks = [];
  for await (const block of lineBlocks(path, { quotedBetween })) {
    blocks.push({ ...block, bytes: Buffer.from(block.bytes) });
  }
  return blocks;
}

describe('lineBlocks', () => {
  it('gives back the whole file, cut at line ends, with the right line numbers', async () => {
    const lengths = fc.array(fc.nat(30_000), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(lengths, fc.boolean(), async (lines, endsWithNewline) => {
        const text = lines.map((length) => 'x'.repeat(length)).join('\n');
        const content = endsWithNewline ? `${text}\n` : text;
        const blocks = await blocksOf(content);
        expect(Buffer.concat(blocks.map(({ bytes }) => bytes)).toString()).toBe(content);
        let line = 1;
        for (const [i, block] of blocks.entries()) {
          expect(block.firstLine).toBe(line);
          line += block.lines;
          if (i < blocks.length - 1) expect(block.bytes.at(-1)).toBe(10);
        }
      }),
      { numRuns: 50 },
    );
  });

  const noProc = existsSync('/proc/self/mem') ? '' : ' skipped: no /proc here';
  it.skipIf(noProc)(`names the file that cannot be read${noProc}`, async () => {
    const unreadable =
      /\/proc\/self\/mem: cannot be read \(EIO.*\): the disk reports an error\. Check the disk/;
    await expect(lineBlocks('/proc/self/mem').next()).rejects.toThrow(unreadable);
    await expect(firstLine('/proc/self/mem')).rejects.toThrow(unreadable);
  });

  it('skips a byte order mark', async () => {
    const [block] = await blocksOf('\ufeffa,b\n');
    expect(block!.bytes.toString()).toBe('a,b\n');
  });

  it('reports a line over the limit once and goes on with the next', async () => {
    for (const length of [maxLineBytes + 1, 3 * maxLineBytes]) {
      const blocks = await blocksOf(`first\n${'x'.repeat(length)}\nlast\n`);
      const long = blocks.filter((block) => block.tooLong);
      expect(long.map((block) => block.firstLine)).toEqual([2]);
      const rest = blocks.filter((block) => !block.tooLong);
      expect(rest.map(({ firstLine, bytes }) => [firstLine, bytes.toString()])).toEqual([
        [1, 'first\n'],
        [3, 'last\n'],
      ]);
    }
    const exact = await blocksOf(`${'x'.repeat(maxLineBytes)}\n`);
    expect(exact.some((block) => block.tooLong)).toBe(false);
  });

  it('ends a line over the limit at a line break that is the first byte of a read', async () => {
    // Reads are of 128 KiB, and the limit is a multiple of them.
    const whole = maxLineBytes + (128 << 10);
    for (const length of [whole - 1, whole, whole + 1]) {
      const blocks = await blocksOf(`${'x'.repeat(length)}\nnext\nlast\n`);
      expect(
        blocks.map(({ firstLine, bytes, tooLong }) => tooLong || [firstLine, `${bytes}`]),
      ).toEqual([true, [2, 'next\nlast\n']]);
    }
  });

  it('does not hold ten megabytes for a line that never ends', async () => {
    const blocks = await blocksOf(Buffer.alloc(10 << 20, 'x'));
    expect(blocks.map(({ tooLong, bytes }) => [tooLong, bytes.length])).toEqual([[true, 4096]]);
  });

  it('keeps a quoted line break inside a block, and stops a stray quote from swallowing the file', async () => {
    const filler = `${'y'.repeat(99)}\n`.repeat(3000);
    const quoted = await blocksOf(`${filler}"a\nb",c\n${filler}`, { quotedBetween: ',' });
    expect(quoted.filter(({ bytes }) => bytes.includes('"a\nb"')).length).toBe(1);
    const stray = await blocksOf(`"a\n${filler.repeat(8)}`, { quotedBetween: ',' });
    expect(Buffer.concat(stray.map(({ bytes }) => bytes)).length).toBe(3 + 8 * filler.length);
    expect(stray.length).toBeGreaterThan(2);
  });
});
