/** Vectors of items from their ties, against whole matrices. */

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../random.js';
import { embeddedItems } from './embedding.js';
import { NeighbourCollector, neighbourVectors } from './neighbourhoods.js';

const times = (matrix: readonly (readonly number[])[], column: ArrayLike<number>) =>
  Float64Array.from(matrix, (row) => row.reduce((sum, value, j) => sum + value * column[j]!, 0));

/** V·Vᵀ */
function products({ vectors, dimensions }: { vectors: Float32Array; dimensions: number }) {
  const items = vectors.length / dimensions;
  const rows = Array.from({ length: items }, (_, i) => [
    ...vectors.subarray(i * dimensions, (i + 1) * dimensions),
  ]);
  return rows.map((a) => rows.map((b) => a.reduce((sum, value, d) => sum + value * b[d]!, 0)));
}

describe('embeddedItems', () => {
  it('has dot products that are the matrix itself where it has no negative direction', async () => {
    const random = new RandomStream(1, 'embedding test');
    const factors = Array.from({ length: 9 }, () => [0, 1, 2].map(() => random.normal()));
    const matrix = factors.map((a) => factors.map((b) => a.reduce((s, x, d) => s + x * b[d]!, 0)));
    const embedding = await embeddedItems(9, (column) => times(matrix, column));
    expect(embedding.dimensions).toBe(3);
    products(embedding).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(matrix[i]![j]!, 4);
      });
    });
  });

  it('brings tied items together, and leaves untied ones at 0', async () => {
    // Items 0 and 1 are tied, so are 2 and 3 more weakly; item 4 is tied to none.
    const matrix = Array.from({ length: 5 }, () => [0, 0, 0, 0, 0]);
    matrix[0]![1] = matrix[1]![0] = 0.6;
    matrix[2]![3] = matrix[3]![2] = 0.2;
    const embedding = await embeddedItems(5, (column) => times(matrix, column));
    expect(embedding.dimensions).toBe(2);
    // The pair's eigenvalues are 0.6 and -0.6; the positive one alone is kept.
    const expected = [
      [0.3, 0.3, 0, 0, 0],
      [0.3, 0.3, 0, 0, 0],
      [0, 0, 0.1, 0.1, 0],
      [0, 0, 0.1, 0.1, 0],
      [0, 0, 0, 0, 0],
    ];
    products(embedding).forEach((row, i) => {
      row.forEach((value, j) => {
        expect(value).toBeCloseTo(expected[i]![j]!, 6);
      });
    });
  });

  it('has one dimension of zeros where nothing is tied, and none to compute for no item', async () => {
    const nothing = await embeddedItems(3, (column) => new Float64Array(column.length));
    expect(nothing).toEqual({ vectors: new Float32Array(3), dimensions: 1 });
    expect((await embeddedItems(0, (column) => column)).vectors).toHaveLength(0);
  });

  it('keeps the 64 strongest directions of many, and is the same each time', async () => {
    const items = 150;
    const strength = (item: number) => (item < 80 ? 1 + item : 0);
    const diagonal = (column: Float64Array) => column.map((value, item) => value * strength(item));
    const embedding = await embeddedItems(items, diagonal);
    expect(embedding.dimensions).toBe(64);
    expect(embedding).toEqual(await embeddedItems(items, diagonal));
    expect(products(embedding)[79]![79]).toBeCloseTo(80, 1);
  });
});

describe('neighbourVectors', () => {
  it('takes the mean of the two weights between two items', async () => {
    // 0 lists 1 with 0.8, 1 lists 0 with 0.4; 2 lists 0 with 0.2, and 0 does not list 2.
    const collector = new NeighbourCollector();
    collector.add({
      rows: 3,
      n: 2,
      items: Int32Array.of(1, 2, 0, -1, 0, -1),
      scores: Float32Array.of(0.8, 0, 0.4, -Infinity, 0.2, -Infinity),
    });
    const neighbours = collector.finish();
    expect([...neighbours.offsets]).toEqual([0, 1, 2, 3]);
    const matrix = [
      [0, 0.6, 0.1],
      [0.6, 0, 0],
      [0.1, 0, 0],
    ];
    const expected = await embeddedItems(3, (column) => times(matrix, column));
    const { vectors, dimensions } = await neighbourVectors(neighbours);
    expect(dimensions).toBe(expected.dimensions);
    vectors.forEach((value, k) => {
      expect(Math.abs(value)).toBeCloseTo(Math.abs(expected.vectors[k]!), 5);
    });
  });
});
