/** The clicks that a model expects least, against values by hand. */
import { expect, it } from 'vitest';
import { ClickMatrix } from '../data/click-matrix.js';
import { Popularity } from '../model/popularity.js';
import { leastExpected } from './anomalies.js';

class Scores extends Popularity {
  override async score(rows: ClickMatrix): Promise<Float32Array> {
    // The first click of a row names its scores.
    return rows.row(0)[0] === 0 ? Float32Array.of(9, 1, 5, 1, 7) : Float32Array.of(1, 2, 2, 0, 0);
  }
}

const items = ['a', 'b', 'c', 'd', 'e'];
const store = {
  catalogue: async (ids: readonly string[]) => ids.map((id) => ({ itemId: id, title: `T${id}` })),
};

it('are at most three, the lowest first, with their rank among all items', async () => {
  const rows = ClickMatrix.fromRows(5, [[0, 1, 2, 3], [2, 1], []]);
  const model = new Scores(new Int32Array(5));
  const found = await leastExpected(store as never, items, model, rows);
  expect(found.map((clicks) => clicks.map(({ itemId, rank }) => [itemId, rank]))).toEqual([
    // b and d have the same score: the lower index ranks before the other, so d is the least expected.
    [
      ['d', 5],
      ['b', 4],
      ['c', 3],
    ],
    [
      ['c', 2],
      ['b', 1],
    ],
    [],
  ]);
  expect(found[0]![0]).toEqual({ itemId: 'd', title: 'Td', rank: 5 });
});
