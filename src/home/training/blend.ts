/** The best blend of trained models: its weights are learned on validation users. */

import type { HeldOutUsers } from '../../data/split/users.js';
import { type ObjectiveScores, objectiveScores } from '../../eval/objective.js';
import { Ensemble } from '../../model/ensemble.js';
import { popularityLosses } from '../../model/items/discounts.js';
import type { Recommender } from '../../model/recommender.js';
import { CachedScores, usersThatFit } from './cached-scores.js';
import { weightsInTime } from './member-weights.js';

/** The discounts of popular items that are tried with the learned weights, as long as one gains. */
const discounts = [0.03, 0.06, 0.1, 0.15];
/** Profiles of a validation user: the whole fold-in, and those of one, two, three and five clicks. */
const profilesPerUser = 5;

/** The blend that was found. */
export interface Blend {
  /** One a member, with three decimals; they add up to 1, but for rounding. */
  readonly weights: readonly number[];
  /** The `popularityDiscount` of the ensemble. */
  readonly popularityDiscount: number;
  readonly scores: ObjectiveScores;
  /** Whether the time was up before the end. */
  readonly isCut: boolean;
}

/** What is blended, and for whom. */
export interface BlendMaterial {
  /** They stay with the caller. */
  readonly members: readonly Recommender[];
  readonly users: HeldOutUsers;
  /** [I], the training clicks of each item. */
  readonly trainClicks: Int32Array;
}

/**
 * Learns the weights of a blend of two or more members by the objective of `auto`, as an ensemble with
 * `"weights": "validation"` learns its own: drawn towards equal weights, without the members that do not help. Then it
 * tries to let popular items lead less.
 *
 * Where the scores of all users take more than 256 MB, this is done on the first users alone; the scores that are given
 * are always of all users.
 *
 * @param isUp - whether the time is up; asked between two blends
 * @returns null when there are fewer than two members, or no time
 */
export async function bestBlend(
  { members, users, trainClicks }: BlendMaterial,
  isUp: () => boolean,
): Promise<Blend | null> {
  if (members.length < 2 || isUp()) return null;
  const chosenOn = usersThatFit(users, members, profilesPerUser);
  const cached = members.map((model) => new CachedScores(model));
  const measure = async (blend: Recommender, measured: HeldOutUsers) =>
    (await objectiveScores(blend, measured)).perUser;
  const weights = await weightsInTime({ members: cached, users: chosenOn, measure }, isUp);
  const scoresOf = (models: readonly Recommender[], discount: number, measured: HeldOutUsers) => {
    const weighted = models.map((model, k) => ({ model, weight: weights[k]! }));
    return objectiveScores(
      new Ensemble(weighted, popularityLosses(trainClicks, discount)),
      measured,
    );
  };
  let popularityDiscount = 0;
  let scores = await scoresOf(cached, 0, chosenOn);
  for (const discount of discounts) {
    if (isUp()) break;
    const discounted = await scoresOf(cached, discount, chosenOn);
    if (discounted.both.mean <= scores.both.mean) break;
    popularityDiscount = discount;
    scores = discounted;
  }
  const isCut = isUp();
  if (chosenOn !== users) scores = await scoresOf(members, popularityDiscount, users);
  return { weights, popularityDiscount, scores, isCut };
}
