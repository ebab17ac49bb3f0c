/** Measures a model on held-out users. */
import type { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import { type HeldOutUsers, hiddenCounts } from '../data/split/users.js';
import { SplitError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import type { MetricKey } from './metrics.js';
import { checkCutoffs, metricKeys, rankingMetrics } from './metrics.js';

/** A mean over users with its standard error: population standard deviation / √users. */
export interface Estimate {
  readonly mean: number;
  readonly se: number;
}

/** The metrics of each user, by column: entry u of every array belongs to `users[u]`. */
export interface UserMetrics {
  readonly users: readonly UserId[];
  /** [users], the number of hidden clicks, with those on items outside the vocabulary; at least 1. */
  readonly heldOutCounts: Int32Array;
  /** [users] for each metric, in `metricKeys` order. */
  readonly metrics: Readonly<Record<MetricKey, Float64Array>>;
}

/** The recommendations of a model for the measured users, in their order. */
export interface Rankings {
  /** [users], each user's row in the measured set of held-out users. */
  readonly rows: Int32Array;
  /** The number of ranked items a user: the largest cutoff, or the size of the vocabulary where that is smaller. */
  readonly depth: number;
  /** [users, depth], item indices, best first; -1 where no item was left to recommend. */
  readonly items: Int32Array;
}

/** How well a model ranks the hidden clicks. */
export interface Evaluation {
  /** The number of users in every mean. */
  readonly users: number;
  /** The number of users without a hidden click. They are in no mean, because there is nothing to find. */
  readonly leftOut: number;
  readonly metrics: Readonly<Record<MetricKey, Estimate>>;
  readonly perUser: UserMetrics;
  readonly rankings: Rankings;
}

/** Held-out users, and what is never recommended to them. */
export interface MeasuredUsers extends HeldOutUsers {
  /** [U, I], the items that are never recommended. Default: the fold-ins. */
  readonly masked?: ClickMatrix;
}

/** User u's ranking: a view, best first. */
export function rankingOf({ depth, items }: Rankings, u: number): Int32Array {
  return items.subarray(u * depth, (u + 1) * depth);
}

/** Users to rank in one call of the model; bounds its memory. */
const blockRows = 500;

/**
 * Measures a model on held-out users. The model sees their fold-in clicks, ranks the whole vocabulary, and never
 * recommends a masked item, by default those of the fold-in. Ties go to the lower item index.
 *
 * @param ks - cutoffs; one larger than the vocabulary ranks the whole of it
 * @throws ArgumentError when a cutoff is not a positive integer
 * @throws SplitError when no user has a hidden click
 */
export async function evaluate(
  recommender: Recommender,
  measuredUsers: MeasuredUsers,
  ks: readonly number[],
): Promise<Evaluation> {
  checkCutoffs(ks);
  const { users, foldIn, heldOut, masked = foldIn } = measuredUsers;
  const hidden = hiddenCounts(measuredUsers);
  const measured = users.map((_, u) => u).filter((u) => hidden[u]! > 0);
  if (measured.length === 0) {
    throw new SplitError(
      `none of the ${users.length} users has a hidden click, so there is nothing to measure`,
    );
  }
  const depth = Math.min(Math.max(...ks), recommender.itemCount);
  const keys = metricKeys(ks);
  const columns = keys.map(() => new Float64Array(measured.length));
  const rankings: Rankings = {
    rows: Int32Array.from(measured),
    depth,
    items: new Int32Array(measured.length * depth),
  };
  for (let first = 0; first < measured.length; first += blockRows) {
    const block = measured.slice(first, first + blockRows);
    const ranked = await recommender.topN(foldIn.select(block), depth, masked.select(block));
    rankings.items.set(ranked.items, first * depth);
    block.forEach((u, row) => {
      const ranking = rankingOf(rankings, first + row);
      const values = rankingMetrics(ranking, heldOut.row(u), ks, hidden[u]!)!;
      columns.forEach((column, key) => {
        column[first + row] = values[key]!;
      });
    });
  }
  const byKey = <T>(value: (column: Float64Array) => T) =>
    Object.fromEntries(keys.map((key, index) => [key, value(columns[index]!)]));
  return {
    users: measured.length,
    leftOut: users.length - measured.length,
    metrics: byKey(estimate),
    perUser: {
      users: measured.map((u) => users[u]!),
      heldOutCounts: Int32Array.from(measured, (u) => hidden[u]!),
      metrics: byKey((column) => column),
    },
    rankings,
  };
}

/** Mean and standard error. It makes two passes, because the formula of one pass loses digits. */
export function estimate(values: Float64Array): Estimate {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, se: Math.sqrt(variance / values.length) };
}
