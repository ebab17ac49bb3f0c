/** Generated data are the same for ever: printed figures name a shape and a seed alone. */
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { generateRatings } from '../../home/data-sets.js';

it.each([
  ['100x3000x4000', 7, '197899fdd7ddb279e373181f5d5b411a13974d331476ade4d07c3fd28f670443'],
  ['catalogue:60x300x3000', 7, '55e99603f3c671ac76eb3e3ca52adbf809ce271603394da136919a96e5ea83af'],
  ['shop:60x80x700', 7, '0c95e6d1ef92151b21d90a9309f7fc8eb13c50fe0c0a6502f2101a988ee7cbc3'],
])('%s with seed %i', async (shape, seed, expected) => {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-pinned-'));
  try {
    const out = join(folder, 'data');
    await generateRatings({ shape, seed, out });
    const hash = createHash('sha256');
    for (const name of readdirSync(out).toSorted()) {
      hash.update(name).update(readFileSync(join(out, name)));
    }
    expect(hash.digest('hex')).toBe(expected);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
