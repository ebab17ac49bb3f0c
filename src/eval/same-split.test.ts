/** Runs of different splits are refused. */

import { describe, expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import type { ItemId, UserId } from '../data/ids.js';
import { RunError } from '../errors.js';
import { checkSameSplit } from './same-split.js';

function run(
  id: string,
  changes: { dataHash?: string; splitSeed?: number; items?: string[]; heldOut?: number } = {},
) {
  const { dataHash = 'abc', splitSeed = 1, items = ['x', 'y', 'z'], heldOut = 1 } = changes;
  const set = {
    users: ['u'] as UserId[],
    foldIn: ClickMatrix.fromRows(3, [[0]]),
    heldOut: ClickMatrix.fromRows(3, [[heldOut]]),
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
    split: { validation: set, test: set },
  };
}

describe('checkSameSplit', () => {
  it('accepts runs of the same split', () => {
    expect(() => checkSameSplit([run('a'), run('b'), run('c')], 'test')).not.toThrow();
  });

  it.each([
    [{ dataHash: 'def' }, /runs a and b .* different data \(hash abc… and def…\)/],
    [{ splitSeed: 2 }, /splitSeed is 1 in one and 2 in the other/],
    [{ items: ['x', 'z', 'y'] }, /know different items/],
    [{ heldOut: 2 }, /their test users, or their hidden clicks, differ/],
  ])('refuses %o and names the difference', (changes, sentence) => {
    const check = () => checkSameSplit([run('a'), run('c'), run('b', changes)], 'test');
    expect(check).toThrow(RunError);
    expect(check).toThrow(sentence);
  });
});
