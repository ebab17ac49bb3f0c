/** How items move between two lists. */

import { describe, expect, it } from 'vitest';
import { likeness, movements } from './movement.js';

describe('movements', () => {
  it('counts places up and down, and marks new items', () => {
    const moved = movements(['a', 'b', 'c'], ['c', 'x', 'b']);
    expect([...moved]).toEqual([
      ['c', 2],
      ['x', 'new'],
      ['b', -1],
    ]);
  });

  it('leaves out items that stayed, a first list, and items beyond the end of the old list', () => {
    expect(movements(['a', 'b'], ['a', 'b', 'z']).size).toBe(0);
    expect(movements([], ['a']).size).toBe(0);
  });
});

describe('likeness', () => {
  it('counts shared items, their mean distance, and the item that moved farthest', () => {
    expect(likeness(['a', 'b', 'c', 'd'], ['d', 'a', 'x', 'c'])).toEqual({
      shared: 3,
      meanShift: (1 + 1 + 3) / 3,
      farthest: { id: 'd', shift: 3 },
    });
  });

  it('has no mean without shared items, and no farthest item if none moved', () => {
    expect(likeness(['a'], ['b'])).toEqual({ shared: 0, meanShift: null, farthest: null });
    expect(likeness(['a'], ['a'])).toEqual({ shared: 1, meanShift: 0, farthest: null });
  });
});
