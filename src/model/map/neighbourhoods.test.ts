/** The map of items that keeps neighbourhoods. */

import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../random.js';
import { type MapMaterial, neighbourhoodMap, withoutPopularity } from './neighbourhoods.js';
import { mapInThread } from './thread.js';

/** Four groups of items in many directions; popularity pulls all of them along one. */
function groups(dimensions: number): MapMaterial {
  const random = new RandomStream(3, 'groups');
  const centres = Array.from({ length: 4 }, () => random.normals(dimensions));
  const clicks = Int32Array.from({ length: 120 }, (_, item) => 1 + ((item * 7) % 50) ** 2);
  const vectors = new Float32Array(120 * dimensions);
  for (let item = 0; item < 120; item++) {
    for (let d = 0; d < dimensions; d++) {
      const pull = d === 0 ? 4 * Math.log1p(clicks[item]!) : 0;
      vectors[item * dimensions + d] = centres[item % 4]![d]! + 0.3 * random.normal() + pull;
    }
  }
  return { vectors, dimensions, clicks };
}

describe('a map of items', () => {
  it.each([6, 70])(
    'keeps groups of %d dimensions together, whatever their popularity',
    async (d) => {
      const { x, y } = await neighbourhoodMap(groups(d));
      const distance = (a: number, b: number) => Math.hypot(x[a]! - x[b]!, y[a]! - y[b]!);
      const nearest = Array.from(x.keys(), (item) =>
        Array.from(x.keys())
          .filter((other) => other !== item)
          .sort((a, b) => distance(item, a) - distance(item, b))
          .slice(0, 5),
      );
      const same = nearest.flatMap((near, item) => near.map((other) => other % 4 === item % 4));
      expect(same.filter(Boolean).length / same.length).toBeGreaterThan(0.9);
      expect(Math.max(...x, ...y)).toBeLessThanOrEqual(1);
    },
  );

  it('is the same each time, also from a thread', async () => {
    const material = groups(6);
    const map = await neighbourhoodMap(material);
    expect(await mapInThread(material)).toEqual(map);
  });

  it('places items without vectors and without clicks', async () => {
    const empty = { vectors: new Float32Array(16), dimensions: 2, clicks: new Int32Array(8) };
    const { x, y } = await neighbourhoodMap(empty);
    expect([...x, ...y].every(Number.isFinite)).toBe(true);
  });

  it('takes out what popularity predicts of a vector', () => {
    const material = groups(6);
    const rest = withoutPopularity(material);
    for (let d = 0; d < 6; d++) {
      let product = 0;
      material.clicks.forEach((clicks, item) => {
        product += Math.log1p(clicks) * rest[item * 6 + d]!;
      });
      expect(Math.abs(product)).toBeLessThan(1e-3);
    }
  });
});
