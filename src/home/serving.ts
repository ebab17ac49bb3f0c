/** Opens what serving a home needs: its database, its active run, and the runs that follow. */

import type { LayerPrecision } from '../backend/packed-layer.js';
import { backendForThread, openEngine } from '../backend/select.js';
import { type EngineFlags, engineFlags } from '../cli/arguments.js';
import { note } from '../cli/terminal.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { loadRecommender } from '../model/inference/load.js';
import { openInference } from '../model/inference/thread.js';
import { RunStore } from '../runs/store.js';
import { type RecommendationsOf, recommendationsPerModel } from '../serving/recommendations.js';
import { HomeModels, type ServedModel, type ServedModels } from '../serving/served-models.js';
import { noActiveRun } from './stored-run.js';

/** A home that is ready to answer. */
export interface OpenHome {
  readonly models: ServedModels;
  readonly recommendationsOf: RecommendationsOf;
  readonly database: RatingsDatabase;
  /** Frees the models and closes the database. */
  close(): Promise<void>;
}

/** How a home's models are opened. */
export interface ModelOptions extends EngineFlags {
  /** In threads of their own, so that the caller's goes on while they compute; TensorFlow has to stay in the caller's. */
  readonly inThread?: boolean;
  /** Of the decoder; f32 unless given. */
  readonly precision?: LayerPrecision;
  /** Told how many rankings the thread computed together, and how long that took. */
  readonly onBatch?: (rows: number, durationMs: number) => void;
}

/**
 * Opens a home's database and active run, and follows which run is active until `close`.
 *
 * @throws HomeError, RunError, BackendError or DependencyError saying what is missing
 */
export async function openHome(home: string, options: ModelOptions = {}): Promise<OpenHome> {
  const database = RatingsDatabase.open(home);
  const store = new RunStore(home);
  const models = new HomeModels({
    store,
    open: (run) => openModel(home, run, options),
    onProblem: ({ message }) => note(`still serving the run before: ${message}`),
  });
  const close = async () => {
    await models.close();
    database.close();
  };
  try {
    await models.follow();
    if (models.active() === null) throw noActiveRun(home);
    models.watch();
    return { models, recommendationsOf: recommendationsPerModel(database), database, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openModel(home: string, id: string, options: ModelOptions): Promise<ServedModel> {
  const engine = engineFlags(options);
  const precision = options.precision ?? 'f32';
  const beside = options.inThread ? await backendForThread(engine.backend) : null;
  if (beside !== null) {
    const { onBatch } = options;
    const backend = beside.name && { backend: beside.name };
    const source = { home, run: id, ...engine, ...backend, precision };
    return openInference(source, { ...(onBatch && { onBatch }) });
  }
  const { weights, ...run } = new RunStore(home).load(id);
  const open = () => openEngine(engine.backend, engine);
  return { run, recommender: await loadRecommender({ ...run, weights }, open, precision) };
}
