/** Benchmark of anomaly scores: how well they separate real from planted profiles. */

import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../../src/backend/select.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { strongGeneralization, wholeProfiles } from '../../src/data/split/users.js';
import { RatingsDatabase } from '../../src/data/store/sqlite/ratings-database.js';
import { judgeProfiles } from '../../src/model/anomaly.js';
import { loadRecommender } from '../../src/model/inference/load.js';
import { isGenerative } from '../../src/model/recommender.js';
import { drawItems } from '../../src/model/synthetic-users.js';
import { RandomStream } from '../../src/random.js';
import { RunStore } from '../../src/runs/store.js';
import {
  areaUnderCurve,
  randomProfiles,
  rankCorrelation,
} from '../../test/fixtures/planted-profiles.js';

/**
 * Measures how well a run's anomaly score separates its test users from planted profiles and from profiles drawn from
 * the model, all of the same lengths, as the area under the ROC curve.
 *
 * It also measures the plain ELBO, which is not compared by length, and how the score depends on the profile's length
 * and on being a training user.
 *
 * @param args - `--home DIR`, `--run ID` (default: the active run), `--backend NAME`, `--seed N` for the planted
 *   profiles
 */
export async function anomaliesBench(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      home: { type: 'string', default: '.multvae' },
      run: { type: 'string' },
      backend: { type: 'string' },
      seed: { type: 'string', default: '1' },
    },
  });
  const store = new RunStore(values.home);
  const run = store.load(values.run ?? store.active() ?? '');
  const model = await loadRecommender(run, () =>
    openEngine(values.backend ? parseBackendName(values.backend) : undefined),
  );
  if (!isGenerative(model)) throw new Error(`${run.id} has no ELBO`);
  const database = RatingsDatabase.open(values.home);
  const { ratingThreshold, minClicks } = run.protocol;
  const clicks = database.labelledClicks(ratingThreshold, minClicks);
  database.close();
  const { train } = strongGeneralization(clicks, run.protocol);

  const seed = Number(values.seed);
  const usual = wholeProfiles(run.split.validation);
  const test = wholeProfiles(run.split.test);
  const popularity = run.vocabulary.trainClicks;
  const lengths = lengthsOf(test);
  const judge = (profiles: ClickMatrix) => judgeProfiles(model, profiles, usual);
  const scores = async (profiles: ClickMatrix) => (await judge(profiles)).map(({ score }) => score);
  const real = await scores(test);
  const unlikely = randomProfiles(
    test,
    popularity.map(() => 1),
    seed,
  );
  const minusElbo = async (profiles: ClickMatrix) =>
    Array.from((await model.elbo(profiles)).elbo, (nats) => -nats);
  const perClick = async (profiles: ClickMatrix) =>
    (await judge(profiles)).map(({ natsPerClick }) => natsPerClick);

  const decoded = await model.score(test);
  const atOwnCode = Array.from(lengths, (length, u) =>
    drawItems(
      decoded.subarray(u * test.columns, (u + 1) * test.columns),
      length,
      new RandomStream(seed, 'own code', u),
    ),
  );
  const trained = await scores(train);
  const print = (name: string, unit: string, value: number) => {
    const rounded = Number(value.toFixed(4));
    const line = { bench: 'anomalies', run: run.id, case: name, value: rounded, unit };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  const auc = (name: string, odd: number[], ordinary = real) =>
    print(name, 'AUC', areaUnderCurve(odd, ordinary));

  auc('planted: all items equally likely', await scores(unlikely));
  auc('the same, by the ELBO itself', await minusElbo(unlikely), await minusElbo(test));
  auc('the same, by nats a click', await perClick(unlikely), await perClick(test));
  auc('planted: items by popularity', await scores(randomProfiles(test, popularity, seed)));
  auc('drawn from the prior', await scores(await model.sample(lengths, seed)));
  auc(
    'drawn at the test users’ own codes',
    await scores(ClickMatrix.fromRows(test.columns, atOwnCode)),
  );
  print('score and length of test users', 'Spearman', rankCorrelation(real, lengths));
  print('mean score of training users', 'sd', mean(trained));
  print('mean score of test users', 'sd', mean(real));
  const nats = await perClick(usual);
  const order = lengthsOf(usual)
    .map((length, u) => ({ length, nats: nats[u]! }))
    .sort((a, b) => a.length - b.length);
  const tenth = Math.floor(order.length / 10);
  for (let k = 0; k < 10; k++) {
    const group = order.slice(k * tenth, (k + 1) * tenth);
    const name = `validation users with ${group[0]!.length} to ${group.at(-1)!.length} clicks`;
    print(name, 'nats a click', mean(group.map((user) => user.nats)));
  }
  model.dispose();
}

function lengthsOf(profiles: ClickMatrix): number[] {
  return Array.from({ length: profiles.rows }, (_, u) => profiles.row(u).length);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
