/** Shows a search of hyper-parameters on stderr, and its results as a table. */

import { searchRanges } from '../../config/describe.js';
import type { SharedStart } from '../../home/tuning/request.js';
import type { SearchStart, SearchWatcher, TuningResult } from '../../home/tuning.js';
import type { SearchPlan, TrialResult, TrialStep } from '../../model/training/search.js';
import { describeClicks, describeLeftOut, describeProtocol } from '../protocol.js';
import { note, type Progress, startProgress, table } from '../terminal.js';
import { duration } from './training.js';

/** Trials that the table at the end shows. */
const shownTrials = 10;

/** What the scores of a search are, by its objective. */
export const scoreNames: Record<TuningResult['objective'], string> = {
  whole: 'NDCG@100',
  short: 'NDCG@100 of short profiles',
  both: 'NDCG@100 of whole and short profiles',
};

/** Shows a search on stderr: a bar for each training on a terminal, lines elsewhere, a line for each result. */
export function showSearch(): { watcher: SearchWatcher; stop: () => void } {
  let plan: SearchPlan | null = null;
  let score = '';
  let progress: Progress | null = null;
  let label = '';
  const stop = () => {
    progress?.stop();
    progress = null;
  };
  const watcher: SearchWatcher = {
    onSearch: (start) => {
      plan = start.plan;
      score = scoreNames[start.objective];
      noteStart(start);
    },
    onTrial: (step) => {
      label = trialName(plan!, step);
    },
    onStep: (step) => {
      progress ??= startProgress(label, step.plannedUpdates, 'updates');
      progress.update(step.updates, `loss ${step.loss.toFixed(2)}, ${duration(step.leftS)} left`);
    },
    onResult: (result, best) => {
      stop();
      const outcome =
        result.score === null
          ? `failed: ${result.failure}`
          : `${score} ${result.score.toFixed(4)} after ${duration(result.durationS)}`;
      note(`${trialName(plan!, result)}: ${outcome}; ${inWords(best)}`);
    },
  };
  return { watcher, stop };
}

function noteStart(start: SearchStart): void {
  const { plan, drawn, dataName, validationUsers, engine, keptResults, best } = start;
  const { protocol, scale, minWeight } = start;
  const where = engine ? `, on ${engine.name} (${engine.version})` : '';
  note(
    `searching ${drawn.join(', ')} of ${plan.base.model} on ${validationUsers} validation users of ${dataName}${where}`,
  );
  note(describeProtocol(protocol));
  note(describeClicks(protocol, { scale, minWeight }));
  if (start.leftOut) describeLeftOut(start.leftOut, protocol).forEach(note);
  if (start.shared !== null) note(sharedInWords(start.shared));
  if (keptResults > 0) note(`going on after ${keptResults} results; ${inWords(best)}`);
}

function sharedInWords({ search, isNew, workers }: SharedStart): string {
  if (isNew) return `begins search ${search} of the store; the same command elsewhere joins it`;
  const others = `${workers} other worker${workers === 1 ? '' : 's'}`;
  return `joins search ${search} of the store, with ${workers === 0 ? 'no other worker' : others}`;
}

/** The best trials, each with its best result, as the command prints them. */
export function trialTable({ plan, objective, ranked }: TuningResult): string {
  const names = [...searchRanges(plan.base.model).keys()].filter(
    (name) => !plan.fixed.includes(name) || isBudget(plan, name),
  );
  const seen = new Set<number>();
  const rows = ranked
    .filter(({ trial }) => !seen.has(trial) && seen.add(trial))
    .slice(0, shownTrials)
    .map(({ trial, score, durationS, config }) => [
      String(trial + 1),
      score.toFixed(4),
      ...names.map((name) => JSON.stringify((config as unknown as Record<string, unknown>)[name])),
      duration(durationS),
    ]);
  return table(['trial', scoreNames[objective], ...names, 'training'], rows);
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
