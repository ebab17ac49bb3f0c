/** Evaluation of a model on held-out users. */

import { describe, expect, it } from 'vitest';
import { goldenUsers } from '../../test/fixtures/golden-metrics.js';
import { topN } from '../backend/operations/top-n.js';
import { ClickMatrix } from '../data/click-matrix.js';
import type { UserId } from '../data/ids.js';
import type { HeldOutUsers } from '../data/split/users.js';
import { ArgumentError, SplitError } from '../errors.js';
import type { Recommender } from '../model/recommender.js';
import { evaluate } from './evaluate.js';

/** A recommender with given scores for each row, and the sizes of the blocks that it was called with. */
function fixed(itemCount: number, scoresOf: (foldIn: Int32Array) => readonly number[]) {
  const blocks: number[] = [];
  const score = async (rows: ClickMatrix) =>
    Float32Array.from(Array.from({ length: rows.rows }, (_, u) => scoresOf(rows.row(u))).flat());
  const recommender: Recommender = {
    model: 'fixed',
    itemCount,
    score,
    topN: async (rows, n, mask) => {
      blocks.push(rows.rows);
      return topN(await score(rows), mask, n);
    },
    dispose: () => undefined,
  };
  return { recommender, blocks };
}

function heldOutUsers(items: number, foldIn: number[][], heldOut: number[][]): HeldOutUsers {
  return {
    users: foldIn.map((_, u) => `u${u}` as UserId),
    foldIn: ClickMatrix.fromRows(items, foldIn),
    heldOut: ClickMatrix.fromRows(items, heldOut),
  };
}

describe('evaluate', () => {
  it('equals the means of the golden values, and leaves out users without hidden clicks', async () => {
    const golden = goldenUsers();
    const { recommender } = fixed(
      30,
      (foldIn) => golden.find((user) => String(user.fold_in) === String([...foldIn]))!.scores,
    );
    const users = heldOutUsers(
      30,
      golden.map((user) => user.fold_in),
      golden.map((user) => user.held_out),
    );
    const evaluation = await evaluate(recommender, users, [1, 5, 10, 20, 100]);
    expect(evaluation.users).toBe(5);
    expect(evaluation.leftOut).toBe(1);
    expect(evaluation.perUser.users).toEqual(['u0', 'u1', 'u2', 'u3', 'u4']);
    expect([...evaluation.perUser.heldOutCounts]).toEqual(
      golden.slice(0, 5).map((user) => user.held_out.length),
    );
    for (const [key, { mean, se }] of Object.entries(evaluation.metrics)) {
      const values = golden.slice(0, 5).map((user) => user.metrics![key]!);
      const expected = values.reduce((a, b) => a + b) / 5;
      const squares = values.reduce((sum, value) => sum + value * value, 0) / 5;
      expect(mean).toBeCloseTo(expected, 12);
      expect(se).toBeCloseTo(Math.sqrt(Math.max(0, squares - expected ** 2) / 5), 7);
    }
  });

  it('divides the population deviation by the square root of the number of users', async () => {
    const { recommender } = fixed(2, () => [1, 0]);
    const users = heldOutUsers(2, [[], [], [], []], [[0], [1], [1], [1]]);
    const { metrics } = await evaluate(recommender, users, [1]);
    expect(metrics['hit@1']!.mean).toBe(0.25);
    expect(metrics['hit@1']!.se).toBeCloseTo(Math.sqrt(0.1875 / 4), 15);
  });

  it('never counts a fold-in item, and breaks ties by index', async () => {
    const { recommender } = fixed(3, () => [9, 1, 1]);
    const users = heldOutUsers(3, [[0], [0]], [[1], [2]]);
    const { perUser } = await evaluate(recommender, users, [1, 2]);
    expect([...perUser.metrics['hit@1']!]).toEqual([1, 0]);
    expect([...perUser.metrics['mrr@2']!]).toEqual([1, 0.5]);
  });

  it('ranks users in blocks, in order', async () => {
    const { recommender, blocks } = fixed(3, ([item]) =>
      [0, 1, 2].map((i) => (i === item! ? 0 : i)),
    );
    const foldIn = Array.from({ length: 1201 }, (_, u) => [u % 3]);
    const users = heldOutUsers(
      3,
      foldIn,
      foldIn.map(([item], u) => (u === 7 ? [] : [(item! + 1) % 3])),
    );
    const evaluation = await evaluate(recommender, users, [5000, 1]);
    expect(blocks).toEqual([500, 500, 200]);
    expect(evaluation).toMatchObject({ users: 1200, leftOut: 1 });
    const best = evaluation.perUser.users.map((id) => {
      const item = Number(id.slice(1)) % 3;
      return (item === 2 ? 1 : 2) === (item + 1) % 3 ? 1 : 0;
    });
    expect([...evaluation.perUser.metrics['hit@1']!]).toEqual(best);
    expect(evaluation.metrics['recall@5000']!.mean).toBe(1);
  });

  it('refuses users without hidden clicks, and wrong cutoffs', async () => {
    const { recommender } = fixed(2, () => [1, 0]);
    await expect(evaluate(recommender, heldOutUsers(2, [[0]], [[]]), [1])).rejects.toThrow(
      SplitError,
    );
    await expect(evaluate(recommender, heldOutUsers(2, [[0]], [[1]]), [0])).rejects.toThrow(
      ArgumentError,
    );
  });
});
