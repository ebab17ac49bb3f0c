/** The report of `multvae evaluate`. */
import type { ProtocolName } from '../config/protocol.js';
import type { Estimate, Evaluation } from './evaluate.js';
import type { MetricKey } from './metrics.js';
import type { Newcomers } from './newcomers.js';
import type { RulesCost } from './rules/rules-cost.js';
import type { ShortEvaluation } from './short-profiles.js';
import type { ExplainedVerdict, PairedResult } from './verdict.js';

/** The held-out sets of a run. */
export const splitNames = ['validation', 'test'] as const;
export type SplitName = (typeof splitNames)[number];

/** One model's evaluation, named. */
export interface MeasuredModel {
  readonly model: string;
  /** The run's id; null for a baseline without a run. */
  readonly run: string | null;
  readonly evaluation: Evaluation;
  /** The same model on short profiles. Default: not measured. */
  readonly short?: readonly ShortEvaluation[];
}

/** The JSON of `multvae evaluate --json`. */
export interface EvaluationReport {
  readonly split: SplitName;
  /** The protocol by its name; `users` where whole users are held out. */
  readonly protocol: ProtocolName;
  /** Users in every mean. */
  readonly users: number;
  /** Users without a hidden click. */
  readonly leftOut: number;
  /** Users and items that the training did not know; absent where there are none. */
  readonly newcomers?: Newcomers;
  readonly models: readonly ReportedModel[];
  /** The first model beside the second one, user by user; absent where that was not measured. */
  readonly paired?: PairedResult;
  /** What `paired` says, in a sentence. */
  readonly verdict?: ExplainedVerdict;
  /** On fold-ins cut to a few clicks, fewest first; absent where that was not measured. */
  readonly shortProfiles?: readonly ReportedLength[];
  /** What the shop's rules cost the run; absent where none is in force. */
  readonly rules?: RulesCost;
}

/** The means of one model. */
export interface ReportedModel {
  readonly model: string;
  readonly run: string | null;
  readonly metrics: Readonly<Record<MetricKey, Estimate>>;
}

/** The models on fold-ins of one length. */
export interface ReportedLength {
  /** The clicks that the models see of each user. */
  readonly clicks: number;
  /** Users in every mean. */
  readonly users: number;
  /** Users with a hidden click and fewer fold-in clicks. */
  readonly leftOut: number;
  readonly models: readonly ReportedModel[];
}

/** What was measured. */
export interface ReportedSplit extends Pick<EvaluationReport, 'split' | 'protocol'> {
  readonly newcomers: Newcomers | null;
}

/** Makes the report of several models on the same users. */
export function evaluationReport(
  { split, protocol, newcomers }: ReportedSplit,
  measured: readonly [MeasuredModel, ...MeasuredModel[]],
): EvaluationReport {
  const { users, leftOut } = measured[0].evaluation;
  const models = measured.map(({ model, run, evaluation }) => ({
    model,
    run,
    metrics: evaluation.metrics,
  }));
  const short = measured[0].short !== undefined;
  return {
    split,
    protocol,
    users,
    leftOut,
    ...(newcomers && { newcomers }),
    models,
    ...(short && { shortProfiles: reportedLengths(measured) }),
  };
}

function reportedLengths(measured: readonly [MeasuredModel, ...MeasuredModel[]]): ReportedLength[] {
  return measured[0].short!.map(({ clicks, leftOut, evaluation: { users } }, place) => ({
    clicks,
    users,
    leftOut,
    models: measured.map(({ model, run, short }) => ({
      model,
      run,
      metrics: short![place]!.evaluation.metrics,
    })),
  }));
}

/** The metrics of one user under one model. */
export interface UserLine {
  readonly model: string;
  readonly run: string | null;
  readonly user: string;
  /** The number of hidden clicks. */
  readonly heldOut: number;
  readonly metrics: Readonly<Record<MetricKey, number>>;
}

/** The metrics of every user under every model, by model, then by user. */
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
