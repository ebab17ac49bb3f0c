/** Draws synthetic users from a generative model. */

import { wholeProfiles } from '../data/split/users.js';
import type { CatalogueEntry } from '../data/store/catalogue.js';
import type { Store } from '../data/store/store.js';
import type { Generative } from '../model/recommender.js';
import { RandomStream } from '../random.js';
import type { StoredRun } from '../runs/format.js';

/** How many synthetic users to draw, and how. */
export interface SyntheticUserOptions {
  readonly count: number;
  /** Clicks of each user, at most I. Default: as many as a validation user that is drawn at random. */
  readonly clicks?: number;
  /** User k depends only on the seed and k. */
  readonly seed: number;
}

/** A user drawn from a model. */
export interface SyntheticUser {
  /** `synthetic-1`, `synthetic-2`, … */
  readonly userId: string;
  /** In the order of drawing. */
  readonly items: readonly CatalogueEntry[];
}

/** Synthetic users of a run. */
export interface SyntheticUsers {
  /** The id of the run. */
  readonly modelVersion: string;
  readonly seed: number;
  readonly users: readonly SyntheticUser[];
}

/**
 * Draws users from a run's model (`Generative.sample`), and adds titles.
 *
 * @param model - made from `run`
 * @throws ArgumentError when `clicks` exceeds the number of items, or the likelihood gives no probabilities
 */
export async function syntheticUsers(
  store: Pick<Store, 'catalogue'>,
  run: Pick<StoredRun, 'id' | 'vocabulary' | 'split'>,
  model: Generative,
  { count, clicks, seed }: SyntheticUserOptions,
): Promise<SyntheticUsers> {
  const real = wholeProfiles(run.split.validation);
  const lengths = Array.from({ length: count }, (_, k) => {
    const likeness = new RandomStream(seed, 'length', k).integer(real.rows);
    return clicks ?? real.row(likeness).length;
  });
  const rows = await model.sample(lengths, seed);
  const users: SyntheticUser[] = [];
  for (const k of lengths.keys()) {
    const ids = Array.from(rows.row(k), (item) => run.vocabulary.items[item]!);
    users.push({ userId: `synthetic-${k + 1}`, items: await store.catalogue(ids) });
  }
  return { modelVersion: run.id, seed, users };
}
