/** What a shop's rules cost in accuracy: one model on the same users, with the rules and without. */
import { compare } from '../compare.js';
import type { Evaluation } from '../evaluate.js';
import type { MetricKey } from '../metrics.js';

/** One metric with the rules and without them. */
export interface MetricCost {
  readonly metric: MetricKey;
  readonly with: number;
  readonly without: number;
  /** With minus without, a mean over the same users, with its 95 % interval. */
  readonly difference: number;
  readonly low: number;
  readonly high: number;
  /** Two-sided, of the paired t-test. */
  readonly p: number;
}

/** What the rules cost one model. */
export interface RulesCost {
  readonly model: string;
  /** The rules in force when it was measured. */
  readonly rules: readonly {
    readonly id: string;
    readonly kind: string;
    readonly name: string | null;
  }[];
  /** Users in every mean. */
  readonly users: number;
  readonly metrics: readonly MetricCost[];
}

/**
 * Compares a model's lists under rules with its own.
 *
 * @param lists - both measured on the same users at the same cutoffs
 * @param seed - of the paired bootstrap that gives the intervals
 */
export function rulesCost(
  model: string,
  rules: RulesCost['rules'],
  lists: { readonly ruled: Evaluation; readonly plain: Evaluation },
  seed: number,
): RulesCost {
  const { ruled, plain } = lists;
  const { users, differences } = compare(
    [
      { label: 'with', evaluation: ruled },
      { label: 'without', evaluation: plain },
    ],
    seed,
  );
  const metrics = differences.map(({ metric, difference, low, high, p }) => ({
    metric,
    with: ruled.metrics[metric]!.mean,
    without: plain.metrics[metric]!.mean,
    difference,
    low,
    high,
    p,
  }));
  return { model, rules, users, metrics };
}
