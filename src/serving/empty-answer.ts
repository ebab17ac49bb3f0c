/** Counts what is left to recommend, so that an empty answer can be explained. */

import type { ItemFilter, KnownItems } from './known-items.js';
import type { ProfileOptions } from './ranking/options.js';

/** How many items are left after each thing that leaves items out. */
export interface RecommendationsLeft {
  /** The items that the model knows. */
  readonly known: number;
  /** Those that the user has not rated. */
  readonly unseen: number;
  /** Those of them that the caller does not exclude by id. */
  readonly unexcluded: number;
  /** Those of them that `only` names; all of them without it. */
  readonly asked: number;
  /** Those of them that are available. */
  readonly available: number;
  /** Those of them that fit the filter. */
  readonly fitting: number;
}

/**
 * Counts what is left of a model's items.
 *
 * @param seen - indices of the items that the user has rated, or has in the basket
 */
export function recommendationsLeft(
  items: KnownItems,
  seen: readonly number[],
  options: ItemFilter & Pick<ProfileOptions, 'exclude' | 'only'>,
): RecommendationsLeft {
  const known = items.count;
  const { exclude = [], only } = options;
  const leftOut = [...seen, ...items.indices(items.idsOf(exclude, 'exclude'))];
  const others = only === undefined ? [] : items.others(items.indices(items.idsOf(only, 'only')));
  const unasked = leftOut.concat(others);
  return {
    known,
    unseen: known - new Set(seen).size,
    unexcluded: known - new Set(leftOut).size,
    asked: known - new Set(unasked).size,
    available: known - items.mask(unasked, {}).length,
    fitting: known - items.mask(unasked, options).length,
  };
}
