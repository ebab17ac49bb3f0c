/** A home's part in a search that workers on many machines share. */

import { createHash } from 'node:crypto';
import { readdirSync, rmdirSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { makeHomeFolder } from '../../data/home.js';
import type {
  HeldTrial,
  SearchStatus,
  SearchWorker,
  SharedSearches,
  SharedTrialResult,
  WorkerStatus,
} from '../../data/store/shared-searches.js';
import type { TrialResult } from '../../model/training/search.js';
import { takePart } from '../../model/training/shared-search.js';
import { type Claim, HomeLocks } from '../../runs/locks.js';
import { packageVersion } from '../../version.js';
import { measureTrial } from './measurement.js';
import type { SearchOutcome, SearchRequest } from './request.js';
import { differences } from './settings.js';

/** How long a worker may be silent before others take its training over. */
export const defaultLeaseS = 30;

/**
 * Takes part in a search until it is over for everybody, or until this worker is stopped.
 *
 * @returns all results of the search, by whichever worker, and whether this one was stopped before the end
 * @throws what a training throws, after the trial was given back
 */
export async function searchTogether(
  searches: SharedSearches,
  options: SearchRequest,
): Promise<SearchOutcome> {
  const { plan, settings, bench, stop, onTrial } = options;
  const { onRemark = () => undefined } = bench.hooks;
  const worker = thisWorker(options);
  const shared = await searches.join(settings, worker, { signal: stop, onRemark });
  const checkpoints = new TrialCheckpoints(options, worker.instructionSet);
  let known: readonly SharedTrialResult[] = [];
  let isStopped = false;
  try {
    known = (await shared.state()).results;
    const others = await searches.status();
    if (shared.isNew) noteOthers(others, settings, onRemark);
    const workers = others.find(({ search }) => search === shared.search)?.workers ?? [];
    const alive = workers.filter(isAlive);
    const start = { search: shared.search, isNew: shared.isNew, workers: alive.length - 1 };
    options.onSearch({ results: known, shared: start });
    checkpoints.sweep(known);
    await takePart({
      plan,
      shared,
      signal: stop,
      onStart: (held) => {
        noteTaken(held, onRemark);
        onTrial?.(held);
      },
      onResult: (result, { results }) => {
        known = results;
        options.onResult(result, results);
      },
      onLate: ({ trial }) =>
        onRemark(
          `another worker has recorded the result of trial ${trial + 1} first; this one's is not kept`,
        ),
      onWait: () => onRemark('nothing is left to train until other workers have results; waiting'),
      objective: (held, ended) =>
        checkpoints.within(held, (folder) =>
          measureTrial(bench, held.config, { folder, stop: AbortSignal.any([stop, ended]) }),
        ),
    });
  } catch (error) {
    if (!stop.aborted || error !== stop.reason) throw error;
    isStopped = true;
  } finally {
    await shared.leave();
  }
  // Where the store is gone, what was known last is the answer.
  known = await shared.state().then(
    ({ results }) => results,
    () => known,
  );
  if (!isStopped) checkpoints.sweep(known);
  return { results: known, isStopped };
}

function thisWorker({ plan, bench, leaseS }: SearchRequest): SearchWorker {
  const { arithmetic } = bench.engine ?? {};
  return {
    host: hostname(),
    pid: process.pid,
    instructionSet: arithmetic?.instructionSet ?? process.arch,
    threads: arithmetic?.threads ?? null,
    version: packageVersion,
    trials: plan.trials,
    leaseS,
  };
}

/** Whoever begins a search beside one that is going on may have meant to join that. */
function noteOthers(
  searches: readonly SearchStatus[],
  settings: string,
  onRemark: (text: string) => void,
): void {
  for (const { search, settings: other, workers } of searches) {
    if (other === settings) continue;
    if (!workers.some(isAlive)) continue;
    onRemark(
      `search ${search} of this store is going on too, with ${differences(settings, other)}; this command does not join it`,
    );
  }
}

function isAlive({ state }: WorkerStatus): boolean {
  return state === 'working' || state === 'waiting';
}

function noteTaken({ trial, lost }: HeldTrial, onRemark: (text: string) => void): void {
  if (lost > 0) onRemark(`takes trial ${trial + 1} over from a worker that was lost`);
}

/** The folders of checkpoints, one for each training, so that workers of one home do not meet in them. */
class TrialCheckpoints {
  readonly #folder: string;
  readonly #name: string;
  readonly #locks: HomeLocks;
  readonly #instructionSet: string;

  constructor({ folder, settings }: SearchRequest, instructionSet: string) {
    const hash = createHash('sha256').update(settings).digest('hex').slice(0, 12);
    this.#name = `shared-${hash}`;
    this.#folder = join(folder, 'tuning', this.#name);
    this.#locks = new HomeLocks(folder);
    this.#instructionSet = instructionSet;
  }

  /** Trains in the folder of a training; it stays when the training is stopped. */
  async within<T>(held: HeldTrial, train: (folder: string) => Promise<T>): Promise<T> {
    const own = `${held.trial}.${held.rung}.${this.#instructionSet}`;
    const claim = this.#claim(own);
    // Another process of this home trains the same, because one of the two has lost its lease.
    const folder = join(this.#folder, claim === null ? `${own}.${held.lease}` : own);
    try {
      makeHomeFolder(folder);
      const result = await train(folder);
      rmSync(folder, { recursive: true, force: true });
      return result;
    } catch (error) {
      if (claim === null || held.ended.aborted) rmSync(folder, { recursive: true, force: true });
      throw error;
    } finally {
      claim?.release();
    }
  }

  /** Removes the checkpoints of trainings that have a result: their workers were killed. */
  sweep(results: readonly TrialResult[]): void {
    const names = new Set(results.map(({ trial, rung }) => `${trial}.${rung}`));
    for (const name of foldersIn(this.#folder)) {
      const [trial, rung, set] = name.split('.');
      if (!names.has(`${trial}.${rung}`)) continue;
      const claim = this.#claim(`${trial}.${rung}.${set}`);
      if (claim === null) continue;
      rmSync(join(this.#folder, name), { recursive: true, force: true });
      claim.release();
    }
    try {
      rmdirSync(this.#folder);
    } catch {
      // It holds checkpoints of others, or is not there.
    }
  }

  #claim(name: string): Claim | null {
    return this.#locks.alone(() => this.#locks.claim(`tuning.${this.#name}.${name}`));
  }
}

function foldersIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
