/** The weights of a blend, learned on validation users and drawn towards equal weights. */

import type { HeldOutUsers } from '../../data/split/users.js';
import { type Estimate, estimate, evaluate } from '../../eval/evaluate.js';
import { Ensemble } from '../../model/ensemble.js';
import type { Recommender } from '../../model/recommender.js';
import type { MemberWeights } from '../../model/training/model-training.js';
import { CachedScores, usersThatFit } from './cached-scores.js';

/** What a weight is multiplied with, one weight after the other. */
const factors = [0, 0.5, 0.8, 1.25, 2];
/** How often all weights are gone through, at most. */
const maxSweeps = 4;
/** A sweep that gains less is the last. */
const minGain = 1e-5;
/** Users are divided into so many parts to measure the gain. */
const folds = 5;

/**
 * The weights of an ensemble with `"weights": "validation"`: those of the highest NDCG@100.
 *
 * @throws the signal's reason
 */
export async function weightsOnValidation(
  task: Omit<BlendTask, 'measure'>,
  signal?: AbortSignal,
): Promise<MemberWeights> {
  const measure = async (blend: Recommender, measured: HeldOutUsers) => {
    signal?.throwIfAborted();
    return (await evaluate(blend, measured, [100])).perUser.metrics['ndcg@100']!;
  };
  const { weights, gain } = await learnWeights({ ...task, measure });
  const blend = task.members.map(({ model }, k) => `${weights[k]!} ${model}`).join(' + ');
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
  /** At least one. They score the same items, and stay with the caller. */
  readonly members: readonly Recommender[];
  readonly users: HeldOutUsers;
  /** [I], what the blend takes from each item's score. Default: nothing. */
  readonly losses?: Float32Array | null;
  /** Gives what each user with a hidden click adds to the mean that is maximised, in the users' order. */
  readonly measure: (blend: Recommender, users: HeldOutUsers) => Promise<Float64Array>;
}

/** Weights that were learned. */
export interface LearnedWeights {
  /** One a member, with three decimals; they add up to 1, but for rounding. A member that does not help has 0. */
  readonly weights: readonly number[];
  /**
   * What learned weights add to the mean of equal ones. Each user is measured with weights learned on the others. Null
   * where there are fewer than five users.
   */
  readonly gain: Estimate | null;
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
 */
export async function learnWeights(task: BlendTask): Promise<LearnedWeights> {
  const blends = new MeasuredBlends(task);
  const equal = task.members.map(() => 1 / task.members.length);
  const atEqual = await blends.perUser(equal);
  const users = Array.from(atEqual.keys());
  const weights = await learned(blends, equal, users);
  if (users.length < folds) return { weights, gain: null };
  const differences = new Float64Array(users.length);
  for (let fold = 0; fold < folds; fold++) {
    const others = users.filter((u) => u % folds !== fold);
    const values = await blends.perUser(await learned(blends, equal, others));
    for (let u = fold; u < users.length; u += folds) differences[u] = values[u]! - atEqual[u]!;
  }
  const gain = estimate(differences);
  return { weights: gain.mean > 0 ? weights : rounded(equal), gain };
}

/**
 * The same weights without a measured gain, for members that surely differ. When the time is up, they are the best so
 * far.
 *
 * @param isUp - whether the time is up; asked between two blends
 */
export async function weightsInTime(
  task: BlendTask,
  isUp: () => boolean,
): Promise<readonly number[]> {
  const blends = new MeasuredBlends(task, isUp);
  const equal = task.members.map(() => 1 / task.members.length);
  const users = Array.from((await blends.perUser(equal)).keys());
  return learned(blends, equal, users);
}

/** @param users - places of the users that count */
async function learned(
  blends: MeasuredBlends,
  equal: readonly number[],
  users: readonly number[],
): Promise<readonly number[]> {
  const helpful = await helping(blends, await climb(blends, equal, users), users);
  const kept = helpful.filter((weight) => weight > 0).length;
  return rounded(helpful.map((weight) => (weight > 0 ? (weight + 1 / kept) / 2 : 0)));
}

function rounded(weights: readonly number[]): number[] {
  return weights.map((weight) => Math.round(1000 * weight) / 1000);
}

/** Changes one weight after the other as long as the mean rises. */
async function climb(
  blends: MeasuredBlends,
  equal: readonly number[],
  users: readonly number[],
): Promise<readonly number[]> {
  let best = equal;
  let bestMean = await blends.mean(best, users);
  for (let sweep = 0; sweep < maxSweeps; sweep++) {
    const before = bestMean;
    for (let k = 0; k < equal.length; k++) {
      const from = best;
      const values = from[k] === 0 ? [equal[k]!] : factors.map((factor) => factor * from[k]!);
      for (const value of values) {
        const weights = shares(from.with(k, value));
        if (weights === null || blends.isUp()) continue;
        const mean = await blends.mean(weights, users);
        if (mean <= bestMean) continue;
        best = weights;
        bestMean = mean;
      }
    }
    if (bestMean - before < minGain) break;
  }
  return best;
}

/** Drops the members without which the mean falls by less than a standard error, the one of the lowest weight first. */
async function helping(
  blends: MeasuredBlends,
  weights: readonly number[],
  users: readonly number[],
): Promise<readonly number[]> {
  let left = weights;
  const lowestFirst = weights.map((_, k) => k).sort((a, b) => weights[a]! - weights[b]! || b - a);
  for (const k of lowestFirst) {
    const without = left[k] === 0 ? null : shares(left.with(k, 0));
    if (without === null || blends.isUp()) continue;
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
  readonly #losses: Float32Array | null;
  readonly #measure: BlendTask['measure'];
  /** Whether no further blend shall be measured. */
  readonly isUp: () => boolean;
  readonly #known = new Map<string, Promise<Float64Array>>();

  constructor({ members, users, losses = null, measure }: BlendTask, isUp = () => false) {
    this.isUp = isUp;
    this.#users = usersThatFit(users, members, 1);
    this.#members = members.map((model) => new CachedScores(model));
    this.#losses = losses;
    this.#measure = measure;
  }

  perUser(weights: readonly number[]): Promise<Float64Array> {
    const key = weights.map((weight) => weight.toFixed(6)).join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const members = this.#members.map((model, k) => ({ model, weight: weights[k]! }));
    const values = this.#measure(new Ensemble(members, this.#losses), this.#users);
    this.#known.set(key, values);
    return values;
  }

  async mean(weights: readonly number[], users: readonly number[]): Promise<number> {
    const values = await this.perUser(weights);
    return users.reduce((sum, u) => sum + values[u]!, 0) / users.length;
  }
}
