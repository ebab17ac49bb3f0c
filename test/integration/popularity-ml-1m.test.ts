import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { paperProtocol } from '../../src/config.js';
import { RatingsDatabase } from '../../src/data/database/ratings-database.js';
import { importRatings } from '../../src/data/import.js';
import { strongGeneralization } from '../../src/data/split.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { Popularity } from '../../src/model/popularity.js';

const datasets = process.env.MULTVAE_DATASETS ?? '../shared/datasets';
const ml1m = resolve(import.meta.dirname, '../..', datasets, 'ml-1m');
const present = existsSync(ml1m);
if (!present)
  console.log(`skipped: there is no ${ml1m} (MULTVAE_DATASETS says where data sets are)`);

it.skipIf(!present)('popularity on MovieLens 1M is what other code measured', async () => {
  const home = mkdtempSync(join(tmpdir(), 'multvae-ml-1m-'));
  try {
    await importRatings(home, ml1m);
    const protocol = { ...paperProtocol, heldoutUsers: 600 };
    const database = RatingsDatabase.open(home);
    const clicks = database.labelledClicks(protocol.ratingThreshold, protocol.minClicks);
    database.close();
    const split = strongGeneralization(clicks, protocol);
    const popularity = new Popularity(split.train.columnCounts());
    const { metrics, users, leftOut } = await evaluate(popularity, split.test, [20, 50, 100]);
    expect(users + leftOut).toBe(600);
    const published = { 'ndcg@100': 0.2235, 'recall@20': 0.1759, 'recall@50': 0.2372 } as const;
    const errors = { 'ndcg@100': 0.0063, 'recall@20': 0.0064, 'recall@50': 0.0076 } as const;
    for (const key of ['ndcg@100', 'recall@20', 'recall@50'] as const) {
      expect(Math.abs(metrics[key]!.mean - published[key]), key).toBeLessThan(0.0005);
      expect(Math.abs(metrics[key]!.se - errors[key]), key).toBeLessThan(0.00006);
    }
    // The twin that must differ: the same model on other users.
    const { metrics: validation } = await evaluate(popularity, split.validation, [100]);
    expect(Math.abs(validation['ndcg@100']!.mean - published['ndcg@100'])).toBeGreaterThan(0.0005);
  } finally {
    rmSync(home, { recursive: true });
  }
});
