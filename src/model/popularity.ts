/** The popularity baseline. */

import type { PopularityConfig } from '../config/models.js';
import type { ClickMatrix } from '../data/click-matrix.js';
import { checkRows, rankByScores } from './blocks.js';
import type { ModelDefinition } from './definition.js';
import type { Recommender, TopN } from './recommender.js';
import { trainClosedForm } from './training/closed-form.js';

/** Scores an item by its number of training clicks, the same for every user. */
export class Popularity implements Recommender {
  readonly model = 'popularity';
  readonly itemCount: number;
  readonly #scores: Float32Array;

  /** @param trainClicks - [I]; copied */
  constructor(trainClicks: ArrayLike<number>) {
    this.#scores = Float32Array.from(trainClicks);
    this.itemCount = this.#scores.length;
  }

  async score(rows: ClickMatrix): Promise<Float32Array> {
    checkRows(this, rows);
    const scores = new Float32Array(rows.rows * this.itemCount);
    for (let u = 0; u < rows.rows; u++) scores.set(this.#scores, u * this.itemCount);
    return scores;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    return rankByScores(this, { rows, mask, n });
  }

  dispose(): void {
    // Holds nothing on a backend.
  }
}

/** How popularity is trained and loaded. It has no weights: every run keeps the training clicks of each item. */
export const popularityModel: ModelDefinition<PopularityConfig> = {
  computesWithTensors: () => false,
  train: (training) => trainClosedForm(training, () => ({})),
  async load({ trainClicks }) {
    return new Popularity(trainClicks);
  },
};
