/** Generated catalogues: sizes, seeds and structure. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../../errors.js';
import { generateRatings } from '../../home/data-sets.js';
import {
  type CatalogueShape,
  catalogues,
  parseCatalogue,
  SyntheticCatalogue,
} from './catalogue.js';

function clicksOf(shape: CatalogueShape, seed: number): number[][] {
  return Array.from(
    new SyntheticCatalogue(shape, seed).users(),
    ({ user, count, items, times }) => {
      const ownTimes = Array.from(times.subarray(0, count));
      expect(ownTimes).toEqual(ownTimes.toSorted((a, b) => a - b));
      expect(user).toBeGreaterThanOrEqual(0);
      return Array.from(items.subarray(0, count));
    },
  );
}

describe('SyntheticCatalogue', () => {
  it.each([
    { users: 10, items: 100, clicks: 100 },
    { users: 10, items: 100, clicks: 500 },
    { users: 300, items: 2_000, clicks: 9_000 },
    { users: 1_000, items: 250, clicks: 30_000 },
  ])(
    'has exactly the users, items and clicks of $users x $items x $clicks, no pair twice',
    (shape) => {
      const clicks = clicksOf(shape, 5);
      expect(clicks).toHaveLength(shape.users);
      expect(new Set(clicks.flat()).size).toBe(shape.items);
      expect(clicks.flat()).toHaveLength(shape.clicks);
      for (const items of clicks) expect(new Set(items).size).toBe(items.length);
      expect(clicksOf(shape, 5)).toEqual(clicks);
      expect(clicksOf(shape, 6)).not.toEqual(clicks);
    },
  );

  it('has niches: two clicks of one user meet far more often than popularity alone would have it', () => {
    const shape = { users: 2_000, items: 4_000, clicks: 80_000 };
    const clicks = clicksOf(shape, 1);
    const counts = new Int32Array(shape.items);
    const users = Array.from({ length: shape.items }, () => new Set<number>());
    clicks.forEach((items, user) => {
      for (const item of items) {
        counts[item]!++;
        users[item]!.add(user);
      }
    });
    // The nearest item of one with a usual number of clicks; by chance it would share about three users with it.
    const usual = [...counts.keys()].filter((item) => counts[item] === 20).slice(0, 30);
    const shared = usual.map((item) => {
      const others = users.filter((other, k) => k !== item && other.size <= 25);
      return Math.max(
        ...others.map((other) => [...other].filter((user) => users[item]!.has(user)).length),
      );
    });
    const mean = shared.reduce((sum, count) => sum + count, 0) / usual.length;
    expect(mean).toBeGreaterThan(4);
    const [most] = counts.toSorted().toReversed();
    expect(most).toBeGreaterThan(5 * (shape.clicks / shape.items));
  });
});

describe('parseCatalogue', () => {
  it('takes a name, or a size, and leaves other shapes alone', () => {
    expect(parseCatalogue('catalogue-1m')).toEqual({ users: 1e6, items: 1e6, clicks: 1e8 });
    expect(parseCatalogue('catalogue-200k')).toBe(catalogues['catalogue-200k']);
    expect(parseCatalogue('catalogue:10x100x200')).toEqual({ users: 10, items: 100, clicks: 200 });
    expect(parseCatalogue('ml-1m')).toBeNull();
    expect(parseCatalogue('shop:300x120x4000')).toBeNull();
  });

  it.each([
    ['catalogue', /give catalogue-100k, .*catalogue:USERSxITEMSxCLICKS/],
    ['catalogue-2m', /give catalogue-100k/],
    ['catalogue:10x100', /give catalogue-100k/],
    ['catalogue:9x100x100', /users go from 10/],
    ['catalogue:10x99x100', /items from 100/],
    ['catalogue:10x5000001x100', /to 5,000,000/],
    ['catalogue:10x100x99', /clicks go from 100 to 500\.$/],
    ['catalogue:10x100x501', /at most 50, so clicks go from 100 to 500/],
    ['catalogue:10x60000x60000', /give more users/],
  ])('refuses %s', (text, message) => {
    expect(() => parseCatalogue(text)).toThrow(message);
    expect(() => parseCatalogue(text)).toThrow(ArgumentError);
  });
});

describe('generateRatings', () => {
  it('writes a file of clicks', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'multvae-catalogue-'));
    try {
      const out = join(folder, 'data');
      const progress: number[] = [];
      const onProgress = (written: number, total: number) => progress.push(written / total);
      const shape = await generateRatings({
        shape: 'catalogue:20x100x400',
        seed: 3,
        out,
        onProgress,
      });
      expect(shape).toEqual({ users: 20, items: 100, ratings: 400 });
      const [header, ...rows] = readFileSync(join(out, 'clicks.csv'), 'utf8').trim().split('\n');
      expect(header).toBe('user,item,timestamp');
      expect(rows).toHaveLength(400);
      for (const row of rows) expect(row).toMatch(/^\d+,\d+,1[67]\d{8}$/);
      expect(progress.at(-1)).toBe(1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
