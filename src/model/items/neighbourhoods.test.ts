/** Lists of neighbours: how they are collected, reversed and made vectors. */
import { describe, expect, it } from 'vitest';
import { NeighbourCollector, neighbourVectors, reversed } from './neighbourhoods.js';

/** Items 0 to 2, whose lists end at the first weight that is not above 0. */
function collected() {
  const collector = new NeighbourCollector();
  collector.add({
    rows: 2,
    n: 2,
    items: Int32Array.of(1, 2, 2, 0),
    scores: Float32Array.of(4, 1, 0, 3),
  });
  collector.add({
    rows: 1,
    n: 2,
    items: Int32Array.of(0, 1),
    scores: Float32Array.of(2, -1),
  });
  return collector.finish();
}

describe('neighbourhoods', () => {
  it('hold what has a weight above 0, nearest first, item after item', () => {
    expect(collected()).toEqual({
      offsets: Int32Array.of(0, 2, 2, 3),
      items: Int32Array.of(1, 2, 0),
      weights: Float32Array.of(4, 1, 2),
    });
  });

  it('never run on into the list of the next item', () => {
    const collector = new NeighbourCollector();
    const scores = Float32Array.of(4, 3, 2, 1);
    collector.add({ rows: 2, n: 2, items: Int32Array.of(1, 2, 2, 0), scores });
    expect(collector.finish().offsets).toEqual(Int32Array.of(0, 2, 4));
  });

  it('are reversed into the items that have each one as a neighbour', () => {
    expect(reversed(collected())).toEqual({
      offsets: Int32Array.of(0, 1, 2, 3),
      items: Int32Array.of(2, 0, 0),
      weights: Float32Array.of(2, 4, 1),
    });
  });

  it('have vectors whose dot products are near the mean of both weights', async () => {
    // Each item's own weight makes the matrix positive, so that no direction is dropped.
    const own = {
      offsets: [0, 3, 4, 6],
      items: [0, 1, 2, 1, 2, 0],
      weights: [10, 4, 1, 10, 10, 2],
    };
    const { vectors, dimensions } = await neighbourVectors({
      offsets: Int32Array.from(own.offsets),
      items: Int32Array.from(own.items),
      weights: Float32Array.from(own.weights),
    });
    const dot = (a: number, b: number) =>
      Array.from(vectors.subarray(a * dimensions, (a + 1) * dimensions)).reduce(
        (sum, value, d) => sum + value * vectors[b * dimensions + d]!,
        0,
      );
    expect(dot(0, 1)).toBeCloseTo(2, 4);
    expect(dot(0, 2)).toBeCloseTo(1.5, 4);
    expect(dot(1, 2)).toBeCloseTo(0, 4);
    expect(dot(0, 0)).toBeCloseTo(10, 4);
  });
});
