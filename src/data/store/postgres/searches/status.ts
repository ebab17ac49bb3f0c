/** Reads what became of searches: their workers, trainings and results. */

import type { RunningStatus, SearchStatus, WorkerStatus } from '../../shared-searches.js';
import type { Connection } from '../connection.js';
import { stateOf, type TrialRow } from './membership.js';

const readSearches = `
SELECT search, settings, trials, extract(epoch FROM begun_at)::float8 AS begun,
  (SELECT max(seen_at) FROM store.search_workers WHERE search_workers.search = searches.search) AS seen
FROM store.searches ORDER BY seen DESC NULLS LAST, search DESC`;

const readWorkers = `
SELECT worker, search, host, pid, instruction_set, threads, version, lease_s,
  extract(epoch FROM joined_at)::float8 AS joined,
  extract(epoch FROM clock_timestamp() - seen_at)::float8 AS silent_s,
  left_at IS NOT NULL AS has_left
FROM store.search_workers ORDER BY joined_at, worker`;

const readTrials = `
SELECT search, trial, rung, config, score, failure, duration_s, instruction_set, worker, lost,
  place IS NOT NULL AS recorded,
  extract(epoch FROM clock_timestamp() - handed_out_at)::float8 AS running_s,
  CASE WHEN worker IS NULL THEN 0
    ELSE greatest(0, extract(epoch FROM lease_until - clock_timestamp()))::float8 END AS lease_s
FROM store.search_trials ORDER BY place NULLS LAST, trial, rung`;

interface SearchRow {
  readonly search: number;
  readonly settings: string;
  readonly trials: number;
  readonly begun: number;
}

interface WorkerRow {
  readonly worker: string;
  readonly search: number;
  readonly host: string;
  readonly pid: number;
  readonly instruction_set: string;
  readonly threads: number | null;
  readonly version: string;
  readonly lease_s: number;
  readonly joined: number;
  readonly silent_s: number;
  readonly has_left: boolean;
}

interface StatusRow extends TrialRow {
  readonly search: number;
  readonly worker: string | null;
  readonly lost: number;
  readonly running_s: number;
  readonly lease_s: number;
}

/** All searches; those that a worker was heard of in last come first. */
export async function readStatus(database: Connection): Promise<SearchStatus[]> {
  const [searches, workers, trials] = await Promise.all([
    database.read<SearchRow>(readSearches, []),
    database.read<WorkerRow>(readWorkers, []),
    database.read<StatusRow>(readTrials, []),
  ]);
  return searches.map(({ search, settings, trials: asked, begun }) => {
    const ofSearch = <Row extends { search: number }>(rows: readonly Row[]) =>
      rows.filter((row) => row.search === search);
    const ownTrials = ofSearch(trials);
    const ownWorkers = ofSearch(workers);
    return {
      search,
      settings,
      begunAt: isoTime(begun),
      trials: asked,
      workers: ownWorkers.map((worker) => workerStatus(worker, ownTrials)),
      running: ownTrials.filter(({ recorded }) => !recorded).map((row) => running(row, ownWorkers)),
      results: stateOf(ownTrials).results,
    };
  });
}

function workerStatus(row: WorkerRow, trials: readonly StatusRow[]): WorkerStatus {
  const own = trials.filter(({ worker }) => worker === row.worker);
  const isWorking = own.some(({ recorded }) => !recorded);
  const { host, pid, threads, version, silent_s, lease_s } = row;
  const alive = isWorking ? 'working' : 'waiting';
  return {
    host,
    pid,
    instructionSet: row.instruction_set,
    threads,
    version,
    joinedAt: isoTime(row.joined),
    silentS: Math.max(0, silent_s),
    state: row.has_left ? 'left' : silent_s > lease_s ? 'silent' : alive,
    results: own.filter(({ recorded }) => recorded).length,
  };
}

function running(row: StatusRow, workers: readonly WorkerRow[]): RunningStatus {
  const place = workers.findIndex(({ worker }) => worker === row.worker);
  const [step] = stateOf([row]).running;
  return {
    ...step!,
    worker: place < 0 ? null : place,
    runningS: Math.max(0, row.running_s),
    leaseS: row.lease_s,
    lost: row.lost,
  };
}

function isoTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
