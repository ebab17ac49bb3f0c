/** Shows an evaluation as a table. */

import type { Estimate } from '../../eval/evaluate.js';
import type { MetricKey } from '../../eval/metrics.js';
import type { EvaluationReport } from '../../eval/report.js';
import type { RulesCost } from '../../eval/rules/rules-cost.js';
import { measuring } from '../../home/evaluation.js';
import { table } from '../terminal.js';

/** A table with a row for each metric and a column for each model; the cells are `mean ± standard error`. */
function evaluationTable(report: EvaluationReport): string {
  const { split, protocol, users, leftOut, models } = report;
  const left =
    leftOut > 0 ? `, ${leftOut} left out: they have no hidden clicks (--min-clicks)` : '';
  const keys = Object.keys(models[0]?.metrics ?? {}) as MetricKey[];
  return table(
    [`${split}, ${users} users${left}, protocol ${protocol}`, ...models.map(({ model }) => model)],
    keys.map((key) => [key, ...models.map(({ metrics }) => estimateCell(metrics[key]!))]),
  );
}

/** The verdict and the table. */
export function evaluationSummary(report: EvaluationReport): string {
  const { verdict } = report;
  return [...(verdict === undefined ? [] : [verdict.sentence]), evaluationTable(report)].join(
    '\n\n',
  );
}

/** What ± means, below the tables. */
const plusMinus =
  '± is the standard error of a mean over users: about two of them to each side hold the true mean in 19 of 20 choices of users.';

/**
 * The verdict, the table, a second one for short profiles where they were measured, what the rules cost, and what the
 * signs mean.
 */
export function evaluationText(report: EvaluationReport): string {
  const { split, verdict, rules, newcomers } = report;
  return [
    evaluationSummary(report),
    ...shortTable(report),
    [
      ...(newcomers === undefined ? [] : [`${measuring.newcomersText(newcomers, split)}.`]),
      plusMinus,
      ...(verdict === undefined ? [] : [verdict.note]),
    ].join('\n'),
    ...(rules === undefined ? [] : [rulesText(rules)]),
  ].join('\n\n');
}

function shortTable({ shortProfiles = [], models }: EvaluationReport): string[] {
  if (shortProfiles.length === 0) return [];
  const short = table(
    ['fold-ins cut to', ...models.map(({ model }) => model)],
    shortProfiles.flatMap((length) =>
      measuring.shortMetrics.map((key) => [
        `${measuring.lengthText(length)}: ${key}`,
        ...length.models.map(({ metrics }) => estimateCell(metrics[key]!)),
      ]),
    ),
  );
  return [short];
}

/** What the rules cost: a sentence and a table. */
function rulesText(cost: RulesCost): string {
  const { head, rows } = measuring.costTable(cost);
  return `${measuring.costSentence(cost)}\n${table(
    [...head],
    rows.map((row) => [...row]),
  )}`;
}

function estimateCell({ mean, se }: Estimate): string {
  return `${mean.toFixed(4)} ± ${se.toFixed(4)}`;
}
