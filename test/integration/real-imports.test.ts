/** Imports of the real MovieLens files. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { importRatings } from '../../src/data/import.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { realDatasets } from '../fixtures/real-datasets.js';

const data = realDatasets(['ml-100k', 'ml-1m', 'ml-latest-small']);

describe.skipIf(data === null)('imports of real MovieLens', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'multvae-real-'));
  });
  afterEach(() => rmSync(home, { recursive: true }));

  it.each([
    ['ml-100k', { ratings: 100_000, users: 943, items: 1682, catalogue: 1682 }],
    ['ml-1m', { ratings: 1_000_209, users: 6040, items: 3706, catalogue: 3883 }],
    ['ml-latest-small', { ratings: 100_836, users: 610, items: 9724, catalogue: 9742 }],
  ])('%s has the published counts', async (name, counts) => {
    const summary = await importRatings(home, join(data!, name));
    expect(summary).toMatchObject({ read: counts.ratings, stored: counts.ratings, updated: 0 });
    expect(summary.dataset).toMatchObject({ name, ...counts });
    expect(summary.titles).toBe(counts.catalogue);
    const database = RatingsDatabase.open(home);
    const [first] = database.catalogue(['1']);
    const { clicks } = database.labelledClicks(null, 1);
    database.close();
    expect(first).toMatchObject({ title: 'Toy Story (1995)', year: 1995 });
    expect(first!.genres).toContain('Comedy');
    expect([clicks.rows, clicks.columns, clicks.clicks]).toEqual([
      counts.users,
      counts.catalogue,
      counts.ratings,
    ]);
  });
});
