/** A search of one process, whose results the store of its home keeps. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { makeHomeFolder } from '../../data/home.js';
import type { SearchJournal } from '../../data/store/journal.js';
import { shownPlace } from '../../data/store/place.js';
import type { Store } from '../../data/store/store.js';
import { HomeError } from '../../errors.js';
import { search } from '../../model/training/search.js';
import { type Claim, HomeLocks, holderText, unknownHolder } from '../../runs/locks.js';
import { measureTrial } from './measurement.js';
import type { SearchOutcome, SearchRequest } from './request.js';

/** The name of the lock of a search. */
export const searchLock = (search: number) => `tuning.${search}`;

/**
 * Searches until the search is over, or until it is stopped.
 *
 * @returns all results, and whether it was stopped before the end
 * @throws HomeError when another process runs the same search
 */
export async function searchAlone(store: Store, request: SearchRequest): Promise<SearchOutcome> {
  const { folder, settings, stop } = request;
  if (store.journals === null) {
    throw new HomeError(`${shownPlace(store.place)} keeps no searches; leave --store out`);
  }
  const journal = await store.journals.open(settings);
  let claim: Claim | null = null;
  try {
    claim = claimSearch(folder, journal.search);
    request.onSearch({ results: await journal.results(), shared: null });
    const checkpoint = join(folder, 'tuning', String(journal.search));
    let isStopped = false;
    try {
      makeHomeFolder(checkpoint);
      await searchAll(journal, checkpoint, request);
      rmSync(checkpoint, { recursive: true, force: true });
    } catch (error) {
      if (!stop.aborted || error !== stop.reason) throw error;
      isStopped = true;
    }
    return { results: await journal.results(), isStopped };
  } finally {
    claim?.release();
    await journal.close();
  }
}

/** Reserves a search for its caller. @throws HomeError when somebody else runs it */
function claimSearch(folder: string, search: number): Claim {
  const locks = new HomeLocks(folder);
  const name = searchLock(search);
  const claim = locks.alone(() => locks.claim(name));
  if (claim !== null) return claim;
  throw new HomeError(
    `${holderText(locks.holder(name) ?? unknownHolder)} runs the same search; wait until it ends, or stop it. Its results are kept, and the same command goes on`,
  );
}

/** @param checkpoint - folder of the checkpoint of the trial in progress */
async function searchAll(
  journal: SearchJournal,
  checkpoint: string,
  { plan, bench, stop, onTrial, onResult }: SearchRequest,
): Promise<void> {
  const results = [...(await journal.results())];
  await search({
    plan,
    journal,
    ...(onTrial && { onStart: onTrial }),
    onResult: (result) => {
      results.push(result);
      onResult(result, results);
    },
    objective: ({ config }) => measureTrial(bench, config, { folder: checkpoint, stop }),
  });
}
