/** What a request for recommendations may ask, with the limits and defaults of it. */

import type { FieldsChoice } from '../filter/field-choice.js';
import type { ItemFilter } from '../known-items.js';
import type { RankingOptions } from './ranking.js';

/** The options of any request; the defaults are those of `recommendationLimits`. */
export interface ProfileOptions extends ItemFilter, FieldsChoice, RankingOptions {
  /** Ids of further items to leave out; unknown ids are ignored. */
  readonly exclude?: readonly string[] | undefined;
  /** Ids of the items to rank; the others are left out, and so are unknown ids. Default: all items. */
  readonly only?: readonly string[] | undefined;
  /**
   * How many new products (`serving/new-items/`) each page of `n` may hold, at marked places, the newest first. Default: 0.
   */
  readonly newItems?: number | undefined;
  /** Whether to name the clicks that raised each item. Default: false. */
  readonly explain?: boolean | undefined;
  /** Whether the shop's rules are followed. Default: on. */
  readonly rules?: 'on' | 'off' | undefined;
  /**
   * The answer to a profile without a click that the model knows: the most popular items, or an error.
   * Default: `popularity`.
   */
  readonly fallback?: 'popularity' | 'none' | undefined;
}

/** The options of a request for a stored user. */
export interface RecommendationOptions extends ProfileOptions {
  /** Ids of the items in the basket: they count as clicks, and none of them is recommended. Default: none. */
  readonly items?: readonly string[] | undefined;
  /** Whether to leave out every item that the user has rated, however low. Default: true. */
  readonly excludeSeen?: boolean | undefined;
}

/** Limits and defaults of the options, the same for HTTP and the command line. */
export const recommendationLimits = {
  maxN: 1000,
  defaultN: 10,
  maxOffset: 1_000_000_000,
  maxNewItems: 100,
  maxSeed: 2 ** 32 - 1,
  /** Ids in a basket, and to rank alone. */
  maxItems: 10_000,
  maxExcluded: 100_000,
} as const;
