/** EASE against its closed form. */

import { describe, expect, it } from 'vitest';
import { openEngine } from '../backend/select.js';
import { parseConfig } from '../config/parse.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, RunError } from '../errors.js';
import { RandomStream } from '../random.js';
import { Ease, easeMemory, trainEase } from './ease.js';

const engine = await openEngine('cpu');
const items = 9;
const lambda = 4;
const random = new RandomStream(1, 'ease');
const train = ClickMatrix.fromRows(
  items,
  Array.from({ length: 40 }, () => random.permutation(items).slice(0, 1 + random.integer(5))),
);

/**
 * The entries of B's column j by coordinate descent on ‖X − X·B‖² + Σ_i (λ + p/(1−p)·n_i)·B_ij² with B_jj = 0, where n_i
 * is the number of clicks on item i: no inverse. Each user counts (clicks / mean clicks)^−a.
 */
function column(j: number, p = 0, a = 0): Float64Array {
  const rows = Array.from({ length: train.rows }, (_, u) => new Set(train.row(u)));
  const mean = train.clicks / train.rows;
  const together = (one: number, other: number) =>
    rows
      .filter((row) => row.has(one) && row.has(other))
      .reduce((sum, row) => sum + (row.size / mean) ** -a, 0);
  const all = Array.from({ length: items }, (_, k) => k);
  const counts = all.map((one) => all.map((other) => together(one, other)));
  const gram = (one: number, other: number) => counts[one]![other]!;
  const b = new Float64Array(items);
  for (let round = 0; round < 500; round++) {
    for (let i = 0; i < items; i++) {
      if (i === j) continue;
      let rest = gram(i, j);
      for (let k = 0; k < items; k++) if (k !== i) rest -= gram(i, k) * b[k]!;
      b[i] = rest / (gram(i, i) + lambda + (p / (1 - p)) * gram(i, i));
    }
  }
  return b;
}

describe('trainEase', () => {
  it('minimises the ridge loss with a zero diagonal', async () => {
    const weights = await trainEase(parseConfig('ease', { lambda }), train, engine);
    const { data, shape } = weights['items/kernel']!;
    expect(shape).toEqual([items, items]);
    for (let j = 0; j < items; j++) {
      const expected = column(j);
      for (let i = 0; i < items; i++) expect(data[i * items + j]).toBeCloseTo(expected[i]!, 5);
      expect(data[j * items + j]).toBe(0);
    }
  });

  it('with denoise asks more of the weights of items with many clicks', async () => {
    const weights = await trainEase(parseConfig('ease', { lambda, denoise: 0.6 }), train, engine);
    const { data } = weights['items/kernel']!;
    for (let j = 0; j < items; j++) {
      const expected = column(j, 0.6);
      for (let i = 0; i < items; i++) expect(data[i * items + j]).toBeCloseTo(expected[i]!, 5);
      expect(data[j * items + j]).toBe(0);
    }
  });

  it('with userWeight lets users with many clicks count less', async () => {
    const weighted = parseConfig('ease', { lambda, denoise: 0.5, userWeight: 0.7 });
    const { data } = (await trainEase(weighted, train, engine))['items/kernel']!;
    for (let j = 0; j < items; j++) {
      const expected = column(j, 0.5, 0.7);
      for (let i = 0; i < items; i++) expect(data[i * items + j]).toBeCloseTo(expected[i]!, 5);
    }
  });

  it('with popularityDiscount divides the scores of an item by a power of its clicks', async () => {
    const config = parseConfig('ease', { lambda, popularityDiscount: 0.5 });
    const { data } = (await trainEase(config, train, engine))['items/kernel']!;
    const clicks = train.columnCounts();
    const mean = train.clicks / items;
    for (let j = 0; j < items; j++) {
      const expected = column(j).map((weight) => weight / Math.sqrt(clicks[j]! / mean));
      for (let i = 0; i < items; i++) expect(data[i * items + j]).toBeCloseTo(expected[i]!, 5);
    }
  });

  it('states its memory, and refuses more items than a run can hold', async () => {
    expect(easeMemory(20_108) / 1e9).toBeCloseTo(1.74, 2);
    const wide = ClickMatrix.fromRows(32_768, [[0]]);
    const training = trainEase(parseConfig('ease', { lambda }), wide, engine);
    await expect(training).rejects.toThrow(ConfigError);
    await expect(training).rejects.toThrow(/at most 32767 items/);
  });
});

describe('Ease', () => {
  it('scores by x·B, and refuses weights for another number of items', async () => {
    const weights = await trainEase(parseConfig('ease', { lambda }), train, engine);
    const { data } = weights['items/kernel']!;
    const model = new Ease(engine, weights, items);
    const scores = await model.score(ClickMatrix.fromRows(items, [[7, 2]]));
    scores.forEach((score, i) => {
      expect(score).toBeCloseTo(data[7 * items + i]! + data[2 * items + i]!, 6);
    });
    model.dispose();
    expect(() => new Ease(engine, weights, items + 1)).toThrow(RunError);
    expect(() => new Ease(engine, {}, items)).toThrow(/missing/);
  });
});
