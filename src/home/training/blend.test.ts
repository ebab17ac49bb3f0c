import { describe, expect, it } from 'vitest';
import { topN } from '../../backend/operations/top-n.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import type { UserId } from '../../data/ids.js';
import { objectiveScores } from '../../eval/objective.js';
import type { Recommender } from '../../model/recommender.js';
import { bestBlend } from './blend.js';

const items = 8;

/** A model whose scores follow from a user's first click, and which counts how often it is asked. */
function model(scores: (click: number, item: number) => number) {
  let asked = 0;
  const recommender: Recommender = {
    model: 'stub',
    itemCount: items,
    score: async (rows) => {
      asked++;
      return Float32Array.from({ length: rows.rows * items }, (_, k) =>
        scores(rows.row(Math.floor(k / items))[0] ?? 0, k % items),
      );
    },
    topN: async (rows, n, mask) => topN(await recommender.score(rows), mask, n),
    dispose: () => undefined,
  };
  return { recommender, asked: () => asked };
}

/** Two users who clicked item 0 and hide 2 and 3, and two who clicked item 1 and hide 4 and 5. */
const users = {
  users: ['a', 'b', 'c', 'd'] as UserId[],
  foldIn: ClickMatrix.fromRows(items, [[0], [0], [1], [1]]),
  heldOut: ClickMatrix.fromRows(items, [[2], [3], [4], [5]]),
};
const never = () => false;

describe('the best blend', () => {
  it('joins what each member knows', async () => {
    // The first knows the users of item 0, the second those of item 1; elsewhere they put the hidden items last.
    const one = model((click, item) => (click === 0 ? +(item === 2 || item === 3) : -(item === 4)));
    const other = model((click, item) =>
      click === 1 ? +(item === 4 || item === 5) : -(item === 3),
    );
    const blend = await bestBlend([one.recommender, other.recommender], users, never);
    expect(blend!.weights.every((weight) => weight > 0)).toBe(true);
    expect(blend!.weights.reduce((a, b) => a + b)).toBe(1);
    for (const { recommender } of [one, other]) {
      const alone = await objectiveScores(recommender, users);
      expect(blend!.scores.both.mean).toBeGreaterThan(alone.both.mean);
    }
    expect(blend!.isCut).toBe(false);
  });

  it('gives a member that spoils it no more than it can bear', async () => {
    const good = model((click, item) => +(Math.floor(item / 2) === click + 1));
    const bad = model((_, item) => +(item === 1 || item > 5));
    const blend = await bestBlend([bad.recommender, good.recommender], users, never);
    // With 0.75 for the bad one its items would come first; with 0.5 the good one decides.
    expect(blend!.weights).toEqual([0.5, 0.5]);
    expect(blend!.scores.whole).toEqual((await objectiveScores(good.recommender, users)).whole);
  });

  it('asks each member once for the same rows, whatever the number of blends', async () => {
    const counted = [model((c, i) => c + i), model((_, i) => i % 3), model((_, i) => i % 2)];
    await bestBlend(
      counted.map(({ recommender }) => recommender),
      users,
      never,
    );
    const { recommender, asked } = model((c, i) => c + i);
    await objectiveScores(recommender, users);
    for (const each of counted) expect(each.asked()).toBeLessThanOrEqual(asked());
  });

  it('is the best so far when the time is up, and none without time or without two members', async () => {
    const a = model((_, i) => i).recommender;
    const b = model((_, i) => -i).recommender;
    let left = 2;
    const cut = await bestBlend([a, b], users, () => left-- <= 0);
    expect(cut).toMatchObject({ isCut: true });
    expect(await bestBlend([a, b], users, () => true)).toBeNull();
    expect(await bestBlend([a], users, never)).toBeNull();
    expect(await bestBlend([], users, never)).toBeNull();
  });
});
