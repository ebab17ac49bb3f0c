/** What a search of models maximises: NDCG@100 on whole fold-ins, on short ones, or on both. */
import type { HeldOutUsers } from '../data/split/users.js';
import type { Recommender } from '../model/recommender.js';
import { type Estimate, estimate, evaluate } from './evaluate.js';
import { evaluateShort, type ShortEvaluation } from './short-profiles.js';

/** `both` is the mean of `whole` and `short`. */
export const objectiveNames = ['whole', 'short', 'both'] as const;
export type ObjectiveName = (typeof objectiveNames)[number];

/** NDCG@100 of a model on the same users, by how much of them it sees. */
export interface ObjectiveScores {
  readonly whole: Estimate;
  /** The mean of the NDCG@100 of all short lengths; null where no user has a fold-in click. */
  readonly short: Estimate | null;
  /** The mean of `whole` and `short`; `whole` where `short` is null. */
  readonly both: Estimate;
  /** [users], what each user adds to `both`: its mean is that of `both`. For paired differences of two models. */
  readonly perUser: Float64Array;
}

const metric = 'ndcg@100';

/**
 * Measures a model's NDCG@100 on whole and on short fold-ins of held-out users.
 *
 * The standard errors are over users. A user counts in `short` with the lengths that the user's fold-in has.
 *
 * @throws SplitError when no user has a hidden click
 */
export async function objectiveScores(
  recommender: Recommender,
  heldOutUsers: HeldOutUsers,
): Promise<ObjectiveScores> {
  const { perUser } = await evaluate(recommender, heldOutUsers, [100]);
  const whole = perUser.metrics[metric]!;
  const short = shortColumn(perUser.users, await evaluateShort(recommender, heldOutUsers));
  const both = short === null ? whole : whole.map((value, u) => (value + short[u]!) / 2);
  return {
    whole: estimate(whole),
    short: short === null ? null : estimate(short),
    both: estimate(both),
    perUser: both,
  };
}

/** One score of a model by the name of the objective. @throws SplitError as `objectiveScores` */
export async function objectiveScore(
  recommender: Recommender,
  heldOutUsers: HeldOutUsers,
  objective: ObjectiveName,
): Promise<number> {
  if (objective === 'whole') {
    return (await evaluate(recommender, heldOutUsers, [100])).metrics[metric]!.mean;
  }
  const scores = await objectiveScores(recommender, heldOutUsers);
  return (scores[objective] ?? scores.whole).mean;
}

/**
 * Each user's part in the mean M of the lengths' means. With N users, L lengths, and n_l users and the mean m_l at
 * length l:
 *
 *   part_u = M + (N/L)·Σ_{l: u has l clicks} (x_ul − m_l) / n_l
 *
 * The parts have the mean M, and their spread gives its standard error (the linearised one, because the n_l differ).
 * Where every user has every length, a part is the user's mean over the lengths.
 *
 * @returns [users]; null when there is no length
 */
function shortColumn(
  users: readonly string[],
  lengths: readonly ShortEvaluation[],
): Float64Array | null {
  if (lengths.length === 0) return null;
  const means = lengths.map(({ evaluation }) => evaluation.metrics[metric]!.mean);
  const mean = means.reduce((sum, each) => sum + each, 0) / lengths.length;
  const column = new Float64Array(users.length).fill(mean);
  const placeOf = new Map(users.map((user, place) => [user, place]));
  lengths.forEach(({ evaluation }, l) => {
    const { perUser } = evaluation;
    const scale = users.length / (lengths.length * evaluation.users);
    perUser.users.forEach((user, u) => {
      column[placeOf.get(user)!]! += scale * (perUser.metrics[metric]![u]! - means[l]!);
    });
  });
  return column;
}
