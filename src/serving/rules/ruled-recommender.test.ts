/** A model's lists under rules, as they are measured. */
import { expect, it } from 'vitest';
import { ClickMatrix } from '../../data/click-matrix.js';
import { Popularity } from '../../model/popularity.js';
import type { ItemRules } from './item-rules.js';
import { RuledRecommender } from './ruled-recommender.js';

const pinned = { id: '1', kind: 'pin' as const, items: ['e'], place: 2 };
const hidden = { id: '2', kind: 'hide' as const, items: ['a'] };
const boosted = { id: '3', kind: 'boost' as const, items: ['d'], by: 0.7 };
const rules: ItemRules = {
  rules: [pinned, hidden, boosted],
  hides: [{ rule: hidden, items: [0] }],
  pins: [{ rule: pinned, item: 4, place: 2 }],
  limits: [],
  moves: [{ rule: boosted, items: [3] }],
  shifts: Float64Array.of(0, 0, 0, 0.7, 0),
};
/** The more popular, the earlier: a, b, c, d, e. */
const model = new Popularity(Int32Array.of(50, 40, 30, 20, 10));
const ruled = new RuledRecommender(model, rules);

it('ranks each row by the rules, and keeps the scores of the model', async () => {
  expect([ruled.model, ruled.itemCount]).toEqual(['popularity', 5]);
  const rows = ClickMatrix.fromRows(5, [[], []]);
  const mask = ClickMatrix.fromRows(5, [[], [1, 4]]);
  // A boost of .7 moves d by 28 of the range of 40, so it passes b and c.
  expect(await ruled.topN(rows, 4, mask)).toEqual({
    rows: 2,
    n: 4,
    items: Int32Array.of(3, 4, 1, 2, 3, 2, -1, -1),
    scores: Float32Array.of(20, 10, 40, 30, 20, 30, -Infinity, -Infinity),
  });
  expect(await ruled.score(rows)).toEqual(await model.score(rows));
});

it('ranks more rows than it scores at once', async () => {
  const many = Array.from({ length: 150 }, (_, u) => (u % 2 === 0 ? [] : [3]));
  const mask = ClickMatrix.fromRows(5, many);
  const { items } = await ruled.topN(
    ClickMatrix.fromRows(
      5,
      many.map(() => []),
    ),
    1,
    mask,
  );
  expect([...items]).toEqual(many.map((row) => (row.length === 0 ? 3 : 1)));
});
