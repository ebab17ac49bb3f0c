import { ArgumentError } from '../errors.js';
import {
  bootstrapMeans,
  defaultResamples,
  type Interval,
  percentileInterval,
} from './bootstrap.js';
import type { Estimate, Evaluation } from './evaluate.js';
import type { MetricKey } from './metrics.js';
import { pairedTTest } from './student-t.js';

/** A model in a comparison. */
export interface ComparedModel {
  /** Tells it from the others. */
  readonly label: string;
  readonly evaluation: Evaluation;
}

/** A mean over users with its standard error and 95 % interval. */
export interface IntervalEstimate extends Estimate, Interval {}

/** How far two models are apart in one metric. */
export interface Difference extends Interval {
  readonly metric: MetricKey;
  readonly first: string;
  readonly second: string;
  /** The first's mean minus the second's, over the same users. */
  readonly difference: number;
  /** Two-sided, of the paired t-test. */
  readonly p: number;
  /** The same after Holm's correction for every pair of models in this metric. */
  readonly pHolm: number;
}

/** Several models on the same users. */
export interface Comparison {
  readonly users: number;
  /** Users without a hidden click, in no mean. */
  readonly leftOut: number;
  /** Of the bootstrap. */
  readonly seed: number;
  readonly resamples: number;
  /** By label, in the order in which they were given. */
  readonly models: Readonly<Record<string, Readonly<Record<MetricKey, IntervalEstimate>>>>;
  /** Every pair of models, the earlier one first, in every metric. */
  readonly differences: readonly Difference[];
}

/**
 * Says how good models are, how far apart, and whether the difference is more than chance.
 *
 * Intervals are percentile intervals of a paired bootstrap over users; p-values are those of paired t-tests,
 * corrected in each metric for all its pairs of models (Holm 1979), so that the chance of one false difference among
 * them is at most 5 % where .05 is the limit. Both speak of the users: what another training seed would change is not in
 * them, nor is the choice of the metric that looks best.
 *
 * @param models - measured on the same users at the same cutoffs
 * @throws ArgumentError when they were measured on different users or at different cutoffs, or share a label
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
        return {
          metric,
          first: first.label,
          second: second.label,
          difference:
            first.evaluation.metrics[metric]!.mean - second.evaluation.metrics[metric]!.mean,
          ...percentileInterval(minus(means[at(a)]!, means[at(b)]!)),
          p: pairedTTest(minus(columns[at(a)]!, columns[at(b)]!)),
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

/** Holm-corrected p-values in the order given; a metric is a family of its own. */
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
 * Holm's step-down correction: the i-th smallest of m p-values times m − i + 1, never below a smaller one's
 * and never above 1.
 *
 * @returns in the order given
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

function checkSameUsers(models: readonly ComparedModel[]): void {
  const [first, ...others] = models;
  if (first === undefined) throw new ArgumentError('there is no model to compare');
  const labels = new Set(models.map(({ label }) => label));
  if (labels.size < models.length) {
    throw new ArgumentError(`two models have one label among ${[...labels].join(', ')}`);
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
