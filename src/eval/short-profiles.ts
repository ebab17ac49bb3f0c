/** Accuracy on short profiles: held-out users of whom the model sees a few clicks only. */
import { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import { type HeldOutUsers, hiddenCounts, selectUsers } from '../data/split/users.js';
import type { Recommender } from '../model/recommender.js';
import { RandomStream } from '../random.js';
import { type Comparison, compare } from './compare.js';
import { type Evaluation, evaluate, type MeasuredUsers } from './evaluate.js';

/** The lengths to which fold-ins are cut, in clicks. */
export const shortLengths: readonly number[] = [1, 2, 3, 5];
/** Cutoffs of these metrics. */
const shortCutoffs: readonly number[] = [20, 100];
/** The figures on short profiles that are reported. */
export const shortMetrics = ['ndcg@100', 'hit@20', 'hit@100'] as const;
export type ShortMetric = (typeof shortMetrics)[number];

/** One seed for all models and runs: each of them sees the same clicks of a user. */
const seed = 1;

/** Held-out users whose fold-ins are cut to the same number of clicks. */
export interface ShortProfiles extends MeasuredUsers {
  /** [U, I], the whole fold-ins: none of their items is recommended, so the choice is the same at every length. */
  readonly masked: ClickMatrix;
  /** The number of users with a hidden click who have fewer fold-in clicks. They are left out. */
  readonly leftOut: number;
}

/**
 * Cuts each fold-in to k clicks; the hidden clicks stay.
 *
 * The k clicks are a random sample that depends on the user's id, the length of the fold-in and k alone. A shorter
 * sample is part of a longer one. Users without a hidden click are not among the result, because there is nothing
 * to find.
 *
 * @param k - clicks to keep, at least 1
 */
export function shortProfiles(heldOutUsers: HeldOutUsers, k: number): ShortProfiles {
  const { users, foldIn } = heldOutUsers;
  const hidden = hiddenCounts(heldOutUsers);
  const measured = users.map((_, u) => u).filter((u) => hidden[u]! > 0);
  const rows = measured.filter((u) => foldIn.row(u).length >= k);
  return {
    ...selectUsers(heldOutUsers, rows),
    foldIn: ClickMatrix.fromRows(
      foldIn.columns,
      rows.map((u) => sample(foldIn.row(u), users[u]!, k)),
    ),
    masked: foldIn.select(rows),
    leftOut: measured.length - rows.length,
  };
}

/** k of a user's clicks, in file order. */
function sample(clicks: Int32Array, user: UserId, k: number): Int32Array {
  const order = new RandomStream(seed, `short profile/${user}`).permutation(clicks.length);
  return order
    .subarray(0, k)
    .sort()
    .map((place) => clicks[place]!);
}

/** A model on fold-ins of one length. */
export interface ShortEvaluation {
  /** The clicks that the model sees of each user. */
  readonly clicks: number;
  /** The number of users with a hidden click and fewer fold-in clicks; they are in no mean. */
  readonly leftOut: number;
  /** In `shortMetrics` alone. */
  readonly evaluation: Evaluation;
}

/**
 * Measures a model on short profiles.
 *
 * @returns one result a length, shortest first; a length that no user has is missing
 */
export async function evaluateShort(
  recommender: Recommender,
  heldOutUsers: HeldOutUsers,
): Promise<ShortEvaluation[]> {
  const results: ShortEvaluation[] = [];
  for (const clicks of shortLengths) {
    const profiles = shortProfiles(heldOutUsers, clicks);
    if (profiles.users.length === 0) continue;
    const evaluation = inShortMetrics(await evaluate(recommender, profiles, shortCutoffs));
    results.push({ clicks, leftOut: profiles.leftOut, evaluation });
  }
  return results;
}

function inShortMetrics(evaluation: Evaluation): Evaluation {
  const { metrics, perUser } = evaluation;
  const pick = <T>(values: Readonly<Record<string, T>>) =>
    Object.fromEntries(shortMetrics.map((key) => [key, values[key]!]));
  return {
    ...evaluation,
    metrics: pick(metrics),
    perUser: { ...perUser, metrics: pick(perUser.metrics) },
  };
}

/** Several models on fold-ins of one length. */
export interface ShortComparison extends Pick<Comparison, 'users' | 'models' | 'differences'> {
  /** The clicks that the models see of each user. */
  readonly clicks: number;
  /** The number of users with a hidden click and fewer fold-in clicks; they are in no mean. */
  readonly leftOut: number;
}

/**
 * Compares models on short profiles, as `compare` does on whole ones: each length alone.
 *
 * @param models - measured on the same users by `evaluateShort`, at least one
 * @param seed - of the bootstrap
 */
export function compareShort(
  models: readonly { readonly label: string; readonly short: readonly ShortEvaluation[] }[],
  seed: number,
): ShortComparison[] {
  return models[0]!.short.map(({ clicks, leftOut }, place) => {
    const measured = models.map(({ label, short }) => ({
      label,
      evaluation: short[place]!.evaluation,
    }));
    const { users, models: estimates, differences } = compare(measured, seed);
    return { clicks, users, leftOut, models: estimates, differences };
  });
}
