import type { ClickMatrix } from '../data/click-matrix.js';
import { ShapeError } from '../errors.js';
import type { Recommender, TopN } from './recommender.js';

/** Users that are scored at once: what bounds memory is [block, I]. */
const blockRows = 500;

/** The rows of a matrix in blocks, first..last-1 each. */
export function scoringBlocks({ rows }: ClickMatrix): Generator<{ first: number; last: number }> {
  return blocks(rows);
}

/** So many users in blocks, first..last-1 each. */
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

/**
 * Ranks block by block.
 *
 * @param rank - the n best of each of at most a block of rows
 * @throws ShapeError when rows or mask are not over the model's items, or differ in number
 */
export async function rankInBlocks(
  model: Pick<Recommender, 'itemCount'>,
  rows: ClickMatrix,
  mask: ClickMatrix,
  n: number,
  rank: (rows: ClickMatrix, mask: ClickMatrix) => Promise<TopN>,
): Promise<TopN> {
  checkRows(model, rows);
  checkRows(model, mask);
  if (mask.rows !== rows.rows) {
    throw new ShapeError(`a mask of ${mask.rows} rows does not fit ${rows.rows} rows`);
  }
  const items = new Int32Array(rows.rows * n);
  const scores = new Float32Array(rows.rows * n);
  for (const { first, last } of scoringBlocks(rows)) {
    const best = await rank(rows.slice(first, last), mask.slice(first, last));
    items.set(best.items, first * n);
    scores.set(best.scores, first * n);
  }
  return { rows: rows.rows, n, items, scores };
}
