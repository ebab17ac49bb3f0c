/** The protocol that a home's trainings begin with. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type ImportOptions, importRatings } from '../data/import.js';
import { readMaterial } from './material.js';
import type { ProtocolOptions } from './split/protocol-options.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multvae-material-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Twelve users who rated thirty items from 1 to 10, three items with each rating. */
async function importRows(options: ImportOptions): Promise<void> {
  const rows = Array.from({ length: 360 }, (_, k) => {
    const item = Math.floor(k / 12);
    return `${k % 12},${item},${1 + (item % 10)}\n`;
  });
  const path = join(folder, 'ratings.csv');
  writeFileSync(path, `user,item,rating\n${rows.join('')}`);
  await importRatings(folder, path, options);
}

/** The threshold, and the training clicks of each user. */
async function material(
  options: ProtocolOptions = {},
): Promise<[threshold: number | null, clicks: number]> {
  const { protocol, split } = await readMaterial(folder, options);
  return [protocol.ratingThreshold, split.train.clicks / split.train.rows];
}

describe('readMaterial', () => {
  it('takes .7 of the highest rating as the threshold, unless one is named', async () => {
    await importRows({ scale: { low: 0, high: 10 } });
    expect(await material()).toEqual([7, 9]);
    expect(await material({ threshold: 3.5 })).toEqual([3.5, 21]);
    expect(await material({ threshold: null })).toEqual([null, 30]);
  });

  it('takes two thirds of the way up where ratings may be negative', async () => {
    await importRows({ scale: { low: -10, high: 11 } });
    expect(await material()).toEqual([4, 18]);
  });

  it('keeps the threshold of the paper for data without ratings', async () => {
    await importRows({ columns: { rating: null } });
    expect(await material()).toEqual([3.5, 30]);
  });
});
