/** Shows what became of searches, as `multvae tune --status` prints it. */

import type { TuningSearch, TuningTrial, TuningWorker } from '../../home/tuning/status.js';
import { table } from '../terminal.js';
import { duration } from './training.js';
import { scoreNames } from './tuning.js';

/** Results that are shown of the newest search. */
const shownResults = 10;

/** All searches, a line each, and the workers and trainings of the first. At least one. */
export function statusText(searches: readonly TuningSearch[]): string {
  const [newest] = searches;
  return [searchTable(searches), ...detailsOf(newest!)].join('\n\n');
}

function searchTable(searches: readonly TuningSearch[]): string {
  return table(
    ['search', 'model', 'objective', 'backend', 'data', 'begun', 'trials', 'results', 'best'],
    searches.map((search) => [
      String(search.search),
      search.model,
      search.objective,
      search.backend,
      search.dataHash.slice(0, 12),
      search.begunAt.slice(0, 16).replace('T', ' '),
      trialsInWords(search),
      String(search.results.length),
      search.best === null ? '' : search.best.score!.toFixed(4),
    ]),
    ['model', 'objective', 'backend', 'data', 'begun'],
  );
}

/** Trials with a first result, of those that were asked for. */
function trialsInWords({ results, trials }: TuningSearch): string {
  const done = results.filter(({ rung }) => rung === 0).length;
  return trials === null ? String(done) : `${done} of ${trials}`;
}

function detailsOf(search: TuningSearch): string[] {
  const parts = [];
  if (search.workers.length > 0) parts.push(workerTable(search));
  if (search.running.length > 0) parts.push(runningTable(search));
  if (search.results.length > 0) parts.push(resultTable(search));
  return parts.map((text, k) => (k === 0 ? `Search ${search.search}:\n\n${text}` : text));
}

function workerTable({ workers, results }: TuningSearch): string {
  // Workers that left without a result say nothing about the search.
  const shown = workers.filter((worker) => worker.state !== 'left' || worker.results !== 0);
  const numbered = shown.map((worker) => [worker, workers.indexOf(worker) + 1] as const);
  const recorded = (worker: TuningWorker) => worker.results ?? results.length;
  return table(
    ['worker', 'host', 'process', 'instruction set', 'threads', 'state', 'heard of', 'results'],
    numbered.map(([worker, place]) => [
      String(place),
      worker.host,
      String(worker.pid),
      worker.instructionSet ?? '',
      worker.threads === null ? '' : String(worker.threads),
      worker.state,
      worker.silentS === null ? '' : `${duration(worker.silentS)} ago`,
      String(recorded(worker)),
    ]),
    ['host', 'instruction set', 'state'],
  );
}

function runningTable({ running, workers }: TuningSearch): string {
  return table(
    ['training', 'length', 'worker', 'for', 'lease'],
    running.map(({ trial, rung, worker, runningS, leaseS, lost }) => [
      `trial ${trial + 1}`,
      rungInWords(rung),
      worker === null ? 'given back' : `${worker + 1} on ${workers[worker]?.host ?? ''}`,
      duration(runningS),
      leaseS > 0 ? `${duration(leaseS)} left` : `free${lost > 0 ? `, ${lost} lost` : ''}`,
    ]),
    ['length', 'worker', 'lease'],
  );
}

function rungInWords(rung: number): string {
  return rung === 0 ? 'first' : `promoted ${rung === 1 ? 'once' : `${rung} times`}`;
}

/** The best results, and below them how many failed. */
function resultTable({ results, objective }: TuningSearch): string {
  const successful = results.filter(({ score }) => score !== null);
  const best = successful.toSorted((a, b) => b.score! - a.score!).slice(0, shownResults);
  const failed = results.length - successful.length;
  const head = ['trial', scoreNames[objective], 'length', 'training', 'instruction set'];
  const text = table(head, best.map(resultRow), ['length', 'instruction set']);
  return failed === 0 ? text : `${text}\n${failed} of ${results.length} trainings failed`;
}

function resultRow({ trial, score, rung, durationS, instructionSet }: TuningTrial): string[] {
  return [
    String(trial + 1),
    score!.toFixed(4),
    rungInWords(rung),
    duration(durationS),
    instructionSet ?? '',
  ];
}
