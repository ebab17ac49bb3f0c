/** Cosines of items by who clicked them, against values by hand. */
import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import { ClickCosines } from './click-cosines.js';

/** Item 0 has three users, item 1 two, item 2 one, item 3 none. */
const clicks = ClickMatrix.fromRows(4, [[0, 1], [1, 0, 2], [0]]);

describe('ClickCosines', () => {
  const half = 1 / Math.sqrt(3);
  const expected = [
    [1, 2 / Math.sqrt(6), half, 0],
    [2 / Math.sqrt(6), 1, 1 / Math.sqrt(2), 0],
    [half, 1 / Math.sqrt(2), 1, 0],
    [0, 0, 0, 0],
  ];

  it('gives the common users over the root of the users of both', async () => {
    const cosines = new ClickCosines(clicks);
    for (const [item, row] of expected.entries()) {
      const relations = await cosines.itemRelations(item);
      expect(relations).toBeInstanceOf(Float32Array);
      for (const [other, value] of row.entries()) expect(relations[other]).toBeCloseTo(value, 6);
    }
  });

  it('has vectors with these cosines as dot products', async () => {
    const { vectors, dimensions } = await new ClickCosines(clicks).itemVectors();
    expect(vectors).toHaveLength(4 * dimensions);
    const dot = (a: number, b: number) =>
      Array.from(vectors.subarray(a * dimensions, (a + 1) * dimensions)).reduce(
        (sum, value, d) => sum + value * vectors[b * dimensions + d]!,
        0,
      );
    for (const [a, row] of expected.entries()) {
      for (const [b, value] of row.entries()) expect(dot(a, b)).toBeCloseTo(value, 5);
    }
  });
});
