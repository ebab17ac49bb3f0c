/** Accuracy against the length of the list. */
import type { ClickMatrix } from '../data/click-matrix.js';
import { bootstrapMeans, type Interval, percentileInterval } from './bootstrap.js';
import { type Evaluation, estimate, rankingOf } from './evaluate.js';
import { type MetricKey, metricKeys, rankingMetrics } from './metrics.js';

/** A model's accuracy at one cutoff. */
export interface CurvePoint extends Interval {
  readonly k: number;
  readonly mean: number;
}

/** Recall and NDCG against K. */
export interface CutoffCurves {
  readonly recall: readonly CurvePoint[];
  readonly ndcg: readonly CurvePoint[];
}

const cutoffs = [1, 2, 3, 4, 5, 7, 10, 15, 20, 25, 30, 40, 50, 60, 70, 80, 90, 100];

/**
 * Recall and NDCG at many cutoffs, with 95 % intervals.
 *
 * @param evaluations - of the same users
 * @param seed - of the bootstrap
 * @returns the curves of each evaluation, at the cutoffs up to its depth
 */
export function cutoffCurves(
  evaluations: readonly Evaluation[],
  heldOut: ClickMatrix,
  seed: number,
): CutoffCurves[] {
  const depth = evaluations[0]!.rankings.depth;
  const ks = cutoffs.filter((k) => k <= depth);
  const keys = metricKeys(ks);
  const wanted = (['recall', 'ndcg'] as const).flatMap((name) =>
    ks.map((k): MetricKey => `${name}@${k}`),
  );
  const places = wanted.map((key) => keys.indexOf(key));
  const columns = evaluations.flatMap(({ rankings, perUser }) => {
    const values = Array.from(
      rankings.rows,
      (row, u) =>
        rankingMetrics(rankingOf(rankings, u), heldOut.row(row), ks, perUser.heldOutCounts[u]!)!,
    );
    return places.map((place) => Float64Array.from(values, (user) => user[place]!));
  });
  const means = bootstrapMeans(columns, seed);
  const point = (column: number, k: number): CurvePoint => ({
    k,
    mean: estimate(columns[column]!).mean,
    ...percentileInterval(means[column]!),
  });
  return evaluations.map((_, m) => {
    const first = m * places.length;
    return {
      recall: ks.map((k, at) => point(first + at, k)),
      ndcg: ks.map((k, at) => point(first + ks.length + at, k)),
    };
  });
}
