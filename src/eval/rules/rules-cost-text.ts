/** The cost of a shop's rules in words and as a table. */

import { pText, type TextTable } from '../study-tables.js';
import type { MetricCost, RulesCost } from './rules-cost.js';

/** The cost in one sentence, by NDCG at the largest cutoff. */
export function costSentence({ model, rules, users, metrics }: RulesCost): string {
  const ndcg = metrics.filter(({ metric }) => metric.startsWith('ndcg@'));
  const cutoff = ({ metric }: MetricCost) => Number(metric.split('@')[1]);
  const { metric, difference, low, high, p, ...means } = ndcg.reduce((a, b) =>
    cutoff(b) > cutoff(a) ? b : a,
  );
  const name = metric.replace('ndcg', 'NDCG');
  const isOne = rules.length === 1;
  const who = isOne ? 'The rule in force' : `The ${rules.length} rules in force`;
  const s = isOne ? 's' : '';
  if (difference === 0 && low === 0 && high === 0) {
    return `${who} change${s} nothing in the ${name} of ${model}: ${decimal(means.with)}, on ${users} users.`;
  }
  const verb = difference > 0 ? 'gain' : 'cost';
  const ends = difference > 0 ? [low, high] : [-high, -low];
  return `${who} ${verb}${s} ${model} ${decimal(Math.abs(difference))} ${name} [${ends.map(decimal).join(', ')}] (p ${pText(p)}): ${decimal(means.with)} with, ${decimal(means.without)} without, on ${users} users.`;
}

/** One row a metric: with the rules, without, and the difference with its interval. */
export function costTable({ model, metrics }: RulesCost): TextTable {
  return {
    head: [model, 'with rules', 'without', 'difference [95 % interval]', 'p'],
    rows: metrics.map(({ metric, difference, low, high, p, ...means }) => [
      metric,
      decimal(means.with),
      decimal(means.without),
      `${signed(difference)} [${signed(low)}, ${signed(high)}]`,
      pText(p),
    ]),
  };
}

const decimal = (value: number) => value.toFixed(4);
const signed = (value: number) => `${value < 0 ? '' : '+'}${decimal(value)}`;
