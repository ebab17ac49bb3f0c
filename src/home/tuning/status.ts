/** What became of a home's searches, also while they run. */

import type { ModelName } from '../../config/models.js';
import { type HomeAt, placeAt } from '../../data/store/place.js';
import type {
  RunningStatus,
  SearchStatus,
  WorkerStatus,
} from '../../data/store/shared-searches.js';
import type { Store } from '../../data/store/store.js';
import type { ObjectiveName } from '../../eval/objective.js';
import { bestResult, type TrialResult } from '../../model/training/search.js';
import { HomeLocks } from '../../runs/locks.js';
import { withStore } from '../place/opened.js';
import { searchLock } from './alone.js';
import { searchSubject } from './settings.js';

/** A process that takes part in a search, or did. What only shared searches know is null for others. */
export interface TuningWorker
  extends Pick<WorkerStatus, 'host' | 'pid' | 'joinedAt' | 'state' | 'threads'> {
  readonly instructionSet: string | null;
  readonly version: string | null;
  /** Seconds since it was last heard of. */
  readonly silentS: number | null;
  /** Results that it recorded. */
  readonly results: number | null;
}

/** A result, and the instruction set that gave it where that is known. */
export interface TuningTrial extends TrialResult {
  readonly instructionSet: string | null;
}

/** A search, with everything that is known of it. */
export interface TuningSearch {
  readonly search: number;
  readonly model: ModelName;
  readonly objective: ObjectiveName;
  readonly seed: number;
  readonly fixed: readonly string[];
  /** SHA-256 of the data that it is about, in hex. */
  readonly dataHash: string;
  readonly backend: string;
  /** ISO 8601. */
  readonly begunAt: string;
  /** The most trials that a worker asked for; null where that is not kept. */
  readonly trials: number | null;
  /** In the order in which they joined; for a search of one process, the one that runs it now. */
  readonly workers: readonly TuningWorker[];
  /** Trainings that were handed out; empty for a search of one process. */
  readonly running: readonly RunningStatus[];
  /** In the order in which they were recorded. */
  readonly results: readonly TuningTrial[];
  /** Null while none has succeeded. */
  readonly best: TuningTrial | null;
}

/**
 * The searches of a home, the one that something happened in last first.
 *
 * @throws HomeError when there is no home, StorageError when its store cannot be reached
 */
export function tuningStatus(home: HomeAt): Promise<TuningSearch[]> {
  const { folder } = placeAt(home);
  return withStore(home, async (store) => {
    if (store.searches !== null) return (await store.searches.status()).map(sharedSearch);
    return ownSearches(store, folder);
  });
}

function sharedSearch(status: SearchStatus): TuningSearch {
  const { search, settings, begunAt, trials, workers, running, results } = status;
  return {
    search,
    ...subjectOf(search, settings),
    begunAt,
    trials,
    workers,
    running,
    results,
    best: bestOf(results),
  };
}

async function ownSearches(store: Store, folder: string): Promise<TuningSearch[]> {
  const locks = new HomeLocks(folder);
  const kept = (await store.journals?.list()) ?? [];
  const searches = kept.map(({ search, settings, begunAt, results }): TuningSearch => {
    const trials = results.map((result) => ({ ...result, instructionSet: null }));
    const holder = locks.holder(searchLock(search));
    const worker = holder && {
      host: holder.host,
      pid: holder.pid,
      joinedAt: holder.since,
      state: 'working' as const,
      threads: null,
      instructionSet: null,
      version: null,
      silentS: null,
      results: null,
    };
    return {
      search,
      ...subjectOf(search, settings),
      begunAt,
      trials: null,
      workers: worker === null ? [] : [worker],
      running: [],
      results: trials,
      best: bestOf(trials),
    };
  });
  // One that runs may have no result yet.
  return searches.toSorted((a, b) => b.workers.length - a.workers.length);
}

function subjectOf(search: number, settings: string) {
  const subject = searchSubject(settings, `search ${search}`);
  const { model, objective, seed, fixed, dataHash, backend } = subject;
  return { model, objective, seed, fixed, dataHash, backend };
}

function bestOf(results: readonly TuningTrial[]): TuningTrial | null {
  const best = bestResult(results);
  return results.find((result) => result === best) ?? null;
}
