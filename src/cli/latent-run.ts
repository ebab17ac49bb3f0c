import { openEngine } from '../backend/select.js';
import { RatingsDatabase } from '../data/database/ratings-database.js';
import { RunError } from '../errors.js';
import { loadRecommender } from '../model/inference.js';
import { isLatent, type Latent, type Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import type { EngineFlags } from './arguments.js';
import { loadRun } from './stored-run.js';

/** A run with a latent space, and what it needs to be shown to a reader. */
export interface LatentRun {
  readonly run: StoredRun;
  readonly model: Recommender & Latent;
  readonly database: RatingsDatabase;
}

/**
 * Opens a home's database and a run whose model has a latent space for as long as a job takes.
 *
 * @param id - without it, the active run
 * @throws RunError when the run's model has no latent space, and as `loadRun`
 */
export async function withLatentRun<T>(
  home: string,
  id: string | undefined,
  engine: EngineFlags,
  job: (opened: LatentRun) => Promise<T>,
): Promise<T> {
  const database = RatingsDatabase.open(home);
  try {
    const run = loadRun(home, id);
    const model = await loadRecommender(run, () => openEngine(engine.backend, engine));
    try {
      if (!isLatent(model)) {
        throw new RunError(
          `run ${run.id} is of the model ${model.model}, which has no latent space; name a run of mult-vae (\`multvae runs\` lists them)`,
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
