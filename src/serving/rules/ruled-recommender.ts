/** A model whose lists follow a shop's rules, so that they can be measured like the model's own. */

import type { ClickMatrix } from '../../data/click-matrix.js';
import { movedScores } from '../../model/ranking/moved-scores.js';
import type { Recommender, TopN } from '../../model/recommender.js';
import type { ItemRules } from './item-rules.js';
import { RuledAnswer, withPins } from './ruled-answer.js';

/** Rows scored at once; memory grows with [blockRows, I]. */
const blockRows = 64;

/** Scores as the model does; ranks as a server does that follows the rules. */
export class RuledRecommender implements Recommender {
  readonly model: string;
  readonly itemCount: number;
  readonly #recommender: Recommender;
  readonly #rules: ItemRules;

  /** @param recommender - not disposed by this */
  constructor(recommender: Recommender, rules: ItemRules) {
    this.model = recommender.model;
    this.itemCount = recommender.itemCount;
    this.#recommender = recommender;
    this.#rules = rules;
  }

  score(rows: ClickMatrix): Promise<Float32Array> {
    return this.#recommender.score(rows);
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    const items = new Int32Array(rows.rows * n).fill(-1);
    const best = new Float32Array(rows.rows * n).fill(Number.NEGATIVE_INFINITY);
    for (let first = 0; first < rows.rows; first += blockRows) {
      const block = rows.slice(first, Math.min(first + blockRows, rows.rows));
      const scores = await this.score(block);
      for (let row = 0; row < block.rows; row++) {
        const own = scores.subarray(row * this.itemCount, (row + 1) * this.itemCount);
        const start = (first + row) * n;
        this.#ranked(own, Array.from(mask.row(first + row)), n).forEach((item, place) => {
          items[start + place] = item;
          best[start + place] = own[item]!;
        });
      }
    }
    return { rows: rows.rows, n, items, scores: best };
  }

  dispose(): void {
    // Holds nothing of its own.
  }

  #ranked(scores: Float32Array, leftOut: readonly number[], n: number): number[] {
    const ruled = new RuledAnswer(this.#rules, leftOut);
    const moves = { novelty: 0, popularity: scores, shifts: ruled.shifts };
    return withPins(ruled.best(movedScores(scores, moves), n), ruled.pins, n);
  }
}
