import { searchRanges } from '../../config/describe.js';
import type { ModelConfig } from '../../config/models.js';
import type { SearchRange } from '../../config/parameter.js';
import { parseConfig } from '../../config/parse.js';
import type { TrialResult, TrialStep } from '../../data/trial.js';
import { ArgumentError, DivergenceError } from '../../errors.js';
import { RandomStream } from '../../random.js';

export type { TrialResult, TrialStep } from '../../data/trial.js';

/** Of so many trials on a rung, one is promoted; a rung trains so many times longer than the one below. */
const reduction = 3;
const maxRungs = 3;

/** What is searched. */
export interface SearchPlan {
  /** The first trial, and the values of everything that is not drawn. */
  readonly base: ModelConfig;
  /** Hyper-parameters that keep the base's value although they have a search range. */
  readonly fixed: readonly string[];
  /** Decides every trial's configuration: trial k depends on the seed and k alone. */
  readonly seed: number;
  /** From 1 on; more of them go on where fewer ended. */
  readonly trials: number;
}

/** Where results are kept; what it holds decides how a search goes on. */
export interface TrialJournal {
  /** In the order in which they were recorded. */
  results(): readonly TrialResult[];
  /** Returns when the result will survive a crash. */
  record(result: TrialResult): void;
}

/** What a search needs. */
export interface SearchOptions {
  readonly plan: SearchPlan;
  readonly journal: TrialJournal;
  /**
   * Trains a configuration and measures it; the same twice gives the same score. A DivergenceError makes the
   * trial a failed one, any other error ends the search.
   */
  readonly objective: (step: TrialStep) => Promise<Pick<TrialResult, 'score' | 'durationS'>>;
  /** Before each training. */
  readonly onStart?: (step: TrialStep) => void;
  /** After each, when it is in the journal. */
  readonly onResult?: (result: TrialResult) => void;
}

/**
 * Random search with asynchronous successive halving (Li et al. 2020, "A System for Massively Parallel
 * Hyperparameter Tuning", algorithm 2, with one worker).
 *
 * A trial is first trained for a ninth of the base's epochs; whenever a third of the trials measured on a
 * rung is better than the others, its best that has not been is trained anew for three times as long, and
 * otherwise a new trial begins. So good configurations come early, whenever the search is stopped. The base,
 * which is the first trial, is trained for all of its epochs before the second begins: no search ends with a
 * worse one. Each rung is a training of its own with its own planned updates, not a part of a longer one:
 * annealing runs through its whole schedule on each, trials of a rung are alike in that, and the configuration
 * of any result gives the same score when it is trained again. A model without epochs has one rung.
 *
 * Which training comes next follows from the plan and the journal alone; killed at any moment and called
 * again, a search ends with the same results.
 *
 * @returns the journal's results
 * @throws ArgumentError when the plan leaves nothing to draw
 */
export async function search(options: SearchOptions): Promise<readonly TrialResult[]> {
  const { plan, journal, objective, onStart, onResult } = options;
  checkPlan(plan);
  for (;;) {
    const results = journal.results();
    const step = nextStep(plan, results);
    if (step === null) return results;
    onStart?.(step);
    const result = await attempt(step, objective);
    journal.record(result);
    onResult?.(result);
  }
}

/** The result with the highest score, the earlier of equals; null when every trial failed. */
export function bestResult(results: readonly TrialResult[]): TrialResult | null {
  return ranked(results)[0] ?? null;
}

/** Those with a score, best first, ties by the shorter training, then the earlier trial. */
export function ranked(results: readonly TrialResult[]): (TrialResult & { score: number })[] {
  return results
    .filter((result): result is TrialResult & { score: number } => result.score !== null)
    .sort((a, b) => b.score - a.score || a.rung - b.rung || a.trial - b.trial);
}

/** The names that a plan draws. */
export function drawnParameters({ base, fixed }: Pick<SearchPlan, 'base' | 'fixed'>): string[] {
  return Array.from(searchRanges(base.model))
    .filter(([name, { kind }]) => kind !== 'budget' && !fixed.includes(name))
    .map(([name]) => name);
}

/** The training that comes next; null when the search is over. */
export function nextStep(plan: SearchPlan, results: readonly TrialResult[]): TrialStep | null {
  const budgets = rungBudgets(plan.base);
  const step = (trial: number, rung: number): TrialStep => {
    const config = { ...drawConfig(plan, trial), ...budgets[rung] } as ModelConfig;
    return { trial, rung, config };
  };
  const onRung = (rung: number) => results.filter((result) => result.rung === rung);
  const isOn = (rung: number, trial: number) => onRung(rung).some((on) => on.trial === trial);
  const top = budgets.length - 1;
  // What the others have to beat: a base that learns slowly would be lost on a short training.
  if (!isOn(top, 0) && ranked(onRung(0)).some(({ trial }) => trial === 0)) return step(0, top);
  for (let rung = top - 1; rung >= 0; rung--) {
    const better = ranked(onRung(rung)).slice(0, Math.floor(onRung(rung).length / reduction));
    const due = better.find(({ trial }) => !isOn(rung + 1, trial));
    if (due !== undefined) return step(due.trial, rung + 1);
  }
  const begun = onRung(0).length;
  if (begun < plan.trials) return step(begun, 0);
  // Too few trials, or too many that failed, to reach the top by halving: the best go there all the same.
  if (ranked(onRung(top)).some(({ trial }) => trial > 0)) return null;
  for (let rung = top - 1; rung >= 0; rung--) {
    const next = ranked(onRung(rung)).find(({ trial }) => trial > 0 && !isOn(rung + 1, trial));
    if (next !== undefined) return step(next.trial, rung + 1);
  }
  return null;
}

/**
 * Refuses a plan that would try the same configuration again and again.
 *
 * @throws ArgumentError when it leaves nothing to draw
 */
export function checkPlan(plan: Pick<SearchPlan, 'base' | 'fixed'>): void {
  if (drawnParameters(plan).length > 0) return;
  const { model } = plan.base;
  throw new ArgumentError(
    plan.fixed.length === 0
      ? `${model} has no hyper-parameter to search`
      : `nothing is left to search: ${plan.fixed.join(', ')} are fixed, and nothing else of ${model} has a search range`,
  );
}

async function attempt(
  step: TrialStep,
  objective: SearchOptions['objective'],
): Promise<TrialResult> {
  const started = performance.now();
  try {
    return { ...step, ...(await objective(step)), failure: null };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    const durationS = (performance.now() - started) / 1000;
    return { ...step, score: null, failure: error.message, durationS };
  }
}

/** What each rung changes in a configuration, shortest training first. */
function rungBudgets(base: ModelConfig): Record<string, number>[] {
  const budget = [...searchRanges(base.model)].find(([, { kind }]) => kind === 'budget');
  if (budget === undefined) return [{}];
  const [name] = budget;
  const most = (base as unknown as Record<string, number>)[name]!;
  const parts = Array.from({ length: maxRungs }, (_, k) =>
    Math.max(1, Math.round(most / reduction ** (maxRungs - 1 - k))),
  );
  return [...new Set(parts)].map((part) => ({ [name]: part }));
}

/** A trial's configuration with the whole budget; the first trial is the base itself. */
function drawConfig({ base, fixed, seed }: SearchPlan, trial: number): ModelConfig {
  if (trial === 0) return base;
  const values: Record<string, unknown> = { ...base };
  for (const name of drawnParameters({ base, fixed })) {
    // A stream for each name: fixing one parameter leaves the draws of the others as they were.
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
  // Three digits are more than a search can tell apart, and can be read.
  return Number(value.toPrecision(3));
}
