/** Short profiles: which clicks are kept, and the accuracy on them. */

import { parseHTML } from 'linkedom';
import { describe, expect, it } from 'vitest';
import { smallStudy } from '../../test/fixtures/small-study.js';
import { topN } from '../backend/operations/top-n.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import type { HeldOutUsers } from '../data/split/users.js';
import { SplitError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import { reportPage } from './html/report-page.js';
import { objectiveScore, objectiveScores } from './objective.js';
import { evaluationReport } from './report.js';
import { evaluateShort, shortLengths, shortProfiles } from './short-profiles.js';
import { differenceCell, estimateCell, shortDifferenceTable, shortTable } from './study-tables.js';

const items = 140;
const relatedness = (from: number, to: number) => ((from * 37 + to * 11 + from * to) % 101) / 101;

/** Sums what the clicked items say of each item. */
const recommender: Recommender = {
  model: 'sums',
  itemCount: items,
  score: async (rows) =>
    Float32Array.from(
      Array.from({ length: rows.rows }, (_, u) =>
        Array.from({ length: items }, (_, to) =>
          rows.row(u).reduce((sum, from) => sum + relatedness(from, to), 0),
        ),
      ).flat(),
    ),
  topN: async (rows, n, mask) => topN(await recommender.score(rows), mask, n),
  dispose: () => undefined,
};

/** Fold-ins of 0 to 9 clicks; each third user hides nothing. */
const users: HeldOutUsers = {
  users: Array.from({ length: 24 }, (_, u) => `user ${u}` as UserId),
  foldIn: ClickMatrix.fromRows(
    items,
    Array.from({ length: 24 }, (_, u) =>
      Array.from({ length: u % 10 }, (_, k) => (u * 13 + k * 7) % items),
    ),
  ),
  heldOut: ClickMatrix.fromRows(
    items,
    Array.from({ length: 24 }, (_, u) =>
      u % 3 === 0
        ? []
        : Array.from({ length: 1 + (u % 4) }, (_, k) => (u * 13 + 100 + k * 3) % items),
    ),
  ),
};
const withHidden = [...users.users.keys()].filter((u) => u % 3 !== 0);

/** The metrics of one user by full sorting, from the definitions. */
function figures(seen: readonly number[], masked: readonly number[], hidden: readonly number[]) {
  const score = (to: number) =>
    Math.fround(seen.reduce((sum, from) => sum + relatedness(from, to), 0));
  const order = Array.from({ length: items }, (_, item) => item)
    .filter((item) => !masked.includes(item))
    .sort((a, b) => score(b) - score(a) || a - b);
  const ranks = hidden.map((item) => order.indexOf(item) + 1);
  const gain = ranks.reduce((sum, rank) => sum + (rank <= 100 ? 1 / Math.log2(rank + 1) : 0), 0);
  const ideal = hidden.reduce((sum, _, place) => sum + 1 / Math.log2(place + 2), 0);
  const hit = (k: number) => (ranks.some((rank) => rank <= k) ? 1 : 0);
  return { 'ndcg@100': gain / ideal, 'hit@20': hit(20), 'hit@100': hit(100) };
}

const mean = (values: readonly number[]) => values.reduce((sum, x) => sum + x, 0) / values.length;

describe('short profiles', () => {
  it('keep k clicks of each user who has them, and what was hidden', () => {
    for (const k of [1, 2, 3, 5]) {
      const short = shortProfiles(users, k);
      const kept = withHidden.filter((u) => u % 10 >= k);
      expect(short.users).toEqual(kept.map((u) => users.users[u]));
      expect(short.leftOut).toBe(withHidden.length - kept.length);
      kept.forEach((u, row) => {
        const clicks = [...short.foldIn.row(row)];
        const whole = [...users.foldIn.row(u)];
        expect(clicks).toHaveLength(k);
        expect(clicks).toEqual(whole.filter((item) => clicks.includes(item)));
        expect([...short.masked.row(row)]).toEqual(whole);
        expect([...short.heldOut.row(row)]).toEqual([...users.heldOut.row(u)]);
      });
    }
  });

  it('have the same clicks of a user whoever else is there, and a shorter one is part of a longer one', () => {
    const reversed = [...users.users.keys()].reverse();
    const others: HeldOutUsers = {
      users: reversed.map((u) => users.users[u]!),
      foldIn: users.foldIn.select(reversed),
      heldOut: users.heldOut.select(reversed),
    };
    const of = (set: HeldOutUsers, k: number) => {
      const { users: ids, foldIn } = shortProfiles(set, k);
      return new Map(ids.map((id, row) => [id, [...foldIn.row(row)]]));
    };
    expect(of(others, 3)).toEqual(new Map([...of(users, 3)].reverse()));
    const two = of(users, 2);
    for (const [user, clicks] of of(users, 5)) {
      expect(clicks).toEqual(expect.arrayContaining(two.get(user)!));
    }
    // Neither the first clicks nor the last ones of everybody.
    const first = [...of(users, 1)].map(([user, [click]]) =>
      [...users.foldIn.row(users.users.indexOf(user))].indexOf(click!),
    );
    expect(new Set(first).size).toBeGreaterThan(2);
  });

  it('are measured as a computation by hand measures them', async () => {
    const results = await evaluateShort(recommender, users);
    expect(results.map(({ clicks }) => clicks)).toEqual([1, 2, 3, 5]);
    for (const { clicks, leftOut, evaluation } of results) {
      const short = shortProfiles(users, clicks);
      const byHand = short.users.map((_, row) =>
        figures(
          [...short.foldIn.row(row)],
          [...short.masked.row(row)],
          [...short.heldOut.row(row)],
        ),
      );
      expect(leftOut).toBe(short.leftOut);
      expect(evaluation.users).toBe(byHand.length);
      for (const key of ['ndcg@100', 'hit@20', 'hit@100'] as const) {
        const values = byHand.map((user) => user[key]);
        expect([...evaluation.perUser.metrics[key]!]).toEqual(
          values.map((value) => expect.closeTo(value, 12)),
        );
        expect(evaluation.metrics[key]!.mean).toBeCloseTo(mean(values), 12);
      }
    }
    const ndcg = results.map(({ evaluation }) => evaluation.metrics['ndcg@100']!.mean);
    expect(new Set(ndcg).size).toBe(shortLengths.length);
  });

  it('leave out a length that nobody has', async () => {
    const few = [1, 2, 3, 4];
    const short = {
      users: few.map((u) => users.users[u]!),
      foldIn: users.foldIn.select([1, 2, 4, 4]),
      heldOut: users.heldOut.select([1, 2, 4, 5]),
    };
    const results = await evaluateShort(recommender, short);
    expect(results.map(({ clicks, leftOut }) => [clicks, leftOut])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
  });
});

describe('a study with short profiles', () => {
  it('has the estimates and paired differences of each length', async () => {
    const { study, models } = await smallStudy({ short: true });
    const lengths = study.shortProfiles!;
    expect(lengths.map(({ clicks, users, leftOut }) => [clicks, users, leftOut])).toEqual([
      [1, 7, 0],
      [2, 7, 0],
      [3, 6, 1],
      [5, 4, 3],
    ]);
    lengths.forEach(({ models: measured, differences }, place) => {
      const evaluations = models.map(({ short }) => short![place]!.evaluation);
      expect(Object.keys(measured)).toEqual(models.map(({ label }) => label));
      models.forEach(({ label }, m) => {
        expect(Object.keys(measured[label]!)).toEqual(['ndcg@100', 'hit@20', 'hit@100']);
        for (const [key, estimate] of Object.entries(evaluations[m]!.metrics)) {
          const { low, high, ...mean } = measured[label]![key as 'ndcg@100']!;
          expect(mean).toEqual(estimate);
          expect(low).toBeLessThanOrEqual(estimate.mean);
          expect(high).toBeGreaterThanOrEqual(estimate.mean);
        }
      });
      expect(differences).toHaveLength(3 * 3);
      const [first] = differences.filter(({ metric }) => metric === 'ndcg@100');
      const columns = evaluations.map(({ perUser }) => [...perUser.metrics['ndcg@100']!]);
      const perUser = columns[0]!.map((value, u) => value - columns[1]![u]!);
      expect(first!.difference).toBeCloseTo(mean(perUser), 12);
      expect(first!.low).toBeGreaterThanOrEqual(Math.min(...perUser));
    });
  });

  it('shows them in tables, a report and its chart', async () => {
    const material = await smallStudy({ short: true });
    const { study } = material;
    const { head, rows } = shortTable(study);
    expect(head).toEqual(['', ...study.models.map(({ label }) => label)]);
    expect(rows.map(([name]) => name)).toEqual(
      ['1 click', '2 clicks', '3 clicks (1 have fewer)', '5 clicks (3 have fewer)'].flatMap(
        (length) => ['ndcg@100', 'hit@20', 'hit@100'].map((key) => `${length}: ${key}`),
      ),
    );
    const { label } = study.models[1]!;
    expect(rows[6]![2]).toBe(estimateCell(study.shortProfiles![2]!.models[label]!['ndcg@100']!));
    const minus = shortDifferenceTable(study);
    expect(minus.head[0]).toBe(`${study.models[0]!.label} minus`);
    const found = study.shortProfiles![3]!.differences.find(
      ({ metric, first, second }) =>
        metric === 'hit@20' && first === study.models[0]!.label && second === label,
    );
    expect(minus.rows[10]![1]).toBe(differenceCell(found!));

    const { document } = parseHTML(reportPage(material));
    const section = document.querySelector('#short')!;
    expect(document.querySelector('nav')!.textContent).toContain('Short profiles');
    expect(section.querySelectorAll('svg[role=img]')).toHaveLength(2);
    const chart = section.querySelector('svg[role=img]')!.getAttribute('aria-label')!;
    const one = study.shortProfiles![0]!.models[label]!['ndcg@100']!.mean;
    expect(chart).toContain(`${label}: 1: ${Number(one.toFixed(2))}, 2: `);
    expect(section.querySelectorAll('tbody tr')).toHaveLength(24);
    expect(section.textContent).toContain('4 users with 5 clicks (3 have fewer)');
    expect(document.querySelector('#definitions')!.textContent).toContain('Short profiles');
    // A study without them has no such part.
    const { document: plain } = parseHTML(reportPage(await smallStudy()));
    expect(plain.querySelector('#short')).toBeNull();
  });

  it('are in the report of an evaluation', async () => {
    const { models } = await smallStudy({ short: true });
    const measured = models.map(({ label, run, evaluation, short }) => ({
      model: label,
      run: run?.id ?? null,
      evaluation,
      short: short!,
    }));
    const [first, ...others] = measured;
    const { shortProfiles: lengths } = evaluationReport(
      { split: 'test', protocol: 'users', newcomers: null },
      [first!, ...others],
    );
    expect(lengths!.map(({ clicks, users, leftOut }) => [clicks, users, leftOut])).toEqual([
      [1, 7, 0],
      [2, 7, 0],
      [3, 6, 1],
      [5, 4, 3],
    ]);
    expect(lengths![1]!.models[2]).toEqual({
      model: models[2]!.label,
      run: null,
      metrics: models[2]!.short![1]!.evaluation.metrics,
    });
  });
});

describe('the objective', () => {
  const ndcgOf = (rows: readonly { u: number; seen: readonly number[] }[]) =>
    rows.map(
      ({ u, seen }) =>
        figures(seen, [...users.foldIn.row(u)], [...users.heldOut.row(u)])['ndcg@100'],
    );

  it('is the NDCG@100 on whole fold-ins, the mean of those on short ones, or the mean of both', async () => {
    const whole = mean(ndcgOf(withHidden.map((u) => ({ u, seen: [...users.foldIn.row(u)] }))));
    const short = mean(
      shortLengths.map((k) => {
        const { users: ids, foldIn } = shortProfiles(users, k);
        return mean(
          ndcgOf(
            ids.map((id, row) => ({ u: users.users.indexOf(id), seen: [...foldIn.row(row)] })),
          ),
        );
      }),
    );
    expect(short).not.toBeCloseTo(whole, 3);
    const scores = await objectiveScores(recommender, users);
    expect(scores.whole.mean).toBeCloseTo(whole, 12);
    expect(scores.short!.mean).toBeCloseTo(short, 12);
    expect(scores.both.mean).toBeCloseTo((whole + short) / 2, 12);
    expect(mean([...scores.perUser])).toBeCloseTo(scores.both.mean, 12);
    expect(await objectiveScore(recommender, users, 'whole')).toBe(scores.whole.mean);
    expect(await objectiveScore(recommender, users, 'short')).toBe(scores.short!.mean);
    expect(await objectiveScore(recommender, users, 'both')).toBe(scores.both.mean);
  });

  it('has the standard error of a plain mean where every user has every length', async () => {
    const rows = withHidden.filter((u) => u % 10 >= 5);
    const long = {
      users: rows.map((u) => users.users[u]!),
      foldIn: users.foldIn.select(rows),
      heldOut: users.heldOut.select(rows),
    };
    const results = await evaluateShort(recommender, long);
    const perUser = rows.map((_, u) =>
      mean(results.map(({ evaluation }) => evaluation.perUser.metrics['ndcg@100']![u]!)),
    );
    const centre = mean(perUser);
    const variance = mean(perUser.map((value) => (value - centre) ** 2));
    const { short, perUser: parts } = await objectiveScores(recommender, long);
    expect(short!.se).toBeCloseTo(Math.sqrt(variance / rows.length), 12);
    // A user's part is then the mean of the user's own two figures.
    const whole = ndcgOf(rows.map((u) => ({ u, seen: [...users.foldIn.row(u)] })));
    for (const [u, part] of parts.entries()) {
      expect(part).toBeCloseTo((whole[u]! + perUser[u]!) / 2, 12);
    }
  });

  it('is that of whole fold-ins where nobody has a fold-in click, and an error where nothing is hidden', async () => {
    const empty = {
      users: [users.users[1]!],
      foldIn: ClickMatrix.fromRows(items, [[]]),
      heldOut: users.heldOut.select([1]),
    };
    const scores = await objectiveScores(recommender, empty);
    expect(scores.short).toBeNull();
    expect(scores.both).toEqual(scores.whole);
    expect(await objectiveScore(recommender, empty, 'short')).toBe(scores.whole.mean);
    const nothing = { ...empty, heldOut: ClickMatrix.fromRows(items, [[]]) };
    await expect(objectiveScores(recommender, nothing)).rejects.toThrow(SplitError);
  });
});
