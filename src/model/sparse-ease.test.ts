/** Sparse EASE: its weights, against EASE and by hand. */

import { describe, expect, it } from 'vitest';
import { openEngine } from '../backend/select.js';
import { parseConfig } from '../config/parse.js';
import { ClickMatrix } from '../data/click-matrix.js';
import { ConfigError, RunError } from '../errors.js';
import { RandomStream } from '../random.js';
import { trainEase } from './ease.js';
import { SparseEase, sparseEaseMemory, trainSparseEase } from './sparse-ease.js';

const engine = await openEngine('cpu');
const items = 12;

/** Users who like one of three groups of four items, and a few others. */
const clicks = ClickMatrix.fromRows(
  items,
  Array.from({ length: 90 }, (_, u) => {
    const random = new RandomStream(1, 'sparse', u);
    const order = random.permutation(items);
    return Array.from(order).filter(
      (item, k) => k < 2 || (Math.floor(item / 4) === u % 3 && k < 9),
    );
  }),
);

const config = (changes: object) => parseConfig('sparse-ease', { lambda: 5, ...changes });
async function trained(changes: object): Promise<SparseEase> {
  return new SparseEase(await trainSparseEase(config(changes), clicks, engine), items);
}
const single = ClickMatrix.fromRows(
  items,
  Array.from({ length: items }, (_, i) => [i]),
);

describe('sparse EASE', () => {
  it('is EASE where every item is a candidate, with EDLAE’s diagonal and a discount or without', async () => {
    for (const kind of [
      { denoise: 0 },
      { denoise: 0.5 },
      { denoise: 0, popularityDiscount: 0.3 },
      { denoise: 0.5, userWeight: 0.7 },
    ]) {
      const dense = await trainEase(parseConfig('ease', { lambda: 5, ...kind }), clicks, engine);
      const expected = dense['items/kernel']!.data;
      const weights = await (await trained({ neighbours: items, ...kind })).score(single);
      weights.forEach((value, k) => {
        expect(value, `weight ${k}`).toBeCloseTo(expected[k]!, 4);
      });
    }
  });

  it('keeps so many weights of each item, the strongest', async () => {
    const stored = await trainSparseEase(config({ neighbours: 3 }), clicks, engine);
    const values = stored['weights/values']!.data;
    const targets = stored['weights/items']!.data;
    const counts = new Int32Array(items);
    for (const target of targets) counts[target]!++;
    expect(Math.max(...counts)).toBe(3);
    expect(values.every((value) => value !== 0)).toBe(true);
    // Of its own group: that is how the clicks were drawn.
    const offsets = stored['weights/offsets']!.data;
    let own = 0;
    for (let i = 0; i < items; i++) {
      for (let k = offsets[i]!; k < offsets[i + 1]!; k++) {
        own += +(Math.floor(targets[k]! / 4) === Math.floor(i / 4) && values[k]! > 0);
      }
    }
    expect(own).toBeGreaterThan(0.8 * targets.length);
  });

  it('ranks row by row as its scores say', async () => {
    const model = await trained({ neighbours: 4 });
    const rows = clicks.slice(0, 7);
    const scores = await model.score(rows);
    const { items: ranked } = await model.topN(rows, items, rows);
    for (let u = 0; u < rows.rows; u++) {
      const own = Array.from(scores.subarray(u * items, (u + 1) * items));
      const seen = new Set(rows.row(u));
      const order = own
        .map((score, item) => ({ score, item }))
        .filter(({ item }) => !seen.has(item))
        .sort((a, b) => b.score - a.score || a.item - b.item)
        .map(({ item }) => item);
      expect(Array.from(ranked.subarray(u * items, u * items + order.length))).toEqual(order);
    }
  });

  it('compares items of one group as near', async () => {
    const model = await trained({ neighbours: 4 });
    const relations = await model.itemRelations(0);
    expect(Array.from(relations).indexOf(Math.max(...relations))).toBeLessThan(4);
    const { vectors, dimensions } = await model.itemVectors();
    expect(vectors).toHaveLength(items * dimensions);
  });

  it('can be stopped, and stands one item and items that nobody clicked', async () => {
    const stop = new AbortController();
    stop.abort(new Error('enough'));
    await expect(trainSparseEase(config({}), clicks, engine, stop.signal)).rejects.toThrow(
      'enough',
    );
    const lonely = ClickMatrix.fromRows(1, [[0], [0]]);
    const one = new SparseEase(await trainSparseEase(config({}), lonely, engine), 1);
    expect(await one.score(lonely)).toEqual(new Float32Array(2));
    const sparse = ClickMatrix.fromRows(5, [[0, 1], [0, 1], [2]]);
    const some = new SparseEase(await trainSparseEase(config({}), sparse, engine), 5);
    const scores = await some.score(ClickMatrix.fromRows(5, [[0]]));
    expect(scores[1]).toBeGreaterThan(0);
    expect(Array.from(scores.subarray(2))).toEqual([0, 0, 0]);
  });

  it('refuses more weights than a run holds, and weights that are damaged', async () => {
    const wide = ClickMatrix.fromRows(2_000_000, [[0, 1]]);
    await expect(trainSparseEase(config({ neighbours: 500 }), wide, engine)).rejects.toThrow(
      new ConfigError(
        "sparse-ease keeps 2000000 x 500 weights; at most 535822336 fit a run's file. Set neighbours to 267 or less.",
      ),
    );
    const weights = await trainSparseEase(config({ neighbours: 3 }), clicks, engine);
    expect(() => new SparseEase(weights, items + 1)).toThrow(RunError);
    const { 'weights/values': _, ...missing } = weights;
    expect(() => new SparseEase(missing, items)).toThrow(/not those of a sparse EASE of 12 items/);
  });

  it('says how much memory it takes', () => {
    // 100 million clicks by item; 100 weights of eight bytes, three times; 400 correlations of each item of the sample.
    expect(sparseEaseMemory(config({ neighbours: 100 }), 1e6, 1e8)).toBe(
      4e8 + 8 * (3e8 + 2 * 400 * 16_384),
    );
  });
});
