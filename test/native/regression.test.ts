/** The native item-item regressions. */

import { describe, expect, it } from 'vitest';
import {
  correlatedItems,
  type ItemChoices,
  itemRegressions,
} from '../../src/backend/operations/regression.js';
import { openEngine } from '../../src/backend/select.js';
import { ClickMatrix } from '../../src/data/click-matrix.js';
import { anyThreads, isas, Numbers, native, whySkipped } from './support.js';

const reference = await openEngine('cpu');
/** Users who count for different amounts. */
const equationsFor = ({ columns }: ClickMatrix) => ({
  lambda: 3,
  clicks: 0.5,
  userWeights: Float32Array.from({ length: columns }, (_, u) => 0.25 * (1 + (u % 7))),
});

/** Users with a few clicks each; low items are clicked more often, and the last one by nobody. */
function problem(users: number, items: number) {
  const numbers = new Numbers(users + items);
  const clicks = ClickMatrix.fromRows(
    items,
    Array.from({ length: users }, () => {
      const count = 1 + numbers.below(Math.min(12, items));
      const draw = () => Math.min(numbers.below(items), numbers.below(items));
      return [...new Set(Array.from({ length: count }, draw))].filter((item) => item < items - 1);
    }),
  );
  return { clicks, users: clicks.transpose() };
}

const empty = (rows: number, most: number): ItemChoices => ({
  rows,
  most,
  items: new Int32Array(rows * most),
  values: new Float32Array(rows * most),
});

describe.skipIf(whySkipped)(`item-item regressions ${whySkipped}`, () => {
  describe.each(isas)('%s', (isa) => {
    it.each([
      [1, 2, 3],
      [40, 9, 4],
      [300, 90, 20],
      [500, 200, 60],
    ])('equal their reference: %i users, %i items, %i of them kept', (count, items, most) => {
      native.setIsa(isa);
      const { clicks, users } = problem(count, items);
      const block = { first: 1, count: items - 1, most };
      const correlated = correlatedItems(reference, clicks, users, block);
      const found = empty(items - 1, most);
      anyThreads(() => {
        native.correlatedItems(found, clicks, users, { first: 1, min: 0 });
        return found.values;
      });
      expect(found.items).toEqual(correlated.items);
      expect(found.values).toEqual(correlated.values);
      const min = [...correlated.values].sort((a, b) => b - a)[Math.floor(items / 2)]!;
      const strong = correlatedItems(reference, clicks, users, { ...block, min });
      expect(strong.values.every((value) => value === 0 || value >= min)).toBe(true);
      expect(strong.values).toContain(min);
      native.correlatedItems(found, clicks, users, { first: 1, min });
      expect(found).toEqual(strong);

      const rows = Array.from({ length: items - 1 }, (_, row) =>
        correlated.items.subarray(row * most, (row + 1) * most).filter((item) => item >= 0),
      );
      const candidates = ClickMatrix.fromRows(items, rows);
      const equations = equationsFor(users);
      const expected = itemRegressions(reference, users, candidates, { first: 1, most }, equations);
      const solved = empty(items - 1, most);
      anyThreads(() => {
        native.itemRegressions(solved, users, candidates, 1, equations);
        return solved.values;
      });
      expect(solved.items).toEqual(expected.items);
      solved.values.forEach((value, k) => {
        const right = expected.values[k]!;
        if (!(Math.abs(value - right) < 5e-6)) expect.fail(`weight ${k} is ${value}, not ${right}`);
      });
      expect(solved.values.some((value) => value !== 0) || count === 1).toBe(true);
    });

    it('keeps the largest weights, whatever their sign', () => {
      native.setIsa(isa);
      const times = (count: number, row: number[]) => new Array(count).fill(row);
      // Item 1 speaks for 0 and for 2, which never meet; 3 says least.
      const rows = [...times(20, [0, 1]), ...times(20, [1, 2]), ...times(1, [0, 3])];
      const users = ClickMatrix.fromRows(4, rows).transpose();
      const candidates = ClickMatrix.fromRows(4, [[1, 2, 3]]);
      const equations = {
        ...equationsFor(users),
        userWeights: new Float32Array(rows.length).fill(1),
      };
      const whole = empty(1, 3);
      native.itemRegressions(whole, users, candidates, 0, equations);
      expect(Array.from(whole.values, Math.sign)).toEqual([1, -1, 1]);
      const few = empty(1, 2);
      native.itemRegressions(few, users, candidates, 0, equations);
      expect(few.items).toEqual(Int32Array.of(1, 2));
      expect(few.values).toEqual(whole.values.slice(0, 2));
    });
  });

  it('says which item has equations without a solution', () => {
    const { users } = problem(20, 5);
    const candidates = ClickMatrix.fromRows(5, [[1], [4]]);
    const engine = Object.assign(Object.create(reference), { name: 'native' });
    const equations = { ...equationsFor(users), lambda: 0, clicks: 0 };
    // Nobody clicked item 4, so nothing stands on its diagonal.
    for (const each of [reference, engine]) {
      expect(() =>
        itemRegressions(each, users, candidates, { first: 2, most: 1 }, equations),
      ).toThrow('the equations of item 3 are not positive definite; a larger lambda makes them so');
    }
  });
});
