/** Scoring and ranking block by block, so that memory stays bounded. */

import { topN } from '../backend/operations/top-n.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { ShapeError } from '../errors.js';
import type { Recommender, TopN } from './recommender.js';

/** Users scored at once. Memory grows with [blockRows, I]. */
export const blockRows = 500;

/** Splits a matrix into blocks of rows, first..last-1 each. */
export function scoringBlocks({ rows }: ClickMatrix): Generator<{ first: number; last: number }> {
  return blocks(rows);
}

/** Splits a number of users into blocks, first..last-1 each. */
export function* blocks(users: number): Generator<{ first: number; last: number }> {
  for (let first = 0; first < users; first += blockRows) {
    yield { first, last: Math.min(first + blockRows, users) };
  }
}

/** @throws ShapeError when the rows are not over the model's items */
export function checkRows({ itemCount }: Pick<Recommender, 'itemCount'>, rows: ClickMatrix): void {
  if (rows.columns !== itemCount) {
    throw new ShapeError(
      `rows over ${rows.columns} items do not fit a model of ${itemCount} items`,
    );
  }
}

/** Scores that are in memory at once while items are ranked by them. */
const maxScores = 2 ** 22;

/**
 * Ranks by a model's scores, a few rows at a time where there are many items.
 *
 * @throws as `rankInBlocks`
 */
export function rankByScores(
  model: Pick<Recommender, 'itemCount' | 'score'>,
  input: RankingInput,
): Promise<TopN> {
  const { n } = input;
  const step = Math.max(1, Math.floor(maxScores / Math.max(1, model.itemCount)));
  return rankInBlocks(model, input, async (rows, mask) => {
    if (rows.rows <= step) return topN(await model.score(rows), mask, n);
    const items = new Int32Array(rows.rows * n);
    const scores = new Float32Array(rows.rows * n);
    for (let first = 0; first < rows.rows; first += step) {
      const last = Math.min(rows.rows, first + step);
      const best = topN(await model.score(rows.slice(first, last)), mask.slice(first, last), n);
      items.set(best.items, first * n);
      scores.set(best.scores, first * n);
    }
    return { rows: rows.rows, n, items, scores };
  });
}

/** The arguments of `Recommender.topN`. */
export interface RankingInput {
  readonly rows: ClickMatrix;
  readonly mask: ClickMatrix;
  readonly n: number;
}

/**
 * Ranks block by block.
 *
 * @param rank - ranks the n best of each row; gets one block at a time
 * @throws ShapeError when rows or mask are not over the model's items, or differ in number, or n is below 1
 */
export async function rankInBlocks(
  model: Pick<Recommender, 'itemCount'>,
  { rows, mask, n }: RankingInput,
  rank: (rows: ClickMatrix, mask: ClickMatrix) => Promise<TopN>,
): Promise<TopN> {
  checkRows(model, rows);
  checkRows(model, mask);
  if (mask.rows !== rows.rows) {
    throw new ShapeError(`a mask of ${mask.rows} rows does not fit ${rows.rows} rows`);
  }
  if (!Number.isInteger(n) || n < 1) throw new ShapeError(`n is ${n}; it must be an integer >= 1`);
  const items = new Int32Array(rows.rows * n);
  const scores = new Float32Array(rows.rows * n);
  for (const { first, last } of scoringBlocks(rows)) {
    const best = await rank(rows.slice(first, last), mask.slice(first, last));
    items.set(best.items, first * n);
    scores.set(best.scores, first * n);
  }
  return { rows: rows.rows, n, items, scores };
}
