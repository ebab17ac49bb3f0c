import { openEngine } from '../backend/select.js';
import type { EngineFlags } from '../cli/arguments.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { RunError } from '../errors.js';
import { loadRecommender } from '../model/inference/load.js';
import { type Generative, isGenerative, type Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { loadRun } from './stored-run.js';

/** A run that has an ELBO and a prior, and what it needs to be shown to a reader. */
export interface GenerativeRun {
  readonly run: StoredRun;
  readonly model: Recommender & Generative;
  readonly database: RatingsDatabase;
}

/**
 * Opens a home's database and a run whose model has an ELBO and a prior for as long as a job takes.
 *
 * @param id - without it, the active run
 * @throws RunError when the run's model has no ELBO, and as `loadRun`
 */
export async function withGenerativeRun<T>(
  home: string,
  id: string | undefined,
  engine: EngineFlags,
  job: (opened: GenerativeRun) => Promise<T>,
): Promise<T> {
  const database = RatingsDatabase.open(home);
  try {
    const run = loadRun(home, id);
    const model = await loadRecommender(run, () => openEngine(engine.backend, engine));
    try {
      if (!isGenerative(model)) {
        throw new RunError(
          `run ${run.id} is of the model ${model.model}, which has no ELBO and no prior to draw from; name a run of mult-vae (\`multvae runs\` lists them)`,
        );
      }
      return await job({ run, model, database });
    } finally {
      model.dispose();
    }
  } finally {
    database.close();
  }
}
