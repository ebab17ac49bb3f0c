import { describe, expect, it } from 'vitest';
import { likeness, movements } from './movement.js';

describe('movements', () => {
  it('counts places up and down, and marks what is new', () => {
    const moved = movements(['a', 'b', 'c'], ['c', 'x', 'b']);
    expect([...moved]).toEqual([
      ['c', 2],
      ['x', 'new'],
      ['b', -1],
    ]);
  });

  it('says nothing of what stayed, of a first list, and of what lies behind the old list', () => {
    expect(movements(['a', 'b'], ['a', 'b', 'z']).size).toBe(0);
    expect(movements([], ['a']).size).toBe(0);
  });
});

describe('likeness', () => {
  it('counts what both have, how far apart it is, and what moved farthest', () => {
    expect(likeness(['a', 'b', 'c', 'd'], ['d', 'a', 'x', 'c'])).toEqual({
      shared: 3,
      meanShift: (1 + 1 + 3) / 3,
      farthest: { id: 'd', shift: 3 },
    });
  });

  it('has no mean where nothing is shared, and no farthest where nothing moved', () => {
    expect(likeness(['a'], ['b'])).toEqual({ shared: 0, meanShift: null, farthest: null });
    expect(likeness(['a'], ['a'])).toEqual({ shared: 1, meanShift: 0, farthest: null });
  });
});
