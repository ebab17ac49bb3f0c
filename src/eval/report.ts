import type { Estimate, Evaluation } from './evaluate.js';
import type { MetricKey } from './metrics.js';

/** The held-out sets of a run. */
export const splitNames = ['validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** One model's evaluation, named. */
export interface MeasuredModel {
  readonly model: string;
  /** The run's id; null for a baseline that was computed on the spot. */
  readonly run: string | null;
  readonly evaluation: Evaluation;
}

/** What `multvae evaluate --json` writes. */
export interface EvaluationReport {
  readonly split: SplitName;
  /** Users in every mean. */
  readonly users: number;
  /** Users without a hidden click. */
  readonly leftOut: number;
  readonly models: readonly {
    readonly model: string;
    readonly run: string | null;
    readonly metrics: Readonly<Record<MetricKey, Estimate>>;
  }[];
}

/** Several models on the same users, side by side. */
export function evaluationReport(
  split: SplitName,
  measured: readonly [MeasuredModel, ...MeasuredModel[]],
): EvaluationReport {
  const { users, leftOut } = measured[0].evaluation;
  const models = measured.map(({ model, run, evaluation }) => ({
    model,
    run,
    metrics: evaluation.metrics,
  }));
  return { split, users, leftOut, models };
}

/** One user under one model. */
export interface UserLine {
  readonly model: string;
  readonly run: string | null;
  readonly user: string;
  /** How many clicks were hidden. */
  readonly heldOut: number;
  readonly metrics: Readonly<Record<MetricKey, number>>;
}

/** Every user under every model, in the order of the models, then of the users. */
export function* userLines(measured: readonly MeasuredModel[]): Generator<UserLine> {
  for (const { model, run, evaluation } of measured) {
    const { users, heldOutCounts, metrics } = evaluation.perUser;
    for (let u = 0; u < users.length; u++) {
      const values = Object.entries(metrics).map(([key, column]) => [key, column[u]!] as const);
      const heldOut = heldOutCounts[u]!;
      yield { model, run, user: users[u]!, heldOut, metrics: Object.fromEntries(values) };
    }
  }
}
