/** The rules of a home that are in force, over the items of a run: to measure what they cost. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HeldOutUsers } from '../../data/split/users.js';
import { RatingsDatabase } from '../../data/store/sqlite/ratings-database.js';
import { MultvaeError } from '../../errors.js';
import type { Evaluation } from '../../eval/evaluate.js';
import { evaluate } from '../../eval/evaluate.js';
import { type RulesCost, rulesCost } from '../../eval/rules-cost.js';
import type { Recommender } from '../../model/recommender.js';
import type { StoredRun } from '../../runs/format.js';
import { KnownItems } from '../../serving/known-items.js';
import type { ItemRules } from '../../serving/rules/item-rules.js';
import { ModelRules } from '../../serving/rules/model-rules.js';
import { RuleBook } from '../../serving/rules/rule-book.js';
import { RuledRecommender } from '../../serving/rules/ruled-recommender.js';

/**
 * The rules that hold now, over a run's items; null where none does, or the home has no database.
 *
 * @param onRemark - told why the rules cannot be read
 */
export function rulesInForce(
  folder: string,
  { vocabulary }: Pick<StoredRun, 'vocabulary'>,
  onRemark: (text: string) => void,
): ItemRules | null {
  if (!existsSync(join(folder, 'multvae.db'))) return null;
  try {
    const database = RatingsDatabase.open(folder);
    try {
      return new ModelRules(new RuleBook(database), new KnownItems(database, vocabulary)).of({});
    } finally {
      database.close();
    }
  } catch (error) {
    if (!(error instanceof MultvaeError)) throw error;
    onRemark(`what the rules cost is not known: ${error.message}`);
    return null;
  }
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
