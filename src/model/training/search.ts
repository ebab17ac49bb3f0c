/** Hyper-parameter search: random configurations, and more epochs for the best of them. */

import { searchRanges } from '../../config/describe.js';
import type { ModelConfig } from '../../config/models.js';
import type { SearchRange } from '../../config/parameter.js';
import { parseConfig } from '../../config/parse.js';
import type { TrialResult, TrialStep } from '../../data/trial.js';
import { ArgumentError, ConfigError, DivergenceError } from '../../errors.js';
import { RandomStream } from '../../random.js';

export type { TrialResult, TrialStep } from '../../data/trial.js';

/** One in three trials of a rung is promoted, and each rung trains three times as long as the one below. */
const reduction = 3;
const maxRungs = 3;

/** What to search. */
export interface SearchPlan {
  /** The configuration of the first trial; it also gives the values that other trials do not draw. */
  readonly base: ModelConfig;
  /** Hyper-parameters with a search range that keep the base's value nevertheless. */
  readonly fixed: readonly string[];
  /** Decides every configuration: trial k depends on the seed and k alone. */
  readonly seed: number;
  /** At least 1. A search called again with more trials continues the earlier one. */
  readonly trials: number;
}

/** What decides which hyper-parameters are drawn. */
interface PlannedModel extends Pick<SearchPlan, 'fixed'> {
  readonly base: Pick<ModelConfig, 'model'>;
}

/** The store of results. Its contents decide how a search continues. */
export interface TrialJournal {
  /** All results, in the order in which they were recorded. */
  results(): Promise<readonly TrialResult[]>;
  /** Stores a result durably before its promise resolves. */
  record(result: TrialResult): Promise<void>;
}

/** The input of a search. */
export interface SearchOptions {
  readonly plan: SearchPlan;
  readonly journal: TrialJournal;
  /**
   * Trains a configuration and measures it. The same configuration must give the same score. After a
   * DivergenceError or a ConfigError the trial counts as failed; any other error ends the search.
   */
  readonly objective: (step: TrialStep) => Promise<Pick<TrialResult, 'score' | 'durationS'>>;
  /** Called before each training. */
  readonly onStart?: (step: TrialStep) => void;
  /** Called after each training, once its result is in the journal. */
  readonly onResult?: (result: TrialResult) => void;
}

/**
 * Random search with asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel
 * Hyperparameter Tuning", algorithm 2, with one worker).
 *
 * There are three rungs: trainings for a ninth, a third and all of the base's epochs. A new trial starts on the
 * lowest rung. Whenever a trial is among the best third of its rung and has not been promoted, it is trained again
 * on the next rung, three times as long; otherwise a new trial begins. So a search finds good configurations early,
 * whenever it is stopped. The base is the first trial. It is trained for all its epochs before the second trial
 * begins, so no search ends with a worse configuration. A model without epochs has one rung.
 *
 * Each rung trains from the beginning with its own number of planned updates. So annealing runs through its whole
 * schedule, trials of a rung are comparable, and training a result's configuration again gives the same score.
 *
 * The plan and the journal alone decide which training comes next. A search that is killed at any moment and
 * called again ends with the same results.
 *
 * @returns the journal's results
 * @throws ArgumentError when the plan fixes every hyper-parameter
 */
export async function search(options: SearchOptions): Promise<readonly TrialResult[]> {
  const { plan, journal, objective, onStart, onResult } = options;
  checkPlan(plan);
  for (;;) {
    const results = await journal.results();
    const step = nextStep(plan, results);
    if (step === null) return results;
    onStart?.(step);
    const result = await attempt(step, () => objective(step));
    await journal.record(result);
    onResult?.(result);
  }
}

/** The result with the highest score; on a tie, the one that `ranked` puts first. Null when every trial failed. */
export function bestResult(results: readonly TrialResult[]): TrialResult | null {
  return ranked(results)[0] ?? null;
}

/** The results with a score, best first; ties by shorter training, then by earlier trial. */
export function ranked(results: readonly TrialResult[]): (TrialResult & { score: number })[] {
  return results
    .filter((result): result is TrialResult & { score: number } => result.score !== null)
    .sort((a, b) => b.score - a.score || a.rung - b.rung || a.trial - b.trial);
}

/** The names of the hyper-parameters that a plan draws. */
export function drawnParameters({ base, fixed }: PlannedModel): string[] {
  return Array.from(searchRanges(base.model))
    .filter(([name, { kind }]) => kind !== 'budget' && !fixed.includes(name))
    .map(([name]) => name);
}

/**
 * The next training; null when there is none: the search is over, or where some are running, their results decide.
 *
 * @param running - trainings of other workers that have no result yet. A promotion needs only the results that are there
 */
