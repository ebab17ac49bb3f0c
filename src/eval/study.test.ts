/** Studies of several models: their record, their tables as text, curves by cutoff, and the evaluation's report. */

import { describe, expect, it } from 'vitest';
import { smallStudy } from '../../test/fixtures/small-study.js';
import { cutoffCurves } from './cutoff-curves.js';
import { evaluationReport, userLines } from './report.js';
import {
  differenceCell,
  differenceTable,
  estimateCell,
  groupTable,
  listTable,
  metricTable,
  pText,
} from './study-tables.js';

const labels = ['mult-vae, small', 'mult-dae, small', 'popularity, small'];

describe('study', () => {
  it('says what was measured, on what, and how', async () => {
    const { study, models } = await smallStudy();
    const { models: _, differences, verdict, ...facts } = study;
    expect(facts).toEqual({
      split: 'validation',
      dataName: 'films',
      dataHash: 'ab'.repeat(32),
      protocol: { ratingThreshold: 3.5, minClicks: 5, heldoutUsers: 8, splitSeed: 7 },
      users: 7,
      leftOut: 1,
      seed: 5,
      resamples: 10_000,
      provenance: {
        packageVersion: '0.2.0',
        nodeVersion: 'v20.0.0',
        backend: 'native',
        command: ['report', '--k', '2,5,10'],
      },
    });
    expect(differences).toHaveLength(3 * 3 * 7);
    expect(verdict).toMatchObject({
      best: labels[2],
      undecided: [labels[1], labels[0]],
      outcome: 'undecided',
    });
    expect(verdict!.sentence).toMatch(
      /^popularity, small leads, but mult-dae, small and mult-vae, small may be as good\. With popularity, small, 4 of the 7 users measured find a hidden click among the first 2; /,
    );
    expect(study.models.map(({ label, model, run }) => [label, model, run])).toEqual([
      [labels[0], 'mult-vae', 'mult-vae-20260102-030405-aaaa'],
      [labels[1], 'mult-dae', 'mult-dae-20260102-030405-bbbb'],
      [labels[2], 'popularity', null],
    ]);
    for (const [m, { config, lineage, metrics, beyondAccuracy }] of study.models.entries()) {
      expect(config).toEqual(models[m]!.run?.config ?? null);
      expect(lineage).toEqual(models[m]!.run?.lineage ?? null);
      expect(metrics['ndcg@5']).toMatchObject(models[m]!.evaluation.metrics['ndcg@5']!);
      expect(beyondAccuracy.lists.map(({ k }) => k)).toEqual([2, 5, 10]);
      expect(beyondAccuracy.lists[0]!.genreDiversity).not.toBeNull();
    }
    expect(study.models[0]!.beyondAccuracy).not.toEqual(study.models[1]!.beyondAccuracy);
  });
});

