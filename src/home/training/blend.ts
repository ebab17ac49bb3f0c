/** The weights of a blend, learned on validation users and drawn towards equal weights. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import type { HeldOutUsers } from '../../data/split/users.js';
import { type Estimate, estimate, evaluate } from '../../eval/evaluate.js';
import { type ObjectiveScores, objectiveScores } from '../../eval/objective.js';
import { Ensemble } from '../../model/ensemble.js';
import type { Recommender } from '../../model/recommender.js';
import type { MemberWeights } from '../../model/training/model-training.js';

/** What a weight is multiplied with, one weight after the other. */
const factors = [0, 0.5, 0.8, 1.25, 2];
/** How often all weights are gone through, at most. */
const maxSweeps = 4;
/** A sweep that gains less is the last. */
const minGain = 1e-5;
/** Users are divided into so many parts to measure the gain. */
const folds = 5;
/** The scores of all members that are kept while weights are tried, in bytes. */
const maxCacheBytes = 256 * 2 ** 20;
/** Weights are chosen on at least so many users, whatever their scores take. */
const minUsers = 200;
/** Rows that `auto` scores of a user: the whole fold-in, and those of one, two, three and five clicks. */
const profilesPerUser = 5;

/** The blend that `auto` found. */
export interface Blend extends Pick<LearnedWeights, 'weights' | 'isCut'> {
  readonly scores: ObjectiveScores;
}

/**
 * The blend of models that `auto` chooses by: NDCG@100 of whole and of short fold-ins.
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
  if (members.length < 2 || isUp()) return null;
  const measure = async (blend: Recommender, measured: HeldOutUsers) =>
    (await objectiveScores(blend, measured)).perUser;
  const { weights, isCut } = await learnWeights({ members, users, measure, profilesPerUser, isUp });
  const blend = new Ensemble(members.map((model, k) => ({ model, weight: weights[k]! })));
  return { weights, scores: await objectiveScores(blend, users), isCut };
}

/**
 * The weights of an ensemble with `"weights": "validation"`: those of the highest NDCG@100.
 *
 * @param members - they stay with the caller
 */
export async function weightsOnValidation(
  members: readonly Recommender[],
  users: HeldOutUsers,
): Promise<MemberWeights> {
  const { weights, gain } = await learnWeights({
    members,
    users,
    measure: async (blend, measured) =>
      (await evaluate(blend, measured, [100])).perUser.metrics['ndcg@100']!,
  });
  const blend = members.map(({ model }, k) => `${weights[k]!} ${model}`).join(' + ');
  return { weights, remark: `weights learned on validation users: ${blend}. ${gained(gain)}` };
}

function gained(gain: Estimate | null): string {
  if (gain === null) return 'There are too few users to say what they gain over equal weights.';
  const { mean, se } = gain;
  const figure = `${mean.toFixed(4)} ± ${(1.96 * se).toFixed(4)} (95 %, measured on users that had no part in the choice)`;
  return mean > 0
    ? `NDCG@100 gains ${figure} over equal weights.`
    : `Equal weights are kept: learned ones would change NDCG@100 by ${figure}.`;
}

/** What a blend is measured by. */
export interface BlendTask {
  /** They score the same items, and stay with the caller. */
  readonly members: readonly Recommender[];
  readonly users: HeldOutUsers;
  /** Gives what each user with a hidden click adds to the mean that is maximised, in the users' order. */
  readonly measure: (blend: Recommender, users: HeldOutUsers) => Promise<Float64Array>;
  /** The number of rows that `measure` scores for a user. Default: 1. */
  readonly profilesPerUser?: number;
  /** Whether the time is up; asked between two blends. Default: it never is. */
  readonly isUp?: () => boolean;
}

/** Weights that were learned; each has three decimals. */
export interface LearnedWeights {
  /** One a member; they add up to 1, but for rounding. A member that does not help has 0. */
  readonly weights: readonly number[];
  /**
   * What learned weights add to the mean of equal ones. Each user is measured with weights learned on the others. Null
   * where there are too few users, or no time.
   */
  readonly gain: Estimate | null;
  /** Whether something was not tried because the time was up. */
  readonly isCut: boolean;
}

/**
 * Learns the weights of a blend. It begins with equal weights and changes one after the other as long as the mean rises.
 * Then it drops each member without which the mean falls by less than a standard error of the difference. The result
 * is half way between these weights and equal ones for the members that are left.
 *
 * It is done again on four fifths of the users, and measured on the last fifth, for every fifth. Where equal weights of
 * all members are no worse, these are the result.
 *
 * Where the scores of all users take more than 256 MB, the first users alone are used.
 *
 * @param task - two members or more
 */
export async function learnWeights(task: BlendTask): Promise<LearnedWeights> {
  const { members, isUp = () => false } = task;
  const blends = new MeasuredBlends(task);
  const equal = members.map(() => 1 / members.length);
  const users = Array.from({ length: (await blends.perUser(equal)).length }, (_, u) => u);
  const all = await learned(blends, equal, { users, isUp });
  if (all.isCut || users.length < folds) return { ...all, gain: null };
  // Without time for all folds the weights stand, and nobody knows what they gain.
  const differences = new Float64Array(users.length);
  for (let fold = 0; fold < folds; fold++) {
    const others = users.filter((u) => u % folds !== fold);
    const { weights, isCut } = await learned(blends, equal, { users: others, isUp });
    if (isCut) return { ...all, gain: null };
    const ours = await blends.perUser(weights);
    const theirs = await blends.perUser(equal);
    for (let u = fold; u < users.length; u += folds) differences[u] = ours[u]! - theirs[u]!;
  }
  const gain = estimate(differences);
  return { weights: gain.mean > 0 ? all.weights : rounded(equal), gain, isCut: false };
}

