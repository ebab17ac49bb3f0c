/** Measures a new run beside the active one and popularity, on users whom both runs hold out. */

import type { Engine } from '../../backend/engine.js';
import { openEngine } from '../../backend/select.js';
import type { HomeAt } from '../../data/store/place.js';
import { RunError } from '../../errors.js';
import { type Evaluation, evaluate } from '../../eval/evaluate.js';
import { type PairedResult, pairedResult } from '../../eval/verdict.js';
import { loadRecommender } from '../../model/inference/load.js';
import { Popularity } from '../../model/popularity.js';
import type { Recommender } from '../../model/recommender.js';
import { type EngineOptions, engineOptions } from '../engine-options.js';
import { withRuns } from '../place/opened.js';
import { type ComparableRuns, comparable } from './ground.js';
import { type KeptPair, keepPairs } from './kept-pairs.js';

/** What was measured of a new run on test users. */
export interface Contest {
  /** The active run, and the new run against it; null where there is none that can be compared. */
  readonly base: { readonly run: string; readonly result: PairedResult } | null;
  /** The new run against popularity; null for a run of popularity. */
  readonly popularity: PairedResult | null;
}

/** Cutoffs of the metrics. */
const cutoffs = [20, 100];

/**
 * Compares a run with the active one and with popularity. Both are measured on test users whom both runs hold out, with
 * the present clicks where the runs have different splits.
 *
 * @param active - null where no run is active
 * @param options - `onRemark` is told why an active run is not compared, such as one of other data
 * @throws RunError when the run cannot be read
 */
export async function contest(
  home: HomeAt,
  runId: string,
  active: string | null,
  options: EngineOptions = {},
): Promise<Contest> {
  const ground = await groundOf(home, runId, active, options);
  const measure = async (recommender: Recommender): Promise<Evaluation> => {
    try {
      return await evaluate(recommender, ground.runs[0]!.split.test, cutoffs);
    } finally {
      recommender.dispose();
    }
  };
  let engine: Promise<Engine> | undefined;
  const open = () => {
    engine ??= openEngine(options.backend, engineOptions(options));
    return engine;
  };
  const measured: Evaluation[] = [];
  for (const [r, run] of ground.originals.entries()) {
    measured.push(await measure(ground.mapped(r, await loadRecommender(run, open))));
  }
  const [candidate, base] = measured;
  const isPopularity = ground.runs[0]!.config.model === 'popularity';
  const popularity = isPopularity
    ? null
    : await measure(ground.baseline(new Popularity(ground.runs[0]!.vocabulary.trainClicks)));
  const found: Contest = {
    base: base === undefined ? null : { run: active!, result: pairedResult(candidate!, base) },
    popularity: popularity && pairedResult(candidate!, popularity),
  };
  await keepContest(home, runId, found, options.onRemark);
  return found;
}

/** Keeps what was found, so that the page can say which run is better. */
async function keepContest(
  home: HomeAt,
  run: string,
  { base, popularity }: Contest,
  onRemark: EngineOptions['onRemark'] = () => undefined,
): Promise<void> {
  const pairs: Omit<KeptPair, 'at'>[] = [];
  if (base !== null)
    pairs.push({ first: run, second: base.run, split: 'test', result: base.result });
  if (popularity !== null) {
    pairs.push({ first: run, second: 'popularity', split: 'test', result: popularity });
  }
  await keepPairs(home, pairs, onRemark);
}

/** The common ground of the run and the active one; that of the run alone where there is none. */
async function groundOf(
  home: HomeAt,
  runId: string,
  active: string | null,
  { onRemark = () => undefined }: EngineOptions,
): Promise<ComparableRuns> {
  const own = await withRuns(home, ({ runs }) => runs.load(runId));
  if (active !== null && active !== runId) {
    try {
      const base = await withRuns(home, ({ runs }) => runs.load(active));
      return await comparable(home, [own, base], 'test');
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      onRemark(`the active run is not compared: ${error.message}`);
    }
  }
  return comparable(home, [own], 'test');
}
