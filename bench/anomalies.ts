import { parseArgs } from 'node:util';
import { openEngine, parseBackendName } from '../src/backend/select.js';
import type { ClickMatrix } from '../src/data/click-matrix.js';
import { wholeProfiles } from '../src/data/split.js';
import { judgeProfiles } from '../src/model/anomaly.js';
import { loadRecommender } from '../src/model/inference.js';
import { isGenerative } from '../src/model/recommender.js';
import { RunStore } from '../src/runs/store.js';
import {
  areaUnderCurve,
  randomProfiles,
  rankCorrelation,
} from '../test/fixtures/planted-profiles.js';

/**
 * How well a run's anomaly score tells its test users from planted profiles of the same lengths (area under
 * the ROC curve), and how little it depends on the length (Spearman's rank correlation).
 *
 * @param args - `--home DIR`, `--run ID` (default: the active one), `--backend NAME`, `--seed N` of the
 *   planted profiles
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
  const usual = wholeProfiles(run.split.validation);
  const test = wholeProfiles(run.split.test);
  const scores = async (profiles: ClickMatrix) =>
    (await judgeProfiles(model, profiles, usual)).map(({ score }) => score);
  const real = await scores(test);
  const popularity = run.vocabulary.trainClicks;
  const alike = popularity.map(() => 1);
  const seed = Number(values.seed);
  const lines = [
    {
      case: 'planted: every item alike',
      value: areaUnderCurve(await scores(randomProfiles(test, alike, seed)), real),
      unit: 'AUC',
    },
    {
      case: 'planted: items by popularity',
      value: areaUnderCurve(await scores(randomProfiles(test, popularity, seed)), real),
      unit: 'AUC',
    },
    {
      case: 'drawn by the model itself',
      value: areaUnderCurve(
        await scores(
          await model.sample(
            Array.from({ length: test.rows }, (_, u) => test.row(u).length),
            seed,
          ),
        ),
        real,
      ),
      unit: 'AUC',
    },
    {
      case: 'score and length of test users',
      value: rankCorrelation(
        real,
        real.map((_, u) => test.row(u).length),
      ),
      unit: 'Spearman',
    },
  ];
  for (const { value, ...line } of lines) {
    const rounded = Number(value.toFixed(4));
    process.stdout.write(
      `${JSON.stringify({ bench: 'anomalies', run: run.id, ...line, value: rounded })}\n`,
    );
  }
  model.dispose();
}
