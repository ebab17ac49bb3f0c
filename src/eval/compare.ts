/** Compares models on the same users: intervals, differences and p-values. */
import { ArgumentError } from '../errors.js';
import {
  bootstrapMeans,
  defaultResamples,
  type Interval,
  percentileInterval,
} from './bootstrap.js';
import type { Estimate, Evaluation } from './evaluate.js';
import type { MetricKey } from './metrics.js';
import { pairedTTest } from './paired-tests.js';

/** A model in a comparison. */
export interface ComparedModel {
  /** A name that no other model of the comparison has. */
  readonly label: string;
  readonly evaluation: Evaluation;
}

/** A mean over users with its standard error and 95 % interval. */
export interface IntervalEstimate extends Estimate, Interval {}

/** The difference of two models in one metric. */
export interface Difference extends Interval {
  readonly metric: MetricKey;
  readonly first: string;
  readonly second: string;
  /** The first's mean minus the second's, over the same users. */
  readonly difference: number;
  /** The two-sided p-value of the paired t-test. */
  readonly p: number;
  /** The p-value after Holm's correction over all pairs of models in this metric. */
  readonly pHolm: number;
  /** The number of users for whom the first is better. */
  readonly ahead: number;
  /** The number of users for whom the second is better. */
  readonly behind: number;
}

/** Several models on the same users. */
export interface Comparison {
  readonly users: number;
  /** The number of users without a hidden click; they are in no mean. */
  readonly leftOut: number;
  /** The seed of the bootstrap. */
  readonly seed: number;
  readonly resamples: number;
  /** By label, in the given order. */
  readonly models: Readonly<Record<string, Readonly<Record<MetricKey, IntervalEstimate>>>>;
  /** Every pair of models, the earlier one first, in every metric. */
  readonly differences: readonly Difference[];
}

/**
 * Compares models: the metrics of each, their differences, and whether a difference is more than chance.
 *
 * Intervals are percentile intervals of a paired bootstrap over users. P-values are those of paired t-tests. In each
 * metric, they are corrected over all pairs of models (Holm 1979): at a limit of .05, the chance of any false difference
 * is at most 5 %. Intervals and p-values cover the choice of users alone. They do not cover the training seed, or the
 * choice of the metric with the best result.
 *
 * @param models - measured on the same users at the same cutoffs
 * @throws ArgumentError when there is no model, two share a label, or their users or cutoffs differ
 */
export function compare(
  models: readonly ComparedModel[],
  seed: number,
  resamples: number = defaultResamples,
): Comparison {
  checkSameUsers(models);
  const { users, leftOut, perUser } = models[0]!.evaluation;
  const keys = Object.keys(perUser.metrics) as MetricKey[];
  const columns = models.flatMap(({ evaluation }) =>
    keys.map((key) => evaluation.perUser.metrics[key]!),
  );
  const means = bootstrapMeans(columns, seed, resamples);
  const estimates = models.map(({ label, evaluation }, m) => [
    label,
    Object.fromEntries(
      keys.map((key, k) => [
        key,
        { ...evaluation.metrics[key]!, ...percentileInterval(means[m * keys.length + k]!) },
      ]),
    ),
  ]);
  const differences = models.flatMap((_, a) =>
    models.slice(a + 1).flatMap((_, further) =>
      keys.map((metric, k) => {
        const b = a + 1 + further;
        const first = models[a]!;
        const second = models[b]!;
        const at = (m: number) => m * keys.length + k;
        const byUser = minus(columns[at(a)]!, columns[at(b)]!);
        return {
          metric,
          first: first.label,
          second: second.label,
          difference:
            first.evaluation.metrics[metric]!.mean - second.evaluation.metrics[metric]!.mean,
          ...percentileInterval(minus(means[at(a)]!, means[at(b)]!)),
          p: pairedTTest(byUser),
          ahead: count(byUser, (d) => d > 0),
          behind: count(byUser, (d) => d < 0),
        };
      }),
    ),
  );
  const corrected = correctedByMetric(differences);
  return {
    users,
    leftOut,
    seed,
    resamples,
    models: Object.fromEntries(estimates),
    differences: differences.map((difference, d) => ({ ...difference, pHolm: corrected[d]! })),
  };
}

/** Holm-corrected p-values, in the given order. Each metric is corrected alone. */
function correctedByMetric(differences: readonly Omit<Difference, 'pHolm'>[]): number[] {
  const corrected = new Array<number>(differences.length);
  for (const metric of new Set(differences.map((difference) => difference.metric))) {
    const family = [...differences.keys()].filter((d) => differences[d]!.metric === metric);
    holm(family.map((d) => differences[d]!.p)).forEach((p, place) => {
      corrected[family[place]!] = p;
    });
  }
  return corrected;
}

/**
 * Holm's step-down correction. The i-th smallest of m p-values is multiplied by m − i + 1. The result is never below
 * that of a smaller p-value, and never above 1.
 *
 * @returns the corrected p-values, in the given order
 */
export function holm(p: readonly number[]): number[] {
  const order = p.map((_, d) => d).sort((a, b) => p[a]! - p[b]! || a - b);
  const corrected = new Array<number>(p.length);
  let floor = 0;
  order.forEach((d, place) => {
    floor = Math.max(floor, Math.min(1, (p.length - place) * p[d]!));
    corrected[d] = floor;
  });
  return corrected;
}

function minus(a: Float64Array, b: Float64Array): Float64Array {
  return a.map((value, u) => value - b[u]!);
}

function count(values: Float64Array, holds: (value: number) => boolean): number {
  return values.reduce((sum, value) => sum + (holds(value) ? 1 : 0), 0);
}

function checkSameUsers(models: readonly ComparedModel[]): void {
  const [first, ...others] = models;
  if (first === undefined) throw new ArgumentError('there is no model to compare');
  const labels = new Set(models.map(({ label }) => label));
  if (labels.size < models.length) {
    throw new ArgumentError(`two models share a label among ${[...labels].join(', ')}`);
  }
  const shape = ({ perUser }: Evaluation) => JSON.stringify([perUser.users, metricsOf(perUser)]);
  const metricsOf = ({ metrics }: Evaluation['perUser']) => Object.keys(metrics);
  for (const { label, evaluation } of others) {
    if (shape(evaluation) === shape(first.evaluation)) continue;
    throw new ArgumentError(
      `${label} and ${first.label} were not measured on the same users at the same cutoffs, so they cannot be compared`,
    );
  }
}
