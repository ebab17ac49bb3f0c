/** Searches hyper-parameters on a home's validation users; results are kept as they come. */

import { join } from 'node:path';
import type { Engine } from '../backend/engine.js';
import type { ModelConfig } from '../config/models.js';
import { completeConfig, type GivenConfig } from '../config/parse.js';
import type { Protocol } from '../config/protocol.js';
import { makeHomeFolder } from '../data/home.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import { type HomeAt, placeAt } from '../data/store/place.js';
import { DivergenceError } from '../errors.js';
import type { ObjectiveName } from '../eval/objective.js';
import type { TrainingHooks } from '../model/training/hooks.js';
import { requireMemory } from '../model/training/memory.js';
import {
  bestResult,
  checkPlan,
  drawnParameters,
  ranked,
  type SearchPlan,
  type TrialResult,
  type TrialStep,
} from '../model/training/search.js';
import { writeNamedFile } from '../storage/durable-files.js';
import { namedFileError } from '../storage/faults.js';
import type { EngineOptions } from './engine-options.js';
import { type LeftOut, leftOutOf, readMaterial } from './material.js';
import { withStore } from './place/opened.js';
import type { ProtocolOptions } from './split/protocol-options.js';
import { openEngineFor, originOf } from './training/fit.js';
import { searchAlone } from './tuning/alone.js';
import type { SearchOutcome, SearchRequest, SharedStart } from './tuning/request.js';
import { checkObjective, objectives, searchSettings } from './tuning/settings.js';
import { defaultLeaseS, searchTogether } from './tuning/together.js';

/** What is known of a search before its first trial. */
export interface SearchStart {
  readonly plan: SearchPlan;
  /** What the scores are. */
  readonly objective: ObjectiveName;
  /** Names of the hyper-parameters that are drawn. */
  readonly drawn: readonly string[];
  readonly dataName: string;
  /** The scale of the ratings; null where every row is a click. */
  readonly scale: DatasetSummary['scale'];
  /** What the weights of a click add up to at least; null where the data have none. */
  readonly minWeight: DatasetSummary['minWeight'];
  readonly protocol: Protocol;
  readonly validationUsers: number;
  /** Absent when the protocol leaves nobody out. */
  readonly leftOut?: LeftOut;
  readonly engine: Engine | null;
  /** How many results an earlier call has kept. */
  readonly keptResults: number;
  /** The best of them; null when there is none. */
  readonly best: TrialResult | null;
  /** The search that other workers take part in; null where this process searches alone. */
  readonly shared: SharedStart | null;
}

/** Callbacks that follow a search; all optional. */
export interface SearchWatcher extends Pick<TrainingHooks, 'onStep' | 'onRemark'> {
  readonly onSearch?: (start: SearchStart) => void;
  readonly onTrial?: (step: TrialStep) => void;
  /** Called with each result, and the best so far; null while every trial failed. */
  readonly onResult?: (result: TrialResult, best: TrialResult | null) => void;
}

/** What to search, and for how long. */
export interface TuningOptions extends EngineOptions, ProtocolOptions, SearchWatcher {
  /** The configuration of the first trial; what it leaves to the data is filled in. */
  readonly base: GivenConfig;
  /** Names of the hyper-parameters that stay as in `base`. Default: none. */
  readonly fixed?: readonly string[];
  /**
   * What to maximise: the NDCG@100 on `whole` fold-ins, on `short` ones (the mean over 1, 2, 3 and 5 clicks), or the mean
   * of `both`. Default: whole.
   */
  readonly objective?: ObjectiveName;
  /** How many configurations to try. Default: 40. */
  readonly trials?: number;
  /** Seed of the configurations. Default: 1. */
  readonly seed?: number;
  /** Seconds after which the search stops. Default: no limit. */
  readonly maxDurationS?: number;
  /**
   * Seconds that a worker of a shared search may be silent, such as after a crash, before others take its training over.
   * Default: 30.
   */
  readonly leaseS?: number;
  /** Stops the search; the result then says so, and the same call goes on. */
  readonly signal?: AbortSignal;
  /** Where the best configuration is written. Default: `tuned.MODEL.json` in the home. */
  readonly file?: string;
}

