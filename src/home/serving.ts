/** Opens what serving a home needs: its database, its active run, and the runs that follow. */

import { type LayerPrecision, layerPrecisions } from '../backend/packed-layer.js';
import { backendForThread, openEngine } from '../backend/select.js';
import { SqliteFeedbackWriter } from '../data/store/sqlite/feedback/feedback-writer.js';
import { SqliteCatalogueWriter } from '../data/store/sqlite/items/catalogue-writer.js';
import { RatingsDatabase } from '../data/store/sqlite/ratings-database.js';
import { SqliteRuleWriter } from '../data/store/sqlite/rules/rule-writer.js';
import { MultvaeError, UnknownRunError } from '../errors.js';
import { loadRecommender } from '../model/inference/load.js';
import { openInference } from '../model/inference/thread.js';
import { EvaluationStore } from '../runs/evaluations.js';
import { RunStore } from '../runs/store.js';
import { recommendationLimits } from '../serving/ranking/options.js';
import { type RecommendationsOf, recommendationsPerModel } from '../serving/recommendations.js';
import { RuleBook } from '../serving/rules/rule-book.js';
import { RuleKeeper } from '../serving/rules/rule-keeper.js';
import { HomeModels, type ServedModel, type ServedModels } from '../serving/served-models.js';
import { otherDataRemark } from '../serving/swap/other-data.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import { activeRunGone, noActiveRun } from './runs.js';
import { extended, itemMeasureModule } from './serving/item-measure.js';

/** The precisions that a decoder can have, and the limits of a recommendation's options. */
export const servingChoices = {
  precisions: layerPrecisions,
  recommendations: recommendationLimits,
} as const;

/** How often a server looks whether its database was removed or replaced, when no request makes it look. */
const lookMs = 1000;

/** A home that is ready to answer. */
export interface OpenServing {
  /** The home folder. */
  readonly folder: string;
  readonly models: ServedModels;
  readonly recommendationsOf: RecommendationsOf;
  readonly database: RatingsDatabase;
  readonly runs: RunStore;
  readonly evaluations: EvaluationStore;
  /** Opens the database for writing with its first write, so reading needs no write access. */
  readonly feedback: SqliteFeedbackWriter;
  /** The same for items. */
  readonly items: SqliteCatalogueWriter;
  /** The shop's rules; opens the database for writing with its first change. */
  readonly rules: RuleKeeper;
  /** Aborted once `close` is called. */
  readonly closed: AbortSignal;
  /** Refuses everything that would load or switch a model from now on, so that draining does not wait for it. */
  stop(): void;
  /** Commits waiting feedback, frees the models and closes the database. */
  close(): Promise<void>;
}

/** How a home is opened for serving. */
export interface OpenServingOptions extends EngineOptions {
  /**
   * Whether each model runs in a thread of its own, so that the caller's thread stays free while the model computes.
   * A backend that cannot leave the caller's thread stays there. Default: false.
   */
  readonly inThread?: boolean;
  /** Precision of the decoder. Default: f32. */
  readonly precision?: LayerPrecision;
  /** Called after each batch of rankings with its size and duration; only with `inThread`. */
  readonly onBatch?: (rows: number, durationMs: number) => void;
  /** Told why a newly activated run cannot be served. Default: a process warning. */
  readonly onRemark?: (text: string) => void;
}

/**
 * Opens a home's database and active run, and follows later activations until `close`.
 *
 * @throws HomeError, RunError, BackendError or DependencyError saying what is missing
 */
export async function openServing(
  folder: string,
  options: OpenServingOptions = {},
): Promise<OpenServing> {
  const database = RatingsDatabase.open(folder);
  const runs = new RunStore(folder);
  const evaluations = new EvaluationStore(folder);
  const feedback = new SqliteFeedbackWriter(folder);
  const items = new SqliteCatalogueWriter(folder);
  const ruleWriter = new SqliteRuleWriter(folder);
  const book = new RuleBook(database);
  const remark = options.onRemark ?? ((text: string) => process.emitWarning(text));
  const remarks = new DataRemarks(database, remark);
  const models = new HomeModels({
    store: runs,
    open: async (run, signal) => {
      const model = await openModel({ folder, run, signal }, options);
      remarks.tell(model);
      return model;
    },
    onProblem: ({ message }) => remark(`still serving the run before: ${message}`),
  });
  const closing = new AbortController();
  const watching = setInterval(() => {
    database.look();
    remarks.look(models.active());
  }, lookMs).unref();
  const close = async () => {
    closing.abort();
    clearInterval(watching);
    feedback.close();
    items.close();
    ruleWriter.close();
    await models.close();
    database.close();
  };
  try {
    await models.follow().catch((error: unknown) => {
      const active = runs.active();
      throw active !== null && error instanceof UnknownRunError
        ? activeRunGone(folder, active)
        : error;
    });
    if (models.active() === null) throw noActiveRun(folder);
    models.watch();
    feedback.emptyOldLog();
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    models,
    recommendationsOf: recommendationsPerModel(database, book),
    database,
    runs,
    evaluations,
    feedback,
    items,
    rules: new RuleKeeper(database, ruleWriter, book),
    closed: closing.signal,
    stop: () => models.stop(),
    close,
  };
}

/** Tells once of each loaded run that the home holds other data, also when they are replaced while the run is served. */
class DataRemarks {
  readonly #database: RatingsDatabase;
  readonly #remark: (text: string) => void;
  readonly #told = new Set<string>();
  #version = -1;

  constructor(database: RatingsDatabase, remark: (text: string) => void) {
    this.#database = database;
    this.#remark = remark;
  }

  tell({ run }: ServedModel): void {
    this.#reading(() => {
      const text = otherDataRemark(run, this.#database);
      if (text === null || this.#told.has(text)) return;
      this.#told.add(text);
      this.#remark(text);
    });
  }

  look(model: ServedModel | null): void {
    if (model === null) return;
    this.#reading(() => {
      const version = this.#database.version();
      if (version === this.#version) return;
      this.#version = version;
      this.tell(model);
    });
  }

  #reading(read: () => void): void {
    try {
      read();
    } catch (error) {
      // A database that cannot be read makes the process not ready, which says more.
      if (!(error instanceof MultvaeError)) throw error;
    }
  }
}

async function openModel(
  {
    folder,
    run: id,
    signal,
  }: { readonly folder: string; readonly run: string; readonly signal: AbortSignal },
  options: OpenServingOptions,
): Promise<ServedModel> {
  const { backend: wanted, threads } = options;
  const remark = options.onRemark;
  const precision = options.precision ?? 'f32';
  const threadBackend = options.inThread ? await backendForThread(wanted) : null;
  if (threadBackend !== null) {
    const { onBatch } = options;
    const source = {
      home: folder,
      run: id,
      ...(threadBackend.name !== undefined && { backend: threadBackend.name }),
      ...(threads !== undefined && { threads }),
      precision,
      extension: itemMeasureModule,
    };
    const watch = { signal, ...(onBatch && { onBatch }), ...(remark && { onRemark: remark }) };
    return openInference(source, watch);
  }
  const { weights, ...run } = new RunStore(folder).load(id);
  const open = () => openEngine(wanted, engineOptions(options));
  const recommender = await loadRecommender({ ...run, weights }, open, precision);
  return { run, recommender: extended(recommender, run, folder) };
}
