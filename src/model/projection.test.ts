/** The plane of the item map, against NumPy. */

import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { principalPlane, sampledPlane } from './projection.js';

const { pca } = JSON.parse(
  readFileSync(new URL('../../test/golden/comparison.json', import.meta.url), 'utf8'),
) as { pca: { vectors: number[][]; coordinates: [number, number][]; shares: [number, number] } };

describe('principalPlane', () => {
  const { x, y, shares } = principalPlane(pca.vectors.flat(), 5);

  it('gives the coordinates of NumPy’s SVD, up to the sign of an axis', () => {
    [x, y].forEach((axis, a) => {
      const expected = pca.coordinates.map((point) => point[a]!);
      const largest = expected.reduce((p, q) => (Math.abs(q) > Math.abs(p) ? q : p));
      expected.forEach((value, row) => {
        expect(axis[row]).toBeCloseTo(Math.sign(largest) * value, 6);
      });
      expect(Math.max(...axis)).toBeGreaterThan(-Math.min(...axis));
      expect(shares[a]).toBeCloseTo(pca.shares[a]!, 8);
    });
  });

  it('does not change when all vectors are shifted', () => {
    const moved = principalPlane(
      pca.vectors.flat().map((value) => value + 3),
      5,
    );
    expect(moved.x[7]).toBeCloseTo(x[7]!, 8);
  });

  it('puts equal vectors on one point', () => {
    const same = principalPlane([1, 2, 1, 2, 1, 2], 2);
    expect([...same.x, ...same.y].every((value) => Math.abs(value) < 1e-12)).toBe(true);
    expect(same.shares).toEqual([0, 0]);
  });
});

describe('sampledPlane', () => {
  const vectorAt = (row: number) => pca.vectors[row]!;

  it('equals the principal plane when the sample is everything', async () => {
    const whole = principalPlane(pca.vectors.flat(), 5);
    const plane = await sampledPlane(vectorAt, pca.vectors.length, 1000);
    plane.x.forEach((value, row) => {
      expect(value).toBeCloseTo(whole.x[row]!, 3);
      expect(plane.y[row]).toBeCloseTo(whole.y[row]!, 3);
    });
  });

  it('projects the rest onto the plane of the sample', async () => {
    const rest = [...pca.vectors.slice(0, 10), pca.vectors[3]!];
    const plane = await sampledPlane((row) => rest[row]!, 11, 10);
    const sample = principalPlane(rest.slice(0, 10).flat(), 5);
    expect(plane.x[10]).toBe(plane.x[3]);
    expect(Math.abs(plane.x[3]!)).toBeCloseTo(Math.abs(sample.x[3]!), 3);
    expect((await sampledPlane(vectorAt, 0, 10)).x).toHaveLength(0);
  });
});
