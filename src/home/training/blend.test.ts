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

/** Twenty users who clicked item 0 and hide 2 or 3, and twenty who clicked item 1 and hide 4 or 5. */
const users = {
  users: Array.from({ length: 40 }, (_, u) => `u${u}` as UserId),
  foldIn: ClickMatrix.fromRows(
    items,
    Array.from({ length: 40 }, (_, u) => [u % 2]),
  ),
  heldOut: ClickMatrix.fromRows(
    items,
    Array.from({ length: 40 }, (_, u) => [2 + 2 * (u % 2) + (u % 4 > 1 ? 1 : 0)]),
  ),
};
const trainClicks = new Int32Array(items).fill(3);
const never = () => false;
const blendOf = (members: readonly Recommender[], isUp = never, clicks = trainClicks) =>
  bestBlend({ members, users, trainClicks: clicks }, isUp);

describe('the best blend', () => {
  it('joins what each member knows', async () => {
    // The first knows the users of item 0, the second those of item 1; elsewhere they put the hidden items last.
    const one = model((click, item) => (click === 0 ? +(item === 2 || item === 3) : -(item === 4)));
    const other = model((click, item) =>
      click === 1 ? +(item === 4 || item === 5) : -(item === 3),
    );
    const blend = await blendOf([one.recommender, other.recommender]);
    expect(blend!.weights.every((weight) => weight > 0)).toBe(true);
    expect(blend!.weights.reduce((a, b) => a + b)).toBeCloseTo(1, 2);
    for (const { recommender } of [one, other]) {
      const alone = await objectiveScores(recommender, users);
      expect(blend!.scores.both.mean).toBeGreaterThan(alone.both.mean);
    }
    expect(blend).toMatchObject({ isCut: false, popularityDiscount: 0 });
  });

  it('drops members that spoil it', async () => {
    const good = model((click, item) => +(Math.floor(item / 2) === click + 1));
    const bad = model((_, item) => +(item === 1 || item > 5));
    const blend = await blendOf([bad.recommender, bad.recommender, good.recommender]);
    expect(blend!.weights).toEqual([0, 0, 1]);
    expect(blend!.scores.whole).toEqual((await objectiveScores(good.recommender, users)).whole);
  });

  it('lets popular items lead less where that helps', async () => {
    // Both put item 6, which everybody clicks, a little before what is hidden.
    const led = () =>
      model((click, item) => (item === 6 ? 1.02 : +(Math.floor(item / 2) === click + 1)));
    const members = [led().recommender, led().recommender];
    const clicks = trainClicks.map((n, item) => (item === 6 ? 1000 : n));
    const blend = await blendOf(members, never, clicks);
    expect(blend!.popularityDiscount).toBeGreaterThan(0);
    const plain = await objectiveScores(members[0]!, users);
    expect(blend!.scores.both.mean).toBeGreaterThan(plain.both.mean);
    // Where item 6 is as rare as the others, there is nothing to gain.
    expect((await blendOf(members))!.popularityDiscount).toBe(0);
  });

  it('asks each member once for the same rows, whatever the number of blends', async () => {
    const counted = [model((c, i) => c + i), model((_, i) => i % 3), model((_, i) => i % 2)];
    await blendOf(counted.map(({ recommender }) => recommender));
    const { recommender, asked } = model((c, i) => c + i);
    await objectiveScores(recommender, users);
    for (const each of counted) expect(each.asked()).toBeLessThanOrEqual(asked());
  });

  it('is the best so far when the time is up, and none without time or without two members', async () => {
    const a = model((_, i) => i).recommender;
    const b = model((_, i) => -i).recommender;
    let left = 2;
    const cut = await blendOf([a, b], () => left-- <= 0);
    expect(cut).toMatchObject({ isCut: true });
    expect(await blendOf([a, b], () => true)).toBeNull();
    expect(await blendOf([a])).toBeNull();
    expect(await blendOf([])).toBeNull();
  });
});
