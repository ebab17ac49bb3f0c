/** Benchmark of `multvae train` without a model, beside settings that somebody chose by hand. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import { completeConfig, type GivenConfig } from '../../src/config/parse.js';
import { importRatings } from '../../src/data/import.js';
import type { HeldOutUsers } from '../../src/data/split/users.js';
import type { Estimate } from '../../src/eval/evaluate.js';
import { objectiveScores } from '../../src/eval/objective.js';
import { generateRatings } from '../../src/home/data-sets.js';
import { readMaterial } from '../../src/home/material.js';
import { trainAuto } from '../../src/home/training/auto.js';
import { fitModel, loadTrained } from '../../src/home/training/fit.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import type { Recommender } from '../../src/model/recommender.js';
import { RunStore } from '../../src/runs/store.js';

/** What somebody who knows the models might try on a small shop. */
const byHand: readonly GivenConfig[] = [
  { model: 'ease', lambda: 100 },
  { model: 'ease', lambda: 300 },
  { model: 'ease', lambda: 1000 },
  { model: 'item-knn', neighbours: 100, shrinkage: 10 },
  { model: 'item-knn', neighbours: 300, shrinkage: 100 },
  { model: 'mult-dae', batchSize: 100, epochs: 60, patience: 10 },
  { model: 'mult-dae', latentDim: 400, dropout: 0.3, batchSize: 100, epochs: 60, patience: 10 },
  { model: 'mult-vae', batchSize: 100, epochs: 60, patience: 10 },
  { model: 'mult-vae', hiddenDims: [200], latentDim: 64, batchSize: 50, epochs: 60, patience: 20 },
  { model: 'rec-vae', hiddenDim: 300, latentDim: 100, batchSize: 100, epochs: 30, patience: 5 },
];

/**
 * Trains by `auto` and by ten settings, and measures all of them on the test users: NDCG@100 on whole fold-ins and on
 * those of 1, 2, 3 and 5 clicks. The last lines say how far `auto` is behind the best setting, in standard errors of
 * that one; below 0 it is ahead.
 *
 * @param args - `--home DIR`, a home with data (default: a generated shop), `--seconds 600` of `auto`, `--backend NAME`
 */
export async function autoBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      home: { type: 'string' },
      seconds: { type: 'string', default: '600' },
      backend: { type: 'string' },
    },
  });
  const backend = values.backend === undefined ? undefined : parseBackendName(values.backend);
  const folder = mkdtempSync(join(tmpdir(), 'multvae-bench-'));
  try {
    const home = values.home ?? (await shopHome(folder));
    const material = await readMaterial(home, {});
    const engine = await openEngine(backend);
    const users = material.split.test;
    const hand: Measured[] = [];
    for (const given of byHand) {
      const { model, ...setting } = given;
      const config = completeConfig(given, { trainingUsers: material.split.train.rows });
      const started = performance.now();
      const fit = { material, config, engine };
      const { trained } = await fitModel(fit, { folder, resume: false });
      const seconds = (performance.now() - started) / 1000;
      const recommender = await loadTrained(fit, trained);
      hand.push(await measured(recommender, users, `${model} ${JSON.stringify(setting)}`, seconds));
    }
    const started = performance.now();
    const { runId, search } = await trainAuto({
      home,
      maxDurationS: Number(values.seconds),
      ...(backend !== undefined && { backend }),
    });
    const seconds = (performance.now() - started) / 1000;
    const run = new RunStore(home).load(runId);
    const recommender = await loadRecommender(run, async () => engine);
    const label = search?.isCut ? 'auto, cut by the time limit' : 'auto';
    const auto = await measured(recommender, run.split.test, label, seconds);
    for (const kind of ['whole', 'short'] as const) {
      const best = hand.reduce((a, b) => (b[kind].mean > a[kind].mean ? b : a));
      const behind = (best[kind].mean - auto[kind].mean) / best[kind].se;
      print(`auto behind ${best.label} on ${kind} profiles`, behind, 'standard errors');
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A home with the orders of a generated shop: 3,000 customers, 800 products. */
async function shopHome(folder: string): Promise<string> {
  const shop = join(folder, 'shop');
  await generateRatings({ shape: 'shop', out: shop });
  const home = join(folder, 'home');
  await importRatings(home, join(shop, 'orders.csv'));
  return home;
}

interface Measured {
  readonly label: string;
  readonly whole: Estimate;
  readonly short: Estimate;
}

/** Measures a model, prints its figures, and disposes it. */
async function measured(
  recommender: Recommender,
  users: HeldOutUsers,
  label: string,
  seconds: number,
): Promise<Measured> {
  const { whole, short } = await objectiveScores(recommender, users);
  recommender.dispose();
  print(`${label}, training`, seconds, 's');
  print(`${label}, NDCG@100 of whole profiles (± ${whole.se.toFixed(4)})`, whole.mean, '');
  const few = short ?? whole;
  print(`${label}, NDCG@100 of short profiles (± ${few.se.toFixed(4)})`, few.mean, '');
  return { label, whole, short: few };
}

function print(name: string, value: number, unit: string): void {
  const line = { bench: 'auto', case: name, value: Number(value.toFixed(4)), unit };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
