import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../backend/engine.js';
import { openEngine } from '../backend/select.js';
import type { EngineFlags } from '../cli/arguments.js';
import { note } from '../cli/terminal.js';
import { type CatalogueEntry, RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { ArgumentError, MultvaeError } from '../errors.js';
import { evaluate } from '../eval/evaluate.js';
import type { SplitName } from '../eval/report.js';
import { runLabels } from '../eval/run-labels.js';
import { checkSameSplit } from '../eval/same-split.js';
import type { StudiedModel } from '../eval/study.js';
import { loadRecommender } from '../model/inference/load.js';
import { Popularity } from '../model/popularity.js';
import type { Recommender } from '../model/recommender.js';
import type { StoredRun } from '../runs/format.js';
import { RunStore } from '../runs/store.js';
import { remarkChangedData } from './evaluation.js';

/** Runs to measure side by side. */
export interface RunsOptions extends EngineFlags {
  readonly home: string;
  readonly ids: readonly string[];
  readonly split: SplitName;
  readonly ks: readonly number[];
  /** Is given each run's model while it is loaded. */
  readonly onModel?: (label: string, recommender: Recommender) => Promise<void>;
}

/** Several runs and popularity, measured on the same users. */
export interface MeasuredRuns {
  /** The runs in the order given, popularity last where no run is of it. */
  readonly models: readonly StudiedModel[];
  /** [I] of the vocabulary; null where the home does not hold the items. */
  readonly catalogue: readonly CatalogueEntry[] | null;
  /** The backend's name and version; null where no model needed one. */
  readonly backend: string | null;
}

/**
 * Loads runs, checks that they can be compared, and measures one after the other.
 *
 * @throws ArgumentError when a run is named twice
 * @throws RunError when there is no such run, or two do not share the split
 */
export async function measureRuns(options: RunsOptions): Promise<MeasuredRuns> {
  const { home, ids, split, ks, onModel } = options;
  const twice = ids.find((id, place) => ids.indexOf(id) !== place);
  if (twice !== undefined) throw new ArgumentError(`run ${twice} is named twice; name it once`);
  const store = new RunStore(home);
  const runs = ids.map((id) => store.load(id));
  checkSameSplit(runs, split);
  remarkChangedData(home, runs[0]!);
  const labels = runLabels(runs);
  let engine: Promise<Engine> | undefined;
  const models: StudiedModel[] = [];
  const measure = async (label: string, recommender: Recommender, run: StoredRun | null) => {
    try {
      const evaluation = await evaluate(recommender, runs[0]!.split[split], ks);
      models.push({ label, evaluation, model: recommender.model, run });
      await onModel?.(label, recommender);
    } finally {
      recommender.dispose();
    }
  };
  for (const [r, run] of runs.entries()) {
    note(`measuring ${labels[r]} (${run.id})`);
    const open = () => {
      engine ??= openEngine(options.backend, options);
      return engine;
    };
    await measure(labels[r]!, await loadRecommender(run, open), run);
  }
  if (runs.every(({ config }) => config.model !== 'popularity')) {
    await measure('popularity', new Popularity(runs[0]!.vocabulary.trainClicks), null);
  }
  const computing = await engine;
  return {
    models,
    catalogue: readCatalogue(home, runs[0]!),
    backend: computing === undefined ? null : `${computing.name} ${computing.version}`,
  };
}

function readCatalogue(home: string, run: StoredRun): CatalogueEntry[] | null {
  if (!existsSync(join(home, 'multvae.db'))) {
    note(`${home} holds no database: titles and genres are not known`);
    return null;
  }
  try {
    const database = RatingsDatabase.open(home);
    try {
      return database.catalogue(run.vocabulary.items);
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    note(`titles and genres are not known: ${error.message}`);
    return null;
  }
}
