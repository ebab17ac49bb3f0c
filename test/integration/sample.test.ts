/** The embedded sample is what its seed generates. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseShape, SyntheticRatings, sampleSeed } from '../../src/data/synthetic/synthetic.js';
import { writeSyntheticFiles } from '../../src/data/synthetic/synthetic-files.js';

it('datasets/sample is what the documented command writes, byte for byte', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'multvae-sample-'));
  try {
    const write = (seed: number, out: string) =>
      writeSyntheticFiles(new SyntheticRatings(parseShape('sample'), seed), join(folder, out));
    await write(sampleSeed, 'same');
    await write(sampleSeed + 1, 'other');
    for (const name of ['ratings.csv', 'movies.csv']) {
      const shipped = readFileSync(new URL(`../../datasets/sample/${name}`, import.meta.url));
      expect(shipped.equals(readFileSync(join(folder, 'same', name))), name).toBe(true);
      expect(shipped.equals(readFileSync(join(folder, 'other', name))), name).toBe(false);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
