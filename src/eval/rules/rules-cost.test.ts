/** What rules cost: the figures, the sentence and the table. */
import { describe, expect, it } from 'vitest';
import type { UserId } from '../../data/ids.js';
import { type Evaluation, estimate } from '../evaluate.js';
import { type MetricCost, type RulesCost, rulesCost } from './rules-cost.js';
import { costSentence, costTable } from './rules-cost-text.js';

const users = ['a', 'b', 'c', 'd'] as UserId[];

function evaluation(...values: number[]): Evaluation {
  const column = Float64Array.from(values);
  return {
    users: values.length,
    leftOut: 0,
    metrics: { 'ndcg@10': estimate(column) },
    perUser: {
      users,
      heldOutCounts: new Int32Array(values.length).fill(1),
      metrics: { 'ndcg@10': column },
    },
    rankings: { rows: new Int32Array(values.length), depth: 0, items: new Int32Array(0) },
  };
}

const rules = [{ id: '1', kind: 'hide', name: null }];
const cost = (...metrics: Partial<MetricCost>[]): RulesCost => ({
  model: 'ease',
  rules,
  users: 40,
  metrics: metrics.map((given) => ({
    metric: 'ndcg@100',
    with: 0.3,
    without: 0.31,
    difference: -0.01,
    low: -0.02,
    high: -0.005,
    p: 0.0123,
    ...given,
  })),
});

describe('rulesCost', () => {
  it('is what the lists with rules have, less what those without have', () => {
    const ruled = evaluation(0.5, 0.25, 0.25, 0);
    const plain = evaluation(0.5, 0.5, 0.75, 0.25);
    const { model, users: measured, metrics } = rulesCost('ease', rules, { ruled, plain }, 1);
    expect([model, measured]).toEqual(['ease', 4]);
    expect(metrics).toHaveLength(1);
    const [found] = metrics;
    expect(found).toMatchObject({ metric: 'ndcg@10', with: 0.25, without: 0.5, difference: -0.25 });
    // Of the differences 0, −¼, −½ and −¼.
    expect(found!.low).toBeGreaterThanOrEqual(-0.5);
    expect(found!.low).toBeLessThan(-0.25);
    expect(found!.high).toBeGreaterThan(-0.25);
    expect(found!.high).toBeLessThanOrEqual(0);
    expect(found!.p).toBeGreaterThan(0);
  });
});

describe('costSentence', () => {
  it.each<[Partial<MetricCost>[], string]>([
    [
      [{}],
      'The rule in force costs ease 0.0100 NDCG@100 [0.0050, 0.0200] (p .0123): 0.3000 with, 0.3100 without, on 40 users.',
    ],
    [
      [{ with: 0.32, difference: 0.01, low: -0.005, high: 0.025 }],
      'The rule in force gains ease 0.0100 NDCG@100 [-0.0050, 0.0250] (p .0123): 0.3200 with, 0.3100 without, on 40 users.',
    ],
    [
      [{ with: 0.31, difference: 0, low: 0, high: 0, p: 1 }],
      'The rule in force changes nothing in the NDCG@100 of ease: 0.3100, on 40 users.',
    ],
    [
      // No mean difference is not the same as no difference.
      [{ with: 0.31, difference: 0, low: -0.01, high: 0, p: 1 }],
      'The rule in force costs ease 0.0000 NDCG@100 [0.0000, 0.0100] (p 1.0000): 0.3100 with, 0.3100 without, on 40 users.',
    ],
    [
      [
        { metric: 'ndcg@20' },
        { metric: 'recall@200' },
        { metric: 'ndcg@100' },
        { metric: 'ndcg@5' },
      ],
      'The rule in force costs ease 0.0100 NDCG@100 [0.0050, 0.0200] (p .0123): 0.3000 with, 0.3100 without, on 40 users.',
    ],
  ])('of %j', (metrics, expected) => {
    expect(costSentence(cost(...metrics))).toBe(expected);
  });

  it('counts the rules', () => {
    const two = { ...cost({}), rules: [...rules, ...rules] };
    expect(costSentence(two)).toMatch(/^The 2 rules in force cost ease/);
    const nothing = cost({ difference: 0, low: 0, high: 0 });
    expect(costSentence({ ...nothing, rules: two.rules })).toMatch(
      /^The 2 rules in force change n/,
    );
  });
});

describe('costTable', () => {
  it('has a row a metric, with signs', () => {
    expect(
      costTable(cost({}, { metric: 'recall@20', difference: 0.02, low: 0, high: 0.04 })),
    ).toEqual({
      head: ['ease', 'with rules', 'without', 'difference [95 % interval]', 'p'],
      rows: [
        ['ndcg@100', '0.3000', '0.3100', '-0.0100 [-0.0200, -0.0050]', '.0123'],
        ['recall@20', '0.3000', '0.3100', '+0.0200 [+0.0000, +0.0400]', '.0123'],
      ],
    });
  });
});
