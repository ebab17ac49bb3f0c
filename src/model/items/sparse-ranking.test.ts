/** Ranking over a few lists, against the scores of all items. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { topN } from '../../backend/operations/top-n.js';
import { ClickMatrix } from '../../data/click-matrix.js';
import { rankByScores } from '../blocks.js';
import type { Neighbourhoods } from './neighbourhoods.js';
import { SparseRanking } from './sparse-ranking.js';

const itemCount = 9;
const rowsOf = (minLength: number, maxLength: number) =>
  fc.array(fc.uniqueArray(fc.nat(itemCount - 1)), { minLength, maxLength });

/** Lists with few different weights, so that there are ties, and some below 0. */
function listsOf(rows: readonly (readonly number[])[]): Neighbourhoods {
  const { offsets, items } = ClickMatrix.fromRows(itemCount, rows);
  const weights = Float32Array.from(items, (item, k) => ((item + k) % 4) - 1);
  return { offsets, items, weights };
}

function modelOf({ offsets, items, weights }: Neighbourhoods) {
  return {
    itemCount,
    async score(rows: ClickMatrix): Promise<Float32Array> {
      const scores = new Float32Array(rows.rows * itemCount);
      for (let u = 0; u < rows.rows; u++) {
        for (const item of rows.row(u)) {
          for (let k = offsets[item]!; k < offsets[item + 1]!; k++) {
            scores[u * itemCount + items[k]!]! += weights[k]!;
          }
        }
      }
      return scores;
    },
  };
}

describe('SparseRanking', () => {
  it('ranks as the scores say, with ties, masks, and rows with too few scores above 0', async () => {
    await fc.assert(
      fc.asyncProperty(
        rowsOf(itemCount, itemCount),
        rowsOf(0, 4),
        fc.integer({ min: 1, max: itemCount + 2 }),
        async (lists, clicked, n) => {
          const stored = listsOf(lists);
          const model = modelOf(stored);
          const rows = ClickMatrix.fromRows(itemCount, clicked);
          const mask = ClickMatrix.fromRows(
            itemCount,
            clicked.map((items) => items.slice(0, 2)),
          );
          const ranking = new SparseRanking(stored, new Float32Array(itemCount));
          const ranked = await ranking.topN(model, { rows, mask, n }, (row, masked) =>
            rankByScores(model, { rows: row, mask: masked, n }),
          );
          expect(ranked).toEqual(topN(await model.score(rows), mask, n));
        },
      ),
      { numRuns: 200 },
    );
  });

  it('does not score all items where enough are above 0', async () => {
    const lists = listsOf([[3, 4], ...Array.from({ length: itemCount - 1 }, () => [])]);
    lists.weights.set([1, 2]);
    const model = {
      itemCount,
      score: async () => {
        throw new Error('scored');
      },
    };
    const rows = ClickMatrix.fromRows(itemCount, [[0]]);
    const ranking = new SparseRanking(lists, new Float64Array(itemCount));
    const rank = (n: number) =>
      ranking.topN(model, { rows, mask: rows, n }, async (row) => {
        await model.score();
        return { rows: row.rows, n, items: new Int32Array(n), scores: new Float32Array(n) };
      });
    expect((await rank(2)).items).toEqual(Int32Array.of(4, 3));
    await expect(rank(3)).rejects.toThrow('scored');
  });
});
