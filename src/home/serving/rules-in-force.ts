/** The rules of a home that are in force, over the items of a run: to measure what they cost. */

import type { HeldOutUsers } from '../../data/split/users.js';
import type { HomeAt } from '../../data/store/place.js';
import type { Evaluation } from '../../eval/evaluate.js';
import { evaluate } from '../../eval/evaluate.js';
import { type RulesCost, rulesCost } from '../../eval/rules/rules-cost.js';
import type { Recommender } from '../../model/recommender.js';
import type { StoredRun } from '../../runs/format.js';
import { ItemKeeper } from '../../serving/items/item-keeper.js';
import { Vocabulary } from '../../serving/items/vocabulary.js';
import { type ItemRules, itemRules } from '../../serving/rules/item-rules.js';
import { RuleBook } from '../../serving/rules/rule-book.js';
import { RuledRecommender } from '../../serving/rules/ruled-recommender.js';
import { withStoreOf } from '../place/opened.js';

/**
 * The rules that hold now, over a run's items; null where none does, or the home has no database.
 *
 * @param onRemark - told why the rules cannot be read
 */
export function rulesInForce(
  home: HomeAt,
  { vocabulary }: Pick<StoredRun, 'vocabulary'>,
  onRemark: (text: string) => void,
): Promise<ItemRules | null> {
  const unknown = 'what the rules cost is not known';
  return withStoreOf(home, { unknown, onRemark }, async (store) => {
    const { rules } = (await new RuleBook(store).current()).inForce();
    if (rules.length === 0) return null;
    const known = await new ItemKeeper(store, new Vocabulary(vocabulary.items)).current();
    await known.learnGenres(rules, store);
    return itemRules(known, rules);
  });
}

/** What is measured under rules. */
export interface CostQuestion {
  readonly rules: ItemRules;
  readonly users: HeldOutUsers;
  readonly ks: readonly number[];
  /** Without the rules, of the same users and cutoffs. */
  readonly plain: Evaluation;
  /** Of the intervals. */
  readonly seed: number;
}

/** Measures what rules cost a model. */
export async function costOfRules(
  label: string,
  recommender: Recommender,
  { rules, users, ks, plain, seed }: CostQuestion,
): Promise<RulesCost> {
  const ruled = await evaluate(new RuledRecommender(recommender, rules), users, ks);
  const named = rules.rules.map(({ id, kind, name = null }) => ({ id, kind, name }));
  return rulesCost(label, named, { ruled, plain }, seed);
}