describe('the tables', () => {
  it('have a column a model and a row a metric', async () => {
    const { study } = await smallStudy();
    const { head, rows } = metricTable(study);
    expect(head).toEqual(['', ...labels]);
    expect(rows.map(([name]) => name)).toEqual(Object.keys(study.models[0]!.metrics));
    for (const [name, ...cells] of rows) {
      expect(cells).toEqual(
        study.models.map(({ metrics }) => estimateCell(metrics[name as 'ndcg@5']!)),
      );
    }
  });

  it('have the differences of the first model from each other one', async () => {
    const { study } = await smallStudy();
    const { head, rows } = differenceTable(study);
    expect(head).toEqual([`${labels[0]} minus`, labels[1], labels[2]]);
    for (const [metric, ...cells] of rows) {
      const found = [labels[1], labels[2]].map((second) =>
        study.differences.find(
          (d) => d.metric === metric && d.first === labels[0] && d.second === second,
        ),
      );
      expect(cells).toEqual(found.map((difference) => differenceCell(difference!)));
    }
    expect(rows).toHaveLength(21);
  });

  it('have the qualities of the lists at every cutoff, with genres where they are known', async () => {
    const { study } = await smallStudy();
    const { head, rows } = listTable(study);
    expect(head).toEqual(['', ...labels]);
    const names = ['coverage', 'gini', 'popularity-rank', 'genre-diversity'];
    expect(rows.map(([name]) => name)).toEqual(
      names.flatMap((name) => [2, 5, 10].map((k) => `${name}@${k}`)),
    );
    const quality = (place: number) =>
      study.models.map(({ beyondAccuracy }) => beyondAccuracy.lists[place]!);
    expect(rows[1]!.slice(1)).toEqual(quality(1).map(({ coverage }) => coverage.toFixed(4)));
    expect(rows[5]!.slice(1)).toEqual(quality(2).map(({ gini }) => gini.toFixed(4)));
    expect(rows[6]!.slice(1)).toEqual(
      quality(0).map(({ popularityRank }) => estimateCell(popularityRank, 1)),
    );
    expect(rows[9]!.slice(1)).toEqual(
      quality(0).map(({ genreDiversity }) => estimateCell(genreDiversity!)),
    );
    const models = study.models.map((model) => ({
      ...model,
      beyondAccuracy: {
        ...model.beyondAccuracy,
        lists: model.beyondAccuracy.lists.map((list) => ({ ...list, genreDiversity: null })),
      },
    }));
    expect(listTable({ ...study, models }).rows).toHaveLength(9);
  });

  it.each(['byActivity', 'byPopularity'] as const)('have the groups %s', async (by) => {
    const { study } = await smallStudy();
    const { head, rows } = groupTable(study, by);
    expect(head).toEqual(['ndcg@10', ...labels]);
    const unit = by === 'byActivity' ? 'users' : 'items';
    expect(rows).toEqual(
      study.models[0]!.beyondAccuracy[by].map(({ group, size, range }, place) => [
        `${group} (${size} ${unit}, ${range})`,
        ...study.models.map(({ beyondAccuracy }) => estimateCell(beyondAccuracy[by][place]!.ndcg)),
      ]),
    );
    expect(rows.length).toBeGreaterThan(2);
  });

  it('write numbers with their signs and places', () => {
    const ends = { se: 0, low: 0.12345, high: 1.5 };
    expect(estimateCell({ mean: 0.5, ...ends })).toBe('0.5000 [0.1235, 1.5000]');
    expect(estimateCell({ mean: 0.5, ...ends }, 1)).toBe('0.5 [0.1, 1.5]');
    const pair = {
      metric: 'ndcg@5',
      first: 'a',
      second: 'b',
      p: 0.1,
      ahead: 1,
      behind: 1,
    } as const;
    expect(differenceCell({ ...pair, difference: -0.25, low: -1, high: 0, pHolm: 0.02 })).toBe(
      '-0.2500 [-1.0000, +0.0000] p .0200',
    );
    expect([pText(0.0001), pText(0.00009), pText(1), pText(0)]).toEqual([
      '.0001',
      '< .0001',
      '1.0000',
      '< .0001',
    ]);
  });
});

describe('the curves by cutoff', () => {
  it('have the means and intervals of the study at its cutoffs, up to the depth of the lists', async () => {
    const { study, models, heldOutUsers } = await smallStudy();
    const { heldOut } = heldOutUsers;
    const evaluations = models.map(({ evaluation }) => evaluation);
    const curves = cutoffCurves(evaluations, heldOut, 5);
    for (const [m, curve] of curves.entries()) {
      for (const name of ['recall', 'ndcg'] as const) {
        expect(curve[name].map(({ k }) => k)).toEqual([1, 2, 3, 4, 5, 7, 10]);
        for (const k of [2, 5, 10] as const) {
          const point = curve[name].find((each) => each.k === k)!;
          const { mean } = study.models[m]!.metrics[`${name}@${k}`]!;
          expect(point.mean).toBeCloseTo(mean, 12);
          expect(point.low).toBeLessThanOrEqual(point.mean);
          expect(point.high).toBeGreaterThanOrEqual(point.mean);
        }
      }
      expect(curve.recall).not.toEqual(curve.ndcg);
    }
    expect(cutoffCurves(evaluations, heldOut, 6)).not.toEqual(curves);
    expect(curves[0]).not.toEqual(curves[1]);
  });
});

describe('the report of an evaluation', () => {
  const measure = async () =>
    (await smallStudy()).models.map(({ label, run, evaluation }) => ({
      model: label,
      run: run?.id ?? null,
      evaluation,
    }));

  it('has the metrics of every model on the same users', async () => {
    const measured = await measure();
    const [first, ...others] = measured;
    expect(
      evaluationReport({ split: 'test', protocol: 'users', newcomers: null }, [first!, ...others]),
    ).toEqual({
      split: 'test',
      protocol: 'users',
      users: 7,
      leftOut: 1,
      models: measured.map(({ model, run, evaluation }) => ({
        model,
        run,
        metrics: evaluation.metrics,
      })),
    });
  });

  it('has a line for each user under each model', async () => {
    const measured = await measure();
    const lines = [...userLines(measured)];
    expect(lines.map(({ model, user }) => `${model} ${user}`)).toEqual(
      measured.flatMap(({ model }) =>
        ['u0', 'u1', 'u2', 'u3', 'u5', 'u6', 'u7'].map((user) => `${model} ${user}`),
      ),
    );
    const { perUser } = measured[1]!.evaluation;
    expect(lines[7 + 3]).toEqual({
      model: labels[1],
      run: 'mult-dae-20260102-030405-bbbb',
      user: 'u3',
      heldOut: 4,
      metrics: Object.fromEntries(
        Object.entries(perUser.metrics).map(([key, column]) => [key, column[3]]),
      ),
    });
  });
});
