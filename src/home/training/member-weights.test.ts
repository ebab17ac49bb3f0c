import { describe, expect, it } from 'vitest';
import { topN } from '../../backend/operations/top-n.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { UserId } from '../../data/ids.js';
import type { HeldOutUsers } from '../../data/split/users.js';
import { Ensemble } from '../../model/ensemble.js';
import type { Recommender } from '../../model/recommender.js';
import { learnWeights, weightsOnValidation } from './member-weights.js';

const items = 8;

/** A model whose scores follow from a user's first click. */
function model(scores: (click: number, item: number) => number): Recommender {
  const recommender: Recommender = {
    model: 'stub',
    itemCount: items,
    score: async (rows) =>
      Float32Array.from({ length: rows.rows * items }, (_, k) =>
        scores(rows.row(Math.floor(k / items))[0] ?? 0, k % items),
      ),
    topN: async (rows, n, mask) => topN(await recommender.score(rows), mask, n),
    dispose: () => undefined,
  };
  return recommender;
}

/** Users of whom every second one clicked item 0 and hides 2 or 3; the others clicked item 1 and hide 4 or 5. */
const many = (count: number) => ({
  users: Array.from({ length: count }, (_, u) => `u${u}` as UserId),
  foldIn: ClickMatrix.fromRows(
    items,
    Array.from({ length: count }, (_, u) => [u % 2]),
  ),
  heldOut: ClickMatrix.fromRows(
    items,
    Array.from({ length: count }, (_, u) => [2 + 2 * (u % 2) + (u % 4 > 1 ? 1 : 0)]),
  ),
});

describe('learned weights', () => {
  const right = (click: number, item: number) => +(Math.floor(item / 2) === click + 1);
  const wrong = (click: number, item: number) => -right(click, item);
  const two = (a: typeof right, b: typeof right) => [model(a), model(b)];

  it('lie half way between the best and equal ones, with a gain measured on other users', async () => {
    // The first knows one half of the users, the other one the other half, but it is louder where it is wrong.
    const half = (click: number, item: number) => (click === 0 ? right(click, item) : item % 3);
    const other = (click: number, item: number) =>
      click === 1 ? right(click, item) : 3 * +(item > 5) + 0.1 * (item % 2);
    const measure = async (blend: Recommender, { heldOut, foldIn }: HeldOutUsers) => {
      const scores = await blend.score(foldIn);
      return Float64Array.from({ length: foldIn.rows }, (_, u) =>
        Math.min(...Array.from(heldOut.row(u), (item) => scores[u * items + item]!)),
      );
    };
    const members = two(half, other);
    const users = many(40);
    const { weights, gain } = await learnWeights({ members, users, measure });
    expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    expect(weights[0]).toBeGreaterThan(0.5);
    // All folds find the same weights here, so the gain is that of these weights on all users.
    const meanOf = async (each: readonly number[]) => {
      const blend = new Ensemble(members.map((one, k) => ({ model: one, weight: each[k]! })));
      const values = await measure(blend, users);
      return values.reduce((a, b) => a + b) / values.length;
    };
    expect(gain!.mean).toBeCloseTo((await meanOf(weights)) - (await meanOf([0.5, 0.5])), 2);
    expect(gain!.mean).toBeGreaterThan(0);
    expect(gain!.se).toBeGreaterThan(0);
  });

  it('are equal where learning gains nothing, and say so', async () => {
    const { weights, remark } = await weightsOnValidation({
      members: two(right, right),
      users: many(40),
    });
    // The second is dropped, which changes nothing: equal weights of all are no worse.
    expect(weights).toEqual([0.5, 0.5]);
    expect(remark).toBe(
      'weights learned on validation users: 0.5 stub + 0.5 stub. Equal weights are kept: learned ones would change NDCG@100 by 0.0000 ± 0.0000 (95 %, measured on users that had no part in the choice).',
    );
  });

  it('are of the member alone that helps, and name the gain', async () => {
    const bad = (_: number, item: number) => +(item === 1 || item > 5);
    // Two of them drown the right one.
    const members = [...two(bad, bad), model(right)];
    const { weights, remark } = await weightsOnValidation({ members, users: many(40) });
    expect(weights).toEqual([0, 0, 1]);
    expect(remark).toMatch(
      /^weights learned .*: 0 stub \+ 0 stub \+ 1 stub\. NDCG@100 gains 0\.\d{4} ± 0\.\d{4}/,
    );
  });

  it('are learned for scores that are less the losses', async () => {
    // Losses that differ by more than any score leave nothing to the members.
    const losses = Float32Array.from({ length: items }, (_, item) => 100 * item);
    const members = two(right, wrong);
    const plain = await weightsOnValidation({ members, users: many(40) });
    expect(plain.weights[0]).toBeGreaterThan(0.5);
    const { weights } = await weightsOnValidation({ members, losses, users: many(40) });
    expect(weights).toEqual([0.5, 0.5]);
  });

  it('are given up when the training is stopped', async () => {
    const stopped = AbortSignal.abort(new Error('enough'));
    await expect(
      weightsOnValidation({ members: two(right, wrong), users: many(40) }, stopped),
    ).rejects.toThrow('enough');
  });

  it('of too few users have no gain', async () => {
    const { weights, remark } = await weightsOnValidation({
      members: two(wrong, right),
      users: many(4),
    });
    expect(weights).toEqual([0, 1]);
    expect(remark).toMatch(/There are too few users to say what they gain/);
  });
});