interface Choice {
  /** Places of the users that count. */
  readonly users: readonly number[];
  readonly isUp: () => boolean;
}

async function learned(
  blends: MeasuredBlends,
  equal: readonly number[],
  choice: Choice,
): Promise<Pick<LearnedWeights, 'weights' | 'isCut'>> {
  const { weights, isCut } = await climb(blends, equal, choice);
  const helpful = isCut ? weights : await helping(blends, weights, choice);
  const kept = helpful.filter((weight) => weight > 0).length;
  const shrunk = helpful.map((weight) => (weight > 0 ? (weight + 1 / kept) / 2 : 0));
  return { weights: rounded(shrunk), isCut };
}

function rounded(weights: readonly number[]): number[] {
  return weights.map((weight) => Math.round(1000 * weight) / 1000);
}

/** Changes one weight after the other as long as the mean rises. */
async function climb(
  blends: MeasuredBlends,
  equal: readonly number[],
  { users, isUp }: Choice,
): Promise<Pick<LearnedWeights, 'weights' | 'isCut'>> {
  let best = equal;
  let bestMean = await blends.mean(best, users);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    const before = bestMean;
    for (let k = 0; k < equal.length; k++) {
      const from = best;
      const values = from[k] === 0 ? [equal[k]!] : factors.map((factor) => factor * from[k]!);
      for (const value of values) {
        const weights = shares(from.with(k, value));
        if (weights === null) continue;
        if (isUp()) return { weights: best, isCut: true };
        const mean = await blends.mean(weights, users);
        if (mean <= bestMean) continue;
        best = weights;
        bestMean = mean;
      }
    }
    if (bestMean - before < minGain) break;
  }
  return { weights: best, isCut: false };
}

/** Drops the members without which the mean falls by less than a standard error, the one of the lowest weight first. */
async function helping(
  blends: MeasuredBlends,
  weights: readonly number[],
  { users }: Choice,
): Promise<readonly number[]> {
  let left = weights;
  const lowestFirst = weights.map((_, k) => k).sort((a, b) => weights[a]! - weights[b]! || b - a);
  for (const k of lowestFirst) {
    const without = left[k] === 0 ? null : shares(left.with(k, 0));
    if (without === null) continue;
    const all = await blends.perUser(left);
    const fewer = await blends.perUser(without);
    const { mean, se } = estimate(Float64Array.from(users, (u) => all[u]! - fewer[u]!));
    if (mean < se || mean === 0) left = without;
  }
  return left;
}

/** The same weights with the sum 1; null where all are 0. */
function shares(weights: readonly number[]): readonly number[] | null {
  const sum = weights.reduce((a, b) => a + b, 0);
  return sum === 0 ? null : weights.map((weight) => weight / sum);
}

/** Measures blends of the same members, each of them once. */
class MeasuredBlends {
  readonly #members: readonly CachedScores[];
  readonly #users: HeldOutUsers;
  readonly #measure: BlendTask['measure'];
  readonly #known = new Map<string, Promise<Float64Array>>();

  constructor({ members, users, measure, profilesPerUser = 1 }: BlendTask) {
    const bytes = members.reduce((sum, { itemCount }) => sum + 4 * itemCount * profilesPerUser, 0);
    this.#users = firstUsers(users, Math.max(minUsers, Math.floor(maxCacheBytes / bytes)));
    this.#members = members.map((model) => new CachedScores(model));
    this.#measure = measure;
  }

  perUser(weights: readonly number[]): Promise<Float64Array> {
    const key = weights.map((weight) => weight.toFixed(6)).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const members = this.#members.map((model, k) => ({ model, weight: weights[k]! }));
    const values = this.#measure(new Ensemble(members), this.#users);
    this.#known.set(key, values);
    return values;
  }

  async mean(weights: readonly number[], users: readonly number[]): Promise<number> {
    const values = await this.perUser(weights);
    return users.reduce((sum, u) => sum + values[u]!, 0) / users.length;
  }
}

/** The first users that have a hidden click, and as many as asked for; the same object where these are all. */
function firstUsers(users: HeldOutUsers, count: number): HeldOutUsers {
  const measured = users.users.map((_, u) => u).filter((u) => users.heldOut.row(u).length > 0);
  if (measured.length <= count) return users;
  const rows = measured.slice(0, count);
  return {
    users: rows.map((u) => users.users[u]!),
    foldIn: users.foldIn.select(rows),
    heldOut: users.heldOut.select(rows),
  };
}

/** A model that computes the scores of the same rows once. It ranks nothing. */
class CachedScores implements Recommender {
  readonly model: string;
  readonly itemCount: number;
  readonly #model: Recommender;
  readonly #scores = new Map<string, Float32Array>();

  constructor(model: Recommender) {
    this.model = model.model;
    this.itemCount = model.itemCount;
    this.#model = model;
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    const key = `${rows.offsets.join()};${rows.items.join()}`;
    const known = this.#scores.get(key);
    if (known !== undefined) return known;
    const scores = await this.#model.score(rows);
    this.#scores.set(key, scores);
    return scores;
  }

  topN(rows: ClickMatrix, n: number, mask: ClickMatrix) {
    return this.#model.topN(rows, n, mask);
  }

  dispose(): void {
    // The model stays with its owner.
  }
}
