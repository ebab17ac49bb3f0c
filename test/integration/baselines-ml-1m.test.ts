/** Baselines on MovieLens 1M, against independent figures. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openEngine } from '../../src/backend/select.js';
import { parseConfig } from '../../src/config/parse.js';
import { paperProtocol } from '../../src/config/protocol.js';
import { importRatings } from '../../src/data/import.js';
import { type Split, strongGeneralization } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { evaluate } from '../../src/eval/evaluate.js';
import { Ease, trainEase } from '../../src/model/ease.js';
import { Popularity } from '../../src/model/popularity.js';
import type { Recommender } from '../../src/model/recommender.js';

const datasets = process.env.MULTVAE_DATASETS ?? '../shared/datasets';
const ml1m = resolve(import.meta.dirname, '../..', datasets, 'ml-1m');
const present = existsSync(ml1m);
if (!present)
  console.log(`skipped: there is no ${ml1m} (MULTVAE_DATASETS says where data sets are)`);

let home: string;
let split: Split;
beforeAll(async () => {
  if (!present) return;
  home = mkdtempSync(join(tmpdir(), 'multvae-ml-1m-'));
  await importRatings(home, ml1m);
  const protocol = { ...paperProtocol, heldoutUsers: 600 };
  const database = RatingsDatabase.open(home);
  const clicks = database.labelledClicks(protocol.ratingThreshold, protocol.minClicks);
  database.close();
  split = strongGeneralization(clicks, protocol);
});
afterAll(() => {
  if (present) rmSync(home, { recursive: true });
});

const keys = ['ndcg@100', 'recall@20', 'recall@50'] as const;
type Figures = Readonly<Record<(typeof keys)[number], number>>;

/**
 * Checks the figures on test users, and checks that they differ on validation users.
 *
 * @param errors - standard errors; null where the other code gives none
 */
async function expectFigures(
  model: Recommender,
  means: Figures,
  errors: Figures | null,
): Promise<void> {
  const { metrics, users, leftOut } = await evaluate(model, split.test, [20, 50, 100]);
  expect(users + leftOut).toBe(600);
  for (const key of keys) {
    expect(Math.abs(metrics[key]!.mean - means[key]), key).toBeLessThan(0.0005);
    if (errors) expect(Math.abs(metrics[key]!.se - errors[key]), key).toBeLessThan(0.00006);
  }
  const { metrics: validation } = await evaluate(model, split.validation, [100]);
  expect(Math.abs(validation['ndcg@100']!.mean - means['ndcg@100'])).toBeGreaterThan(0.0005);
}

describe.skipIf(!present)('on MovieLens 1M, the figures equal those of other code', () => {
  it('for popularity', async () => {
    await expectFigures(
      new Popularity(split.train.columnCounts()),
      { 'ndcg@100': 0.2235, 'recall@20': 0.1759, 'recall@50': 0.2372 },
      { 'ndcg@100': 0.0063, 'recall@20': 0.0064, 'recall@50': 0.0076 },
    );
  });

  it.for([
    {
      name: 'EASE',
      parameters: { lambda: 800 },
      means: { 'ndcg@100': 0.4252, 'recall@20': 0.3557, 'recall@50': 0.4777 },
      errors: { 'ndcg@100': 0.0074, 'recall@20': 0.0082, 'recall@50': 0.0089 },
    },
    {
      name: 'EDLAE',
      parameters: { lambda: 300, denoise: 0.5 },
      means: { 'ndcg@100': 0.4306, 'recall@20': 0.3597, 'recall@50': 0.4813 },
      errors: null,
    },
  ])('for $name', async ({ parameters, means, errors }, { skip }) => {
    const engine = await openEngine();
    // In plain TypeScript the inverse of 3,497 items takes minutes.
    skip(engine.name !== 'native', `the backend is ${engine.name}, not native`);
    const weights = await trainEase(parseConfig('ease', parameters), split.train, engine);
    const model = new Ease(engine, weights, split.train.columns);
    await expectFigures(model, means, errors);
    model.dispose();
  });
});
