/** Counts what is left to recommend, so that an empty answer can be explained. */

import type { ItemFilter, KnownItems } from './known-items.js';

/** How many items are left after each thing that leaves items out. */
export interface RecommendationsLeft {
  /** The items that the model knows. */
  readonly known: number;
  /** Those that the user has not rated. */
  readonly unseen: number;
  /** Those of them that the caller does not exclude by id. */
  readonly unexcluded: number;
  /** Those of them that fit the filter. */
  readonly fitting: number;
}

/**
 * Counts what is left of a model's items.
 *
 * @param seen - indices of the items that the user has rated
 */
export function recommendationsLeft(
  items: KnownItems,
  seen: readonly number[],
  options: ItemFilter & { readonly exclude?: readonly string[] | undefined },
): RecommendationsLeft {
  const known = items.count;
  const leftOut = [...seen, ...items.indices(items.idsOf(options.exclude ?? [], 'exclude'))];
  return {
    known,
    unseen: known - new Set(seen).size,
    unexcluded: known - new Set(leftOut).size,
    fitting: known - items.mask(leftOut, options).length,
  };
}