/** What a search has found so far. */
export interface TuningResult {
  readonly plan: SearchPlan;
  /** What the scores are. */
  readonly objective: ObjectiveName;
  /** In the order in which they were recorded. */
  readonly results: readonly TrialResult[];
  /** The successful ones, best first. */
  readonly ranked: readonly (TrialResult & { readonly score: number })[];
  /** The best result; null when no trial was finished. */
  readonly best: TrialResult | null;
  /** The file with the best configuration. */
  readonly file: string;
  /** Why the search ended early; null when it is complete. */
  readonly stopped: 'signal' | 'time' | null;
}

/**
 * Searches hyper-parameters by random search with successive halving, and writes the best configuration. Every
 * result is kept in the home at once, so the same call goes on where an earlier one stopped.
 *
 * With a store that machines share, every process that makes the same call takes part in one search, and each returns
 * all results when the search is over.
 *
 * @throws ArgumentError for a plan that cannot be searched, or a file that cannot be written
 * @throws DivergenceError when every trial diverged
 * @throws SplitError, HomeError, BackendError
 */
export async function tuneHome(home: HomeAt, options: TuningOptions): Promise<TuningResult> {
  const { fixed = [], seed = 1, trials = 40, signal, maxDurationS } = options;
  const { objective = objectives.default, leaseS = defaultLeaseS } = options;
  checkObjective(objective);
  checkPlan({ base: options.base, fixed });
  const { folder } = placeAt(home);
  const material = await readMaterial(home, options);
  const base = completeConfig(options.base, { trainingUsers: material.split.train.rows });
  requireMemory(base, material.split.train);
  const plan: SearchPlan = { base, fixed, seed, trials };
  const engine = await openEngineFor(base, options);
  const settings = searchSettings(plan, originOf({ material, config: base, engine }), objective);
  const deadline = maxDurationS === undefined ? null : AbortSignal.timeout(maxDurationS * 1000);
  const stop = AbortSignal.any([signal, deadline].filter((reason) => reason != null));
  const request: SearchRequest = {
    plan,
    settings,
    bench: { material, engine, objective, hooks: options },
    folder,
    leaseS,
    stop,
    onSearch: ({ results, shared }) =>
      options.onSearch?.({
        plan,
        objective,
        drawn: drawnParameters(plan),
        dataName: material.dataset.name,
        scale: material.dataset.scale,
        minWeight: material.dataset.minWeight,
        protocol: material.protocol,
        validationUsers: material.split.validation.users.length,
        ...leftOutOf(material),
        engine,
        keptResults: results.length,
        best: bestResult(results),
        shared,
      }),
    onTrial: options.onTrial,
    onResult: (result, all) => options.onResult?.(result, bestResult(all)),
  };
  const { results, isStopped } = await withStore<SearchOutcome>(home, (store) =>
    store.searches === null ? searchAlone(store, request) : searchTogether(store.searches, request),
  );
  const best = bestResult(results);
  if (best === null && results.length > 0) {
    throw new DivergenceError(
      `every trial diverged, the first so: ${results[0]!.failure}. Search with other values, such as --set learningRate=0.0001.`,
    );
  }
  const file = options.file ?? join(folder, `tuned.${base.model}.json`);
  if (best !== null) {
    // A worker that came too late to train anything has made no home yet.
    if (options.file === undefined) makeHomeFolder(folder);
    writeConfig(file, best.config);
  }
  const reason = signal?.aborted ? 'signal' : 'time';
  const stopped = isStopped ? reason : null;
  return { plan, objective, results, ranked: ranked(results), best, file, stopped };
}

function writeConfig(file: string, config: ModelConfig): void {
  try {
    writeNamedFile(file, `${JSON.stringify(config, null, 2)}\n`);
  } catch (error) {
    throw namedFileError(`the best configuration cannot be written to ${file}`, error, {
      afterwards: 'run the same command again: every result is kept',
    });
  }
}
