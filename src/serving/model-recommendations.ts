/** Makes the recommendations of served models. */

import { type RatingsSource, Recommendations } from './recommendations.js';
import type { RuleBook } from './rules/rule-book.js';
import type { ServedModel } from './served-models.js';

/** The recommendations of each served model, made once and kept as long as the model. */
export type RecommendationsOf = (model: ServedModel) => Recommendations;

/**
 * Makes `RecommendationsOf` over one store.
 *
 * @param rules - the shop's; null for none
 */
export function recommendationsPerModel(
  store: RatingsSource,
  rules: RuleBook | null = null,
): RecommendationsOf {
  const made = new WeakMap<ServedModel, Recommendations>();
  return (model) => {
    let own = made.get(model);
    if (own === undefined) {
      own = new Recommendations(store, model.run, model.recommender, rules);
      made.set(model, own);
    }
    return own;
  };
}
