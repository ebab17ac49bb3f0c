/** Searches hyper-parameters on a home's validation users; results are kept as they come. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Engine } from '../backend/engine.js';
import { searchRanges } from '../config/describe.js';
import type { ModelConfig } from '../config/models.js';
import { completeConfig, type GivenConfig } from '../config/parse.js';
import type { Protocol } from '../config/protocol.js';
import { makeHomeFolder } from '../data/home.js';
import type { DatasetSummary } from '../data/store/dataset.js';
import type { SearchJournal } from '../data/store/journal.js';
import { openStore } from '../data/store/open.js';
import { type HomeAt, placeAt, shownPlace } from '../data/store/place.js';
import type { Store } from '../data/store/store.js';
import { ArgumentError, DivergenceError, HomeError, MultvaeError, quote } from '../errors.js';
import { type ObjectiveName, objectiveNames, objectiveScore } from '../eval/objective.js';
import { hasCheckpoint, readOrigin, type TrainingOrigin } from '../model/training/checkpoint.js';
import type { TrainingHooks } from '../model/training/hooks.js';
import {
  bestResult,
  checkPlan,
  drawnParameters,
  ranked,
  type SearchPlan,
  search,
  type TrialResult,
  type TrialStep,
} from '../model/training/search.js';
import { type Claim, HomeLocks, holderText, unknownHolder } from '../runs/locks.js';
import { writeNamedFile } from '../storage/durable-files.js';
import { namedFileError } from '../storage/faults.js';
import type { EngineOptions } from './engine-options.js';
import { type LeftOut, leftOutOf, type ProtocolOptions, readMaterial } from './material.js';
import { type Fit, loadTrained, openEngineFor, originOf, trainModel } from './training/fit.js';

/** What a search can maximise, on the validation users, and the default. */
export const objectives = { names: objectiveNames, default: 'whole' } as const;

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
 * @throws ArgumentError for a plan that cannot be searched, or a file that cannot be written
 * @throws DivergenceError when every trial diverged
 * @throws SplitError, HomeError, BackendError
 */
export async function tuneHome(home: HomeAt, options: TuningOptions): Promise<TuningResult> {
  const { fixed = [], seed = 1, trials = 40, signal, maxDurationS } = options;
  const { objective = objectives.default } = options;
  checkObjective(objective);
  checkPlan({ base: options.base, fixed });
  const { folder } = placeAt(home);
  const material = await readMaterial(home, options);
  const base = completeConfig(options.base, { trainingUsers: material.split.train.rows });
  const plan: SearchPlan = { base, fixed, seed, trials };
  const engine = await openEngineFor(base, options);
  const origin = originOf({ material, config: base, engine });
  const settings = searchSettings(plan, origin, objective);
  const store = await openStore(placeAt(home));
  const journal = await openJournal(store, settings);
  let claim: Claim | null = null;
  try {
    claim = claimSearch(folder, journal.search);
    const kept = await journal.results();
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
      keptResults: kept.length,
      best: bestResult(kept),
    });
    const checkpoint = join(folder, 'tuning', String(journal.search));
    const deadline = maxDurationS === undefined ? null : AbortSignal.timeout(maxDurationS * 1000);
    const stop = AbortSignal.any([signal, deadline].filter((reason) => reason != null));
    let stopped: TuningResult['stopped'] = null;
    try {
      makeHomeFolder(checkpoint);
      await searchAll({ plan, objective, journal, material, engine, checkpoint, stop }, options);
      rmSync(checkpoint, { recursive: true, force: true });
    } catch (error) {
      if (!stop.aborted || error !== stop.reason) throw error;
      stopped = signal?.aborted ? 'signal' : 'time';
    }
    const results = await journal.results();
    const best = bestResult(results);
    if (best === null && results.length > 0) {
      throw new DivergenceError(
        `every trial diverged, the first so: ${results[0]!.failure}. Search with other values, such as --set learningRate=0.0001.`,
      );
    }
    const file = options.file ?? join(folder, `tuned.${base.model}.json`);
    if (best !== null) writeConfig(file, best.config);
    return { plan, objective, results, ranked: ranked(results), best, file, stopped };
  } finally {
    claim?.release();
    await journal.close();
    await store.close();
  }
}

/** The journal of a search. @throws HomeError where the store keeps none; the store is closed then */
async function openJournal(store: Store, settings: string): Promise<SearchJournal> {
  try {
    if (store.journals !== null) return await store.journals.open(settings);
    throw new HomeError(`${shownPlace(store.place)} keeps no searches; leave --store out`);
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Reserves a search for its caller. @throws HomeError when somebody else runs it */
function claimSearch(folder: string, search: number): Claim {
  const locks = new HomeLocks(folder);
  const name = `tuning.${search}`;
  const claim = locks.alone(() => locks.claim(name));
  if (claim !== null) return claim;
  throw new HomeError(
    `${holderText(locks.holder(name) ?? unknownHolder)} runs the same search; wait until it ends, or stop it. Its results are kept, and the same command goes on`,
  );
}

interface OpenSearch extends Omit<Fit, 'config'> {
  readonly plan: SearchPlan;
  readonly objective: ObjectiveName;
  readonly journal: SearchJournal;
  /** Folder of the checkpoint of the trial in progress. */
  readonly checkpoint: string;
  readonly stop: AbortSignal;
}

async function searchAll(
  { plan, objective, journal, material, engine, checkpoint, stop }: OpenSearch,
  { onTrial, onStep, onResult, onRemark }: SearchWatcher,
): Promise<void> {
  let best = bestResult(await journal.results());
  await search({
    plan,
    journal,
    ...(onTrial && { onStart: onTrial }),
    onResult: (result) => {
      best = bestResult(best === null ? [result] : [best, result]);
      onResult?.(result, best);
    },
    objective: async ({ config }) => {
      stop.throwIfAborted();
      const fit = { material, config, engine };
      const trained = await trainModel(fit, {
        folder: checkpoint,
        resume: canResume(checkpoint, JSON.stringify(originOf(fit))),
        signal: stop,
        ...(onStep && { onStep }),
        ...(onRemark && { onRemark }),
      });
      const model = await loadTrained(fit, trained.weights);
      const score = await objectiveScore(model, material.split.validation, objective);
      model.dispose();
      return { score, durationS: trained.durationS };
    },
  });
}

/**
 * Everything that the results of a search depend on, as one text: the same text is the same search, however many
 * trials are wanted of it.
 */
function searchSettings(
  { base, fixed, seed }: SearchPlan,
  origin: TrainingOrigin,
  objective: ObjectiveName,
): string {
  const { protocol, dataHash, backend } = origin;
  const ranges = Object.fromEntries(searchRanges(base.model));
  // Searches of versions that knew the default objective alone go on.
  const changed = objective === objectives.default ? {} : { objective };
  return JSON.stringify({ base, fixed, seed, ranges, protocol, dataHash, backend, ...changed });
}

function checkObjective(objective: string): void {
  if ((objectiveNames as readonly string[]).includes(objective)) return;
  throw new ArgumentError(
    `objective is ${quote(objective)}; it must be one of ${objectiveNames.join(', ')}`,
  );
}

/** Whether the folder holds a stopped training of exactly this trial. */
function canResume(folder: string, origin: string): boolean {
  if (!hasCheckpoint(folder)) return false;
  try {
    return JSON.stringify(readOrigin(folder)) === origin;
  } catch (error) {
    // The checkpoint is damaged or of another version, so the trial begins anew.
    if (error instanceof MultvaeError) return false;
    throw error;
  }
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