export function nextStep(
  plan: SearchPlan,
  results: readonly TrialResult[],
  running: readonly TrialStep[] = [],
): TrialStep | null {
  const budgets = rungBudgets(plan.base);
  const step = (trial: number, rung: number): TrialStep => {
    const config = { ...drawConfig(plan, trial), ...budgets[rung] } as ModelConfig;
    return { trial, rung, config };
  };
  const onRung = (rung: number) => results.filter((result) => result.rung === rung);
  const begun: readonly TrialStep[] = [...results, ...running];
  const isOn = (rung: number, trial: number) =>
    begun.some((on) => on.rung === rung && on.trial === trial);
  const top = budgets.length - 1;
  // The base sets the score to beat, and one that learns slowly would never be promoted.
  if (!isOn(top, 0) && ranked(onRung(0)).some(({ trial }) => trial === 0)) return step(0, top);
  for (let rung = top - 1; rung >= 0; rung--) {
    const better = ranked(onRung(rung)).slice(0, Math.floor(onRung(rung).length / reduction));
    const due = better.find(({ trial }) => !isOn(rung + 1, trial));
    if (due !== undefined) return step(due.trial, rung + 1);
  }
  const drawn = begun.filter(({ rung }) => rung === 0).length;
  if (drawn < plan.trials) return step(drawn, 0);
  if (running.length > 0) return null;
  // With few trials, or many failed ones, halving promotes none to the top: promote the best anyway.
  if (ranked(onRung(top)).some(({ trial }) => trial > 0)) return null;
  for (let rung = top - 1; rung >= 0; rung--) {
    const next = ranked(onRung(rung)).find(({ trial }) => trial > 0 && !isOn(rung + 1, trial));
    if (next !== undefined) return step(next.trial, rung + 1);
  }
  return null;
}

/**
 * Checks that a plan draws something; otherwise every trial would have the same configuration.
 *
 * @throws ArgumentError when the plan fixes every hyper-parameter
 */
export function checkPlan(plan: PlannedModel): void {
  if (drawnParameters(plan).length > 0) return;
  const { model } = plan.base;
  throw new ArgumentError(
    plan.fixed.length === 0
      ? `${model} has no hyper-parameter to search; choose another --model, such as mult-vae or ease`
      : `nothing is left to search: ${plan.fixed.join(', ')} are fixed, and ${model} has no other hyper-parameter with a search range`,
  );
}

/**
 * Trains and measures one configuration.
 *
 * @returns a result without a score when the training diverged
 * @throws any other error of the objective
 */
export async function attempt(
  { trial, rung, config }: TrialStep,
  measure: () => Promise<Pick<TrialResult, 'score' | 'durationS'>>,
): Promise<TrialResult> {
  const step = { trial, rung, config };
  const started = performance.now();
  try {
    return { ...step, ...(await measure()), failure: null };
  } catch (error) {
    if (!(error instanceof DivergenceError) && !(error instanceof ConfigError)) throw error;
    const durationS = (performance.now() - started) / 1000;
    return { ...step, score: null, failure: error.message, durationS };
  }
}

/** The epochs of each rung as a change of the configuration, shortest training first. */
function rungBudgets(base: ModelConfig): Record<string, number>[] {
  const budget = [...searchRanges(base.model)].find(([, { kind }]) => kind === 'budget');
  if (budget === undefined) return [{}];
  const [name] = budget;
  const whole = (base as unknown as Record<string, number>)[name]!;
  const parts = Array.from({ length: maxRungs }, (_, k) =>
    Math.max(1, Math.round(whole / reduction ** (maxRungs - 1 - k))),
  );
  return [...new Set(parts)].map((part) => ({ [name]: part }));
}

/** A trial's configuration with all epochs; the first trial is the base itself. */
function drawConfig({ base, fixed, seed }: SearchPlan, trial: number): ModelConfig {
  if (trial === 0) return base;
  const values: Record<string, unknown> = { ...base };
  for (const name of drawnParameters({ base, fixed })) {
    // Each name has its own random stream, so fixing one parameter does not change the draws of the others.
    const random = new RandomStream(seed, `search/${name}`, trial);
    values[name] = draw(searchRanges(base.model).get(name)!, random);
  }
  return parseConfig(base.model, values, `trial ${trial}`);
}

function draw(range: SearchRange, random: RandomStream): unknown {
  if (range.kind === 'budget') throw new TypeError('a budget is not drawn');
  if (range.kind === 'choice') return range.values[random.integer(range.values.length)];
  const { kind, low, high } = range;
  const part = random.float();
  const value = kind === 'uniform' ? low + part * (high - low) : low * (high / low) ** part;
  if (kind === 'log-uniform integer') return Math.round(value);
  // Three digits are readable, and a search could not tell more apart.
  return Number(value.toPrecision(3));
}
