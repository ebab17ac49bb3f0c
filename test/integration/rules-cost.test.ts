/** What the shop's rules cost, as `evaluate` and `report` tell it. */

import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluateCommand } from '../../src/cli/commands/evaluate.js';
import { reportCommand } from '../../src/cli/commands/report.js';
import { evaluate } from '../../src/eval/evaluate.js';
import type { RulesCost } from '../../src/eval/rules/rules-cost.js';
import { costSentence } from '../../src/eval/rules/rules-cost-text.js';
import { HomeRules } from '../../src/home/serving/home-rules.js';
import type { Recommender } from '../../src/model/recommender.js';
import { runCommand } from '../fixtures/command.js';
import { type ServedHome, servedHome } from '../fixtures/served-home.js';

let served: ServedHome;
let rules: HomeRules;
beforeAll(async () => {
  served = await servedHome();
  rules = new HomeRules(served.home);
});
afterAll(() => served.close());

const run = (...words: string[]) =>
  runCommand(evaluateCommand(), [
    ...words,
    '--k',
    '5,20',
    '--backend',
    'cpu',
    '--home',
    served.home,
  ]);

/** A model whose lists are changed by hand: the first item that is not masked goes, another comes first. */
function byHand(hidden: ReadonlySet<number>, pinned: number): Recommender {
  const { recommender } = served.models.active()!;
  const { itemCount } = recommender;
  return {
    model: 'by-hand',
    itemCount,
    score: (rows) => recommender.score(rows),
    async topN(rows, n, mask) {
      const lists: number[][] = [];
      for (let u = 0; u < rows.rows; u++) {
        const scores = await recommender.score(rows.slice(u, u + 1));
        const masked = new Set(mask.row(u));
        const order = [...scores.keys()]
          .sort((a, b) => scores[b]! - scores[a]! || a - b)
          .filter((item) => !masked.has(item) && !hidden.has(item) && item !== pinned);
        lists.push(masked.has(pinned) ? order : [pinned, ...order]);
      }
      const items = Int32Array.from(lists.flatMap((list) => list.slice(0, n)));
      return { rows: rows.rows, n, items, scores: new Float32Array(items.length) };
    },
    dispose: () => undefined,
  };
}

describe('multvae evaluate', () => {
  it('says nothing of rules where none is in force', async () => {
    await rules.create({ kind: 'hide', items: ['110'], endsAt: '2001-01-01' });
    const { out } = await run('--json', '-');
    expect(JSON.parse(out)).not.toHaveProperty('rules');
  });

  it('measures the run with the rules in force and without, on the same users', async () => {
    const { run: stored, recommender } = served.models.active()!;
    const vocabulary: readonly string[] = stored.vocabulary.items;
    const hidden = vocabulary.filter((id) => served.database.item(id)!.genres.includes('War'));
    await rules.create({ kind: 'hide', name: 'No war', genre: ['War'] });
    const pinned = vocabulary.find((id) => !hidden.includes(id))!;
    await rules.create({ kind: 'pin', items: [pinned], place: 1 });
    const indices = new Set(hidden.map((id) => vocabulary.indexOf(id)));
    const expected = await evaluate(
      byHand(indices, vocabulary.indexOf(pinned)),
      stored.split.test,
      [5, 20],
    );
    const plain = await evaluate(recommender, stored.split.test, [5, 20]);

    const { out, err } = await run('--json', '-');
    const cost: RulesCost = JSON.parse(out).rules;
    expect(cost.rules.map(({ kind, name }) => [kind, name])).toEqual([
      ['hide', 'No war'],
      ['pin', null],
    ]);
    expect(cost.users).toBe(expected.users);
    expect(cost.metrics.map(({ metric }) => metric)).toEqual(Object.keys(expected.metrics));
    for (const { metric, difference, low, high, ...means } of cost.metrics) {
      expect(means.with).toBeCloseTo(expected.metrics[metric]!.mean, 12);
      expect(means.without).toBeCloseTo(plain.metrics[metric]!.mean, 12);
      expect(difference).toBeCloseTo(means.with - means.without, 12);
      expect(low).toBeLessThanOrEqual(difference);
      expect(high).toBeGreaterThanOrEqual(difference);
    }
    expect(cost.metrics.some(({ difference }) => difference !== 0)).toBe(true);
    expect(err).toContain(costSentence(cost));
    expect(err).toMatch(/mult-vae +with rules +without +difference \[95 % interval\] +p/);
    const off = await run('--json', '-', '--rules', 'off');
    expect(JSON.parse(off.out)).not.toHaveProperty('rules');
  });
});

describe('multvae report', () => {
  it('tells the cost in a sentence and a table, for each run', async () => {
    const file = join(served.home, 'rules.html');
    const words = [served.runs['mult-vae'], served.runs['mult-dae'], '-o', file, '--k', '5,20'];
    const report = (...more: string[]) =>
      runCommand(reportCommand(), [...words, ...more, '--backend', 'cpu', '--home', served.home]);
    await report();
    const page = readFileSync(file, 'utf8');
    expect(page).toContain('<a href="#rules">What the rules cost</a>');
    expect(page).toContain('<li>hide “No war”</li>');
    expect(page.match(/The 2 rules in force (cost|gain) mult-\w+ \.?\d/g)).toHaveLength(2);
    await report('--rules', 'off');
    expect(readFileSync(file, 'utf8')).not.toContain('What the rules cost');
    rmSync(file);
  });
});

describe('costSentence', () => {
  const metric = { metric: 'ndcg@20', with: 0.2, without: 0.25, difference: -0.05 } as const;
  const cost = (more: object, rules = 1): RulesCost => ({
    model: 'ease',
    users: 9,
    rules: Array.from({ length: rules }, () => ({ id: '1', kind: 'pin', name: null })),
    metrics: [
      { ...metric, metric: 'ndcg@5', low: -9, high: 9, p: 1 },
      { ...metric, low: -0.06, high: -0.04, p: 0.01, ...more },
      { ...metric, metric: 'recall@20', low: -9, high: 9, p: 1 },
    ],
  });

  it.each([
    [
      cost({}),
      'The rule in force costs ease 0.0500 NDCG@20 [0.0400, 0.0600] (p .0100): 0.2000 with, 0.2500 without, on 9 users.',
    ],
    [
      cost({}, 3),
      'The 3 rules in force cost ease 0.0500 NDCG@20 [0.0400, 0.0600] (p .0100): 0.2000 with, 0.2500 without, on 9 users.',
    ],
    [
      cost({ difference: 0.01, low: -0.02, high: 0.04 }),
      'The rule in force gains ease 0.0100 NDCG@20 [-0.0200, 0.0400] (p .0100): 0.2000 with, 0.2500 without, on 9 users.',
    ],
    [
      cost({ difference: 0, low: 0, high: 0 }, 2),
      'The 2 rules in force change nothing in the NDCG@20 of ease: 0.2000, on 9 users.',
    ],
  ])('tells NDCG at the largest cutoff', (given, sentence) => {
    expect(costSentence(given)).toBe(sentence);
  });
});
