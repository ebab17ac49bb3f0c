/** Uses a run that has an ELBO and a prior: unusual users, and synthetic ones. */

import { openEngine } from '../backend/select.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { checkCount, RunError } from '../errors.js';
import { loadRecommender } from '../model/inference/load.js';
import { type Generative, isGenerative, type Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { type AnomalyList, unusualUsers } from '../serving/anomalies.js';
import { otherDataRemark } from '../serving/swap/other-data.js';
import {
  type SyntheticUserOptions,
  type SyntheticUsers,
  syntheticUsers,
} from '../serving/synthetic-users.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import { loadRun } from './runs.js';

/** Which run to use, and what computes. */
export interface GenerativeRunOptions extends EngineOptions {
  /** Default: the active run. */
  readonly run?: string;
}

/** A run that has an ELBO and a prior, and the database with its items. */
interface GenerativeRun {
  readonly run: StoredRun;
  readonly model: Recommender & Generative;
  readonly database: RatingsDatabase;
}

/**
 * The users whose clicks a run's model explains worst, most unusual first.
 *
 * @param options - `n` users. Default: 20
 * @throws ArgumentError for an n that is no count
 * @throws RunError when the run's model has no ELBO, and as `loadRun`
 */
export async function findAnomalies(
  folder: string,
  { n = 20, ...options }: GenerativeRunOptions & { readonly n?: number } = {},
): Promise<AnomalyList> {
  checkCount('n', n);
  return withGenerativeRun(folder, options, ({ database, run, model }) =>
    unusualUsers(database, run, model, n),
  );
}

/**
 * Synthetic users, drawn from the prior of a run's model.
 *
 * @param options - `count` users (default: 5) of the seed (default: 1)
 * @throws RunError when the run's model has no prior, and as `loadRun`
 */
export function sampleUsers(
  folder: string,
  { count = 5, seed = 1, clicks, ...options }: GenerativeRunOptions & Partial<SyntheticUserOptions>,
): Promise<SyntheticUsers> {
  const wanted = { count, seed, ...(clicks !== undefined && { clicks }) };
  return withGenerativeRun(folder, options, ({ database, run, model }) =>
    syntheticUsers(database, run, model, wanted),
  );
}

async function withGenerativeRun<T>(
  folder: string,
  options: GenerativeRunOptions,
  use: (opened: GenerativeRun) => Promise<T>,
): Promise<T> {
  const database = RatingsDatabase.open(folder);
  try {
    const run = loadRun(folder, options.run);
    const remark = otherDataRemark(run, database);
    if (remark !== null) options.onRemark?.(remark);
    const open = () => openEngine(options.backend, engineOptions(options));
    const model = await loadRecommender(run, open);
    try {
      if (!isGenerative(model)) {
        throw new RunError(
          `run ${run.id} is of the model ${model.model}, which has no ELBO and no prior to draw from; name a run of mult-vae, or of an ensemble with one (\`multvae runs\` lists them)`,
        );
      }
      return await use({ run, model, database });
    } finally {
      model.dispose();
    }
  } finally {
    database.close();
  }
}
