/** The best blend of trained models: its weights are chosen on validation users. */

import type { HeldOutUsers } from '../../data/split/users.js';
import { type ObjectiveScores, objectiveScores } from '../../eval/objective.js';
import { Ensemble } from '../../model/ensemble.js';
import type { Recommender } from '../../model/recommender.js';
import { CachedScores, usersThatFit } from './cached-scores.js';

/** Weights are whole quarters. */
const parts = 4;
/** Profiles of a validation user: the whole fold-in, and those of one, two, three and five clicks. */
const profilesPerUser = 5;

/** The blend that was found. */
export interface Blend {
  /** One a member, each a whole quarter; they add up to 1. */
  readonly weights: readonly number[];
  readonly scores: ObjectiveScores;
  /** Whether some weights were not tried because the time was up. */
  readonly isCut: boolean;
}

/**
 * Tries every blend of two or more members whose weights are whole quarters. On a tie, the weight of an earlier
 * member is higher.
 *
 * Where the scores of all users take more than 256 MB, the weights are chosen on the first users alone; the scores
 * that are given are always of all users.
 *
 * @param members - they stay with the caller
 * @param isUp - whether the time is up; asked between two blends
 * @returns null when there are fewer than two members, or no time
 */
export async function bestBlend(
  members: readonly Recommender[],
  users: HeldOutUsers,
  isUp: () => boolean,
): Promise<Blend | null> {
  const chosenOn = usersThatFit(users, members, profilesPerUser);
  const cached = members.map((model) => new CachedScores(model));
  let best: Omit<Blend, 'isCut'> | null = null;
  let isCut = false;
  for (const weights of shares(members.length, parts)) {
    if (weights.filter((weight) => weight > 0).length < 2) continue;
    if (isUp()) {
      isCut = true;
      break;
    }
    const scores = await objectiveScores(blendOf(cached, weights), chosenOn);
    if (best === null || scores.both.mean > best.scores.both.mean) best = { weights, scores };
  }
  if (best === null) return null;
  const { weights } = best;
  if (chosenOn === users) return { ...best, isCut };
  return { weights, scores: await objectiveScores(blendOf(members, weights), users), isCut };
}

function blendOf(members: readonly Recommender[], weights: readonly number[]): Ensemble {
  return new Ensemble(members.map((model, k) => ({ model, weight: weights[k]! })));
}

/** All ways to give whole parts of 1 to n members; the first member gets the most first. */
function* shares(n: number, left: number): Generator<number[]> {
  if (n === 0) return;
  if (n === 1) {
    yield [left / parts];
    return;
  }
  for (let own = left; own >= 0; own--) {
    for (const rest of shares(n - 1, left - own)) yield [own / parts, ...rest];
  }
}
