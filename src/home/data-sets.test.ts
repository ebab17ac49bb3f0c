/** Names of data sets that come from published ones and from files. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { importSource } from './data-sets.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-data-sets-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

it('a published data set brings its name, but neither to other data nor to those that follow it', async () => {
  const mine = join(folder, 'mine.csv');
  writeFileSync(mine, 'userId,movieId,rating\na,1,5\n');
  const nameAfter = async (source: string, options: Parameters<typeof importSource>[2] = {}) =>
    (await importSource(join(folder, 'home'), source, options)).dataset.name;
  expect(await nameAfter(mine)).toBe('mine');
  expect(await nameAfter('sample', { append: true })).toBe('mine');
  expect(await nameAfter('sample', { replace: true })).toBe('sample');
  expect(await nameAfter(mine, { replace: true })).toBe('mine');
  expect(await nameAfter('sample', { replace: true, name: 'other' })).toBe('other');
});
