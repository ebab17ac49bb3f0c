/** Opens what serving a home needs: its store, its active run, and the runs that follow. */

import { type LayerPrecision, layerPrecisions } from '../backend/packed-layer.js';
import { backendForThread, openEngine } from '../backend/select.js';
import type { FeedbackWriter } from '../data/store/feedback.js';
import type { CatalogueWriter } from '../data/store/item-writes.js';
import { openStore } from '../data/store/open.js';
import { type HomeAt, type HomePlace, placeAt } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
import { MultvaeError, UnknownRunError } from '../errors.js';
import { loadRecommender } from '../model/inference/load.js';
import { openInference } from '../model/inference/thread.js';
import type { Evaluations, Runs } from '../runs/shared/runs.js';
import { RunStore } from '../runs/store.js';
import { ShownLists } from '../serving/lists/shown-lists.js';
import {
  type RecommendationsOf,
  recommendationsPerModel,
} from '../serving/model-recommendations.js';
import { recommendationLimits } from '../serving/ranking/options.js';
import { RuleBook } from '../serving/rules/rule-book.js';
import { RuleKeeper } from '../serving/rules/rule-keeper.js';
import { HomeModels, type ServedModel, type ServedModels } from '../serving/served-models.js';
import { otherDataRemark } from '../serving/swap/other-data.js';
import { type EngineOptions, engineOptions } from './engine-options.js';
import { keptRuns } from './place/opened.js';
import { ReportMaker } from './reports/report-maker.js';
import { activeRunGone, noActiveRun } from './runs.js';
import { extended, itemMeasureModule } from './serving/item-measure.js';

/** The precisions that a decoder can have, and the limits of a recommendation's options. */
export const servingChoices = {
  precisions: layerPrecisions,
  recommendations: recommendationLimits,
} as const;

/** How often a server looks whether the home holds other data, when no request makes it look. */
const lookMs = 1000;
/** How often a server asks a store in PostgreSQL which run is active. */
const storeWatchMs = 500;

/** A home that is ready to answer. */
export interface OpenServing {
  /** The home folder. */
  readonly folder: string;
  readonly models: ServedModels;
  readonly recommendationsOf: RecommendationsOf;
  readonly store: Store;
  readonly runs: Runs;
  readonly evaluations: Evaluations;
  /** Opens the store for writing with its first write, so reading needs no write access. */
  readonly feedback: FeedbackWriter;
  /** The same for items. */
  readonly items: CatalogueWriter;
  /** The shop's rules; opens the store for writing with its first change. */
  readonly rules: RuleKeeper;
  /** Counts the lists that are shown. */
  readonly shown: ShownLists;
  /** Makes report pages in a process of its own. */
  readonly reports: ReportMaker;
  /** Aborted once `close` is called. */
  readonly closed: AbortSignal;
  /** Refuses everything that would load or switch a model from now on, so that draining does not wait for it. */
  stop(): void;
  /** Stores waiting feedback and counts, frees the models and closes the store. */
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
 * Opens a home's store and active run, and follows later activations until `close`.
 *
 * @throws HomeError, RunError, BackendError or DependencyError saying what is missing
 */
export async function openServing(
  home: HomeAt,
  options: OpenServingOptions = {},
): Promise<OpenServing> {
  const place = placeAt(home);
  const { folder } = place;
  const store = await openStore(place);
  const { runs, evaluations } = keptRuns(place, store);
  const { feedback, items, ruleWriter } = store;
  const book = new RuleBook(store);
  const remark = options.onRemark ?? ((text: string) => process.emitWarning(text));
  const remarks = new DataRemarks(store, remark);
  const recommendationsOf = recommendationsPerModel(store, book);
  const models = new HomeModels({
    store: runs,
    open: async (run, signal) => {
      const model = await openModel({ place, run, signal }, options);
      await remarks.tell(model);
      return model;
    },
    // The catalogue and the rules: with them a model answers baskets also when the store is gone a moment later.
    readAhead: async (model) => void (await recommendationsOf(model).moment({})),
    onProblem: ({ message }) => remark(`still serving the run before: ${message}`),
  });
  const shown = new ShownLists(store.lists, remark);
  const reports = new ReportMaker({ place, store, evaluations });
  const closing = new AbortController();
  const watching = setInterval(() => void remarks.look(models.active()), lookMs).unref();
  const close = async () => {
    closing.abort();
    clearInterval(watching);
    await models.close();
    await reports.close();
    await shown.close();
    await store.close();
  };
  try {
    await store.watch();
    await models.follow().catch(async (error: unknown) => {
      if (!(error instanceof UnknownRunError)) throw error;
      const active = await runs.active();
      throw active === null ? error : activeRunGone(place, active);
    });
    if (models.active() === null) throw noActiveRun(place);
    models.watch(place.store === null ? undefined : storeWatchMs);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    folder,
    models,
    recommendationsOf,
    store,
    runs,
    evaluations,
    feedback,
    items,
    rules: new RuleKeeper(store, ruleWriter, book),
    shown,
    reports,
    closed: closing.signal,
    stop: () => models.stop(),
    close,
  };
}

/** Tells once of each loaded run that the home holds other data, also when they are replaced while the run is served. */
class DataRemarks {
  readonly #store: Store;
  readonly #remark: (text: string) => void;
  readonly #told = new Set<string>();
  #version: number | null = null;
  #isLooking = false;

  constructor(store: Store, remark: (text: string) => void) {
    this.#store = store;
    this.#remark = remark;
  }

  tell({ run }: ServedModel): Promise<void> {
    return this.#reading(async () => {
      const text = await otherDataRemark(run, this.#store);
      if (text === null || this.#told.has(text)) return;
      this.#told.add(text);
      this.#remark(text);
    });
  }

  /** Does nothing while an earlier look is under way. */
  async look(model: ServedModel | null): Promise<void> {
    if (model === null || this.#isLooking) return;
    this.#isLooking = true;
    await this.#reading(async () => {
      const version = this.#store.version();
      if (version === null || version === this.#version) return;
      this.#version = version;
      await this.tell(model);
    });
    this.#isLooking = false;
  }

  async #reading(read: () => Promise<void>): Promise<void> {
    try {
      await read();
    } catch (error) {
      // A store that cannot be read makes the process not ready, which says more.
      if (!(error instanceof MultvaeError)) throw error;
    }
  }
}

async function openModel(
  {
    place,
    run: id,
    signal,
  }: { readonly place: HomePlace; readonly run: string; readonly signal: AbortSignal },
  options: OpenServingOptions,
): Promise<ServedModel> {
  const { backend: wanted, threads } = options;
  const remark = options.onRemark;
  const precision = options.precision ?? 'f32';
  const threadBackend = options.inThread ? await backendForThread(wanted) : null;
  if (threadBackend !== null) {
    const { onBatch } = options;
    const source = {
      place,
      run: id,
      ...(threadBackend.name !== undefined && { backend: threadBackend.name }),
      ...(threads !== undefined && { threads }),
      precision,
      extension: itemMeasureModule,
    };
    const watch = { signal, ...(onBatch && { onBatch }), ...(remark && { onRemark: remark }) };
    return openInference(source, watch);
  }
  const { weights, ...run } = new RunStore(place.folder).load(id);
  const open = () => openEngine(wanted, engineOptions(options));
  const recommender = await loadRecommender({ ...run, weights }, open, { precision });
  return { run, recommender: extended(recommender, run, place) };
}
