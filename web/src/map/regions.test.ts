/** Names of regions. */

import { describe, expect, it } from 'vitest';
import { type RegionPoint, regionsOf } from './regions.js';

const point = (x: number, y: number, group: string | null, weight = 1): RegionPoint => ({
  x,
  y,
  group,
  weight,
  name: `${group} at ${x}`,
});
const row = (from: number, group: string | null, count = 10) =>
  Array.from({ length: count }, (_, k) => point(from + k, 50, group, k === 5 ? 9 : 1));
const cell = { width: 100, height: 100 };

describe('regions', () => {
  it('have the name of their category and of a known item in their middle, the largest first', () => {
    const regions = regionsOf([...row(10, 'War'), ...row(110, 'Comedy', 20)], cell);
    expect(regions.map(({ group, points }) => [group, points])).toEqual([
      ['Comedy', 20],
      ['War', 10],
    ]);
    expect(regions[1]!.medoid).toBe('War at 15');
    expect(regions[1]!.x).toBe(14.5);
  });

  it('are smaller parts after a zoom', () => {
    const points = [...row(10, 'War'), ...row(40, 'Comedy')];
    expect(regionsOf(points, { width: 30, height: 30 })).toHaveLength(2);
  });

  it('have one name three times at most', () => {
    const points = [10, 110, 210, 310, 410].flatMap((from) => row(from, 'War'));
    expect(regionsOf(points, cell)).toHaveLength(3);
  });

  it('have no name where they are nearly empty, or no category stands out', () => {
    expect(regionsOf(row(10, 'War', 7), cell)).toEqual([]);
    expect(regionsOf(row(10, null), cell)).toEqual([]);
    const five = ['a', 'b', 'c', 'd', 'e'].flatMap((group) => [
      ...row(10, group, 4),
      ...row(110, group, 4),
    ]);
    expect(regionsOf(five, cell)).toEqual([]);
  });
});
