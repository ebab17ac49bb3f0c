import type { Engine } from '../../backend/engine.js';
import { searchRanges } from '../../config/describe.js';
import type { Material } from '../../home/training.js';
import type { TrainingOrigin } from '../../model/training/checkpoint.js';
import type { StepRecord } from '../../model/training/hooks.js';
import {
  bestResult,
  drawnParameters,
  ranked,
  type SearchPlan,
  type TrialResult,
  type TrialStep,
} from '../../model/training/search.js';
import { note, type Progress, startProgress, table } from '../terminal.js';
import { duration } from './training.js';

/** Trials that the table at the end shows. */
const shownTrials = 10;

/**
 * Everything that the results of a search depend on, as one text: the same text is the same search, however
 * many trials are wanted of it.
 */
export function searchSettings({ base, fixed, seed }: SearchPlan, origin: TrainingOrigin): string {
  const { protocol, dataHash, backend } = origin;
  const ranges = Object.fromEntries(searchRanges(base.model));
  return JSON.stringify({ base, fixed, seed, ranges, protocol, dataHash, backend });
}

/** Shows a search on stderr: a bar for each training on a terminal, lines elsewhere, a line a result. */
export function showSearch(
  plan: SearchPlan,
  before: readonly TrialResult[],
  { dataset, split }: Material,
  engine: Engine | null,
) {
  let best = bestResult(before);
  let progress: Progress | null = null;
  let label = '';
  const stop = () => {
    progress?.stop();
    progress = null;
  };
  note(
    `searching ${drawnParameters(plan).join(', ')} of ${plan.base.model} on ${split.validation.users.length} validation users of ${dataset.name}${engine ? `, on ${engine.name} (${engine.version})` : ''}`,
  );
  if (before.length > 0) note(`going on after ${before.length} results; ${inWords(best)}`);
  return {
    onStart: (step: TrialStep) => {
      label = trialName(plan, step);
    },
    onStep: (step: StepRecord) => {
      progress ??= startProgress(label, step.plannedUpdates, 'updates');
      progress.update(step.updates, `loss ${step.loss.toFixed(2)}, ${duration(step.leftS)} left`);
    },
    onResult: (result: TrialResult) => {
      stop();
      best = bestResult(best === null ? [result] : [best, result]);
      const outcome =
        result.score === null
          ? `failed: ${result.failure}`
          : `NDCG@100 ${result.score.toFixed(4)} after ${duration(result.durationS)}`;
      note(`${trialName(plan, result)}: ${outcome}; ${inWords(best)}`);
    },
    stop,
  };
}

/** The best trials, each with its best result, as the command prints them. */
export function trialTable(plan: SearchPlan, results: readonly TrialResult[]): string {
  const names = [...searchRanges(plan.base.model).keys()].filter(
    (name) => !plan.fixed.includes(name) || isBudget(plan, name),
  );
  const seen = new Set<number>();
  const rows = ranked(results)
    .filter(({ trial }) => !seen.has(trial) && seen.add(trial))
    .slice(0, shownTrials)
    .map(({ trial, score, durationS, config }) => [
      String(trial + 1),
      score.toFixed(4),
      ...names.map((name) => JSON.stringify((config as unknown as Record<string, unknown>)[name])),
      duration(durationS),
    ]);
  return table(['trial', 'NDCG@100', ...names, 'training'], rows);
}

function isBudget({ base }: SearchPlan, name: string): boolean {
  return searchRanges(base.model).get(name)?.kind === 'budget';
}

function trialName({ base, trials }: SearchPlan, { trial, config }: TrialStep): string {
  const budget = [...searchRanges(base.model)].find(([, { kind }]) => kind === 'budget')?.[0];
  const length =
    budget === undefined
      ? ''
      : `, ${budget} ${(config as unknown as Record<string, number>)[budget]}`;
  return `trial ${trial + 1} of ${trials}${length}`;
}

function inWords(best: TrialResult | null): string {
  return best === null
    ? 'none has succeeded yet'
    : `best ${best.score!.toFixed(4)} by trial ${best.trial + 1}`;
}
