/** Uses a run that has an ELBO and a prior: unusual users, and synthetic ones. */

import { openEngine } from '../backend/select.js';
import type { HomeAt } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
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
import { withStore } from './place/opened.js';
import { loadRun } from './runs.js';

/** Which run to use, and what computes. */
export interface GenerativeRunOptions extends EngineOptions {
  /** Default: the active run. */
  readonly run?: string;
}

/** A run that has an ELBO and a prior, and the store with its items. */
interface GenerativeRun {
  readonly run: StoredRun;
  readonly model: Recommender & Generative;
  readonly store: Store;
}

/**
 * The users whose clicks a run's model explains worst, most unusual first.
 *
 * @param options - `n` users. Default: 20
 * @throws ArgumentError for an n that is no count
 * @throws RunError when the run's model has no ELBO, and as `loadRun`
 */
export async function findAnomalies(
  home: HomeAt,
  { n = 20, ...options }: GenerativeRunOptions & { readonly n?: number } = {},
): Promise<AnomalyList> {
  checkCount('n', n);
  return withGenerativeRun(home, options, ({ store, run, model }) =>
    unusualUsers(store, run, model, n),
  );
}

/**
 * Synthetic users, drawn from the prior of a run's model.
 *
 * @param options - `count` users (default: 5) of the seed (default: 1)
 * @throws RunError when the run's model has no prior, and as `loadRun`
 */
export function sampleUsers(
  home: HomeAt,
  { count = 5, seed = 1, clicks, ...options }: GenerativeRunOptions & Partial<SyntheticUserOptions>,
): Promise<SyntheticUsers> {
  const wanted = { count, seed, ...(clicks !== undefined && { clicks }) };
  return withGenerativeRun(home, options, ({ store, run, model }) =>
    syntheticUsers(store, run, model, wanted),
  );
}

function withGenerativeRun<T>(
  home: HomeAt,
  options: GenerativeRunOptions,
  use: (opened: GenerativeRun) => Promise<T>,
): Promise<T> {
  return withStore(home, async (store) => {
    const run = await loadRun(home, options.run);
    const remark = await otherDataRemark(run, store);
    if (remark !== null) options.onRemark?.(remark);
    const open = () => openEngine(options.backend, engineOptions(options));
    const model = await loadRecommender(run, open);
    try {
      if (!isGenerative(model)) {
        throw new RunError(
          `run ${run.id} is of the model ${model.model}, which has no ELBO and no prior to draw from; name a run of mult-vae, or of an ensemble with one (\`multvae runs\` lists them)`,
        );
      }
      return await use({ run, model, store });
    } finally {
      model.dispose();
    }
  });
}
