/** In what the splits of runs differ. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId, UserId } from '../data/ids.js';
import { splitDifference } from './same-split.js';

function run(
  id: string,
  changes: {
    dataHash?: string;
    splitSeed?: number;
    items?: string[];
    users?: string[];
    foldIn?: number[][];
    heldOut?: number[][];
    split?: 'validation' | 'test';
  } = {},
) {
  const { dataHash = 'abc', splitSeed = 1, items = ['x', 'y', 'z'] } = changes;
  const { users = ['u', 'v'], foldIn = [[0], [1]], heldOut = [[1], [0, 2]] } = changes;
  const plain = {
    users: ['u', 'v'] as UserId[],
    foldIn: ClickMatrix.fromRows(3, [[0], [1]]),
    heldOut: ClickMatrix.fromRows(3, [[1], [0, 2]]),
  };
  const set = {
    users: users as UserId[],
    foldIn: ClickMatrix.fromRows(3, foldIn),
    heldOut: ClickMatrix.fromRows(3, heldOut),
  };
  return {
    id,
    lineage: {
      dataHash,
      dataName: 'd',
      packageVersion: '0',
      nodeVersion: 'v20',
      backend: 'none',
      seed: null,
      durationS: 0,
      createdAt: '',
      command: [],
    },
    protocol: { ratingThreshold: 3.5, minClicks: 5, heldoutUsers: 1, splitSeed },
    vocabulary: { items: items as ItemId[], trainClicks: Int32Array.of(1, 1, 1) },
    split: { validation: plain, test: plain, [changes.split ?? 'test']: set },
  };
}

describe('splitDifference', () => {
  it('accepts runs of the same split', () => {
    expect(splitDifference([run('a'), run('b'), run('c')], 'test')).toBeNull();
  });

  it.each([
    [{ dataHash: 'def' }, /different data \(hash abc… and def…\)/],
    [{ splitSeed: 2 }, /splitSeed is 1 in one and 2 in the other/],
    [{ items: ['x', 'z', 'y'] }, /know different items/],
    [{ items: ['x', 'y'] }, /know different items/],
    [{ items: ['x', 'y', 'z', 'w'] }, /know different items/],
  ])('finds %o and names the difference', (changes, sentence) => {
    const difference = splitDifference([run('a'), run('c'), run('b', changes)], 'test');
    expect(difference).toEqual({ first: 'a', second: 'b', text: expect.stringMatching(sentence) });
  });

  // Each differs in one place alone: in its users, in the rows, or in an item of a row.
  it.each([
    { users: ['u', 'w'] },
    { users: ['v', 'u'] },
    { users: ['u'] },
    { users: ['u', 'v', 'w'] },
    { foldIn: [[0], [2]] },
    { foldIn: [[0, 1], []] },
    { foldIn: [[0], [1], [2]] },
    { heldOut: [[2], [0, 2]] },
    { heldOut: [[1, 2], [2]] },
    { heldOut: [[1, 0], [2]] },
    { heldOut: [[1], [0]] },
    { heldOut: [[1], [0, 2], []] },
  ])('finds other held-out users of the split that is measured: %o', (changes) => {
    const found = (measured: 'validation' | 'test', split: 'validation' | 'test') =>
      splitDifference([run('a'), run('b', { ...changes, split })], measured)?.text;
    for (const split of ['validation', 'test'] as const) {
      expect(found(split, split)).toBe(`their ${split} users, or their hidden clicks, differ`);
    }
    expect(found('validation', 'test')).toBeUndefined();
    expect(found('test', 'validation')).toBeUndefined();
  });
});
