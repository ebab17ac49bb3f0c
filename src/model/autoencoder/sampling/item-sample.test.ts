/** The items of an update: which, how often, and what each stands for. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../../data/click-matrix.js';
import { RandomTable } from '../../../random.js';
import { ItemSampler } from './item-sample.js';

const clicks = ClickMatrix.fromRows(100, [[70, 3, 12], [], [12, 99, 3, 0]]);

describe('ItemSampler', () => {
  it('gives the clicked items, each once, and the batch over them', () => {
    const { clicked, inputs } = new ItemSampler(100, 20, 1).sample(clicks, 5);
    expect([...clicked]).toEqual([0, 3, 12, 70, 99]);
    expect(inputs.columns).toBe(5);
    for (let u = 0; u < clicks.rows; u++) {
      expect(Array.from(inputs.row(u), (c) => clicked[c]!)).toEqual([...clicks.row(u)]);
    }
  });

  it('adds items that the batch did not click, each standing for its stratum', () => {
    const { clicked, items, weights, targets } = new ItemSampler(100, 20, 1).sample(clicks, 5);
    expect([...items]).toEqual([...items].sort((a, b) => a - b));
    expect(new Set(items).size).toBe(items.length);
    for (let u = 0; u < clicks.rows; u++) {
      expect(Array.from(targets.row(u), (k) => items[k]!)).toEqual([...clicks.row(u)]);
    }
    const own = new Set(clicked);
    const others = [...items].filter((item) => !own.has(item));
    expect(others.length).toBeGreaterThanOrEqual(15);
    expect(new Set(others.map((item) => Math.floor(item / 5))).size).toBe(others.length);
    expect([...weights]).toEqual([...items].map((item) => (own.has(item) ? 1 : 5)));
  });

  it.each([0.3, 33, 64, 1])('estimates sums over all items without a bias with %d', (drawn) => {
    const sampler = new ItemSampler(100, drawn, 3);
    const value = (item: number) => 1 + (item % 7) + (item > 90 ? 20 : 0);
    const whole = Array.from({ length: 100 }, (_, item) => value(item)).reduce((a, b) => a + b);
    const estimates = Array.from({ length: 4000 }, (_, update) => {
      const { items, weights } = sampler.sample(clicks, update);
      return items.reduce((sum, item, k) => sum + weights[k]! * value(item), 0);
    });
    const mean = estimates.reduce((a, b) => a + b) / estimates.length;
    const variance = estimates.reduce((sum, x) => sum + (x - mean) ** 2, 0) / estimates.length;
    expect(Math.abs(mean - whole)).toBeLessThan(4 * Math.sqrt(variance / estimates.length));
  });

  it('takes a share of the items, all of them at most, and never none', () => {
    const sizeOf = (sampledItems: number) => {
      const { items, weights } = new ItemSampler(100, sampledItems, 1).sample(clicks, 0);
      return [items.length, Math.max(...weights)];
    };
    expect(sizeOf(100)).toEqual([100, 1]);
    expect(sizeOf(1000)).toEqual([100, 1]);
    expect(sizeOf(0.999)).toEqual([100, 1]);
    expect(sizeOf(0.001)[0]).toBeLessThanOrEqual(6);
    expect(new ItemSampler(3, 0.1, 1).sample(ClickMatrix.fromRows(3, [[]]), 0).items).toHaveLength(
      1,
    );
  });

  it('draws by seed and update alone', () => {
    const sampler = new ItemSampler(100, 20, 1);
    const drawn = (update: number, seed = 1) =>
      [
        ...(seed === 1 ? sampler : new ItemSampler(100, 20, seed)).sample(clicks, update).items,
      ].join();
    const first = drawn(5);
    expect(drawn(6)).not.toBe(first);
    expect(drawn(5)).toBe(first);
    expect(drawn(5, 2)).not.toBe(first);
    expect([...new ItemSampler(100, 20, 1).sample(clicks, 5).items].join()).toBe(first);
  });
});

describe('RandomTable', () => {
  it('draws evenly, in any order', () => {
    const table = new RandomTable(4, 'items', 9);
    const counts = new Array<number>(10).fill(0);
    for (let place = 0; place < 20_000; place++) counts[table.integer(place, 10)]!++;
    for (const count of counts) expect(Math.abs(count - 2000)).toBeLessThan(200);
    const forwards = Array.from({ length: 50 }, (_, k) => table.integer(k, 1000));
    const backwards = Array.from({ length: 50 }, (_, k) => table.integer(49 - k, 1000));
    expect(backwards.reverse()).toEqual(forwards);
    expect(new Set(forwards).size).toBeGreaterThan(40);
    expect(Math.max(...Array.from({ length: 999 }, (_, k) => table.integer(k, 1)))).toBe(0);
  });
});
