/** The protocol that a home's trainings begin with. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alone } from '../backend/collective/collective.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { type ImportOptions, importRatings } from '../data/import.js';
import { ownMaterial, readMaterial } from './material.js';
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

describe('ownMaterial', () => {
  it('keeps the training clicks on the items of a process, and whole counts', async () => {
    await importRows({ columns: { rating: null } });
    const whole = await readMaterial(folder, { heldoutUsers: 2 });
    const parts = [0, 1].map((rank) => ownMaterial(whole, { ...alone, rank, size: 2 }));
    const { train, trainPositions, test } = whole.split;
    const placesOf = (matrix: ClickMatrix, places: Int32Array, u: number) => {
      const first = matrix.offsets[u]!;
      return Array.from(matrix.row(u), (item, k) => [item, places[first + k]!]);
    };
    for (let u = 0; u < train.rows; u++) {
      const all = placesOf(train, trainPositions, u);
      const [lower, upper] = parts.map(({ split }) =>
        placesOf(split.train, split.trainPositions, u),
      );
      expect(lower).toEqual(all.filter(([item]) => item! < 15));
      expect(upper).toEqual(all.filter(([item]) => item! >= 15));
      expect(lower!.length * upper!.length).toBeGreaterThan(0);
    }
    for (const { clicksOfUsers, clicksOfItems, split } of parts) {
      expect(clicksOfUsers).toEqual(train.rowLengths());
      expect(clicksOfItems).toEqual(train.columnCounts());
      expect(split.train.columns).toBe(30);
      expect(split.validation).toEqual(whole.split.validation);
    }
    expect(parts.map(({ split }) => split.test.users)).toEqual([test.users, []]);
  });
});
