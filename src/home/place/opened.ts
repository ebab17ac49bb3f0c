/** Opens what a use case needs of a home: its store, and its runs wherever they are kept. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openStore } from '../../data/store/open.js';
import { type HomeAt, type HomePlace, placeAt } from '../../data/store/place.js';
import type { Store } from '../../data/store/store.js';
import { MultvaeError } from '../../errors.js';
import { EvaluationStore } from '../../runs/evaluations.js';
import type { Evaluations, Runs } from '../../runs/shared/runs.js';
import { StoreEvaluations } from '../../runs/shared/store-evaluations.js';
import { StoreRuns } from '../../runs/shared/store-runs.js';
import { RunStore } from '../../runs/store.js';

/** The published runs of a home, and the documents about them. */
export interface KeptRuns {
  readonly runs: Runs;
  readonly evaluations: Evaluations;
  /** The published runs in the home folder that a shared store does not have, newest first. */
  unsent(): Promise<readonly string[]>;
}

/** Uses the store of a home, and closes it. @throws HomeError as `openStore` */
export async function withStore<T>(home: HomeAt, use: (store: Store) => Promise<T>): Promise<T> {
  const store = await openStore(placeAt(home));
  try {
    return await use(store);
  } finally {
    await store.close();
  }
}

/**
 * Uses the store of a home where there is one: a run is measured on its own split, so that a home without one is enough.
 *
 * @param options - `unknown`: what is not known where the store cannot be read; `onRemark` is told that, and why
 * @returns null where there is no store, or it cannot be read
 */
export async function withStoreOf<T>(
  home: HomeAt,
  { unknown, onRemark }: { readonly unknown: string; readonly onRemark: (text: string) => void },
  use: (store: Store) => Promise<T>,
): Promise<T | null> {
  const place = placeAt(home);
  if (place.store === null && !existsSync(join(place.folder, 'multvae.db'))) return null;
  try {
    return await withStore(place, use);
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    onRemark(`${unknown}: ${error.message}`);
    return null;
  }
}

/** Uses the runs of a home. Where they live in the folder, the store is not opened: there need not be one. */
export async function withRuns<T>(
  home: HomeAt,
  use: (kept: KeptRuns) => T | Promise<T>,
): Promise<T> {
  const place = placeAt(home);
  if (place.store === null) return use(localRuns(place));
  return withStore(place, async (store) => use(keptRuns(place, store)));
}

/** The runs of a home whose store is open. */
export function keptRuns(place: HomePlace, { runs: shared }: Pick<Store, 'runs'>): KeptRuns {
  if (shared === null) return localRuns(place);
  const local = new RunStore(place.folder);
  const runs = new StoreRuns(place.folder, local, shared);
  return { runs, evaluations: new StoreEvaluations(shared), unsent: () => runs.unsent() };
}

function localRuns({ folder }: HomePlace): KeptRuns {
  return {
    runs: new RunStore(folder),
    evaluations: new EvaluationStore(folder),
    unsent: async () => [],
  };
}
