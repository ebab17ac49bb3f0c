/** A model that speaks of the items of another vocabulary, so that models of different data can be compared. */
import { ClickMatrix } from '../../data/click-matrix.js';
import type { Recommender, TopN } from '../../model/recommender.js';

/**
 * A model over a common vocabulary. Clicks on items that it does not know are not shown to it. It never recommends those
 * items, its own items outside the common vocabulary, or items that no answer may hold.
 */
export class MappedRecommender implements Recommender {
  readonly model: string;
  readonly itemCount: number;
  readonly #recommender: Recommender;
  /** [common items], the model's index of each; -1 for an item that it does not know. */
  readonly #own: Int32Array;
  /** [own items], the common index of each; -1 for an item that the others do not have. */
  readonly #common: Int32Array;
  /** Own items that it never recommends. */
  readonly #hidden: readonly number[];

  /**
   * @param recommender - disposed with this
   * @param own - [common items], the model's index of each; -1 for an item that it does not know
   * @param unavailable - common items that no answer may hold
   */
  constructor(recommender: Recommender, own: Int32Array, unavailable: readonly number[]) {
    this.model = recommender.model;
    this.itemCount = own.length;
    this.#recommender = recommender;
    this.#own = own;
    this.#common = new Int32Array(recommender.itemCount).fill(-1);
    own.forEach((item, common) => {
      if (item >= 0) this.#common[item] = common;
    });
    const never = new Set(unavailable);
    this.#hidden = [...this.#common.keys()].filter((item) => {
      const common = this.#common[item]!;
      return common < 0 || never.has(common);
    });
  }

  /** An item that the model does not know scores -Infinity. */
  async score(rows: ClickMatrix): Promise<Float32Array> {
    const scores = await this.#recommender.score(this.#translated(rows));
    const result = new Float32Array(rows.rows * this.itemCount).fill(Number.NEGATIVE_INFINITY);
    for (let u = 0; u < rows.rows; u++) {
      const from = u * this.#recommender.itemCount;
      this.#own.forEach((item, common) => {
        if (item >= 0) result[u * this.itemCount + common] = scores[from + item]!;
      });
    }
    return result;
  }

  async topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN> {
    const best = await this.#recommender.topN(
      this.#translated(rows),
      n,
      this.#translated(mask, this.#hidden),
    );
    return { ...best, items: best.items.map((item) => (item < 0 ? -1 : this.#common[item]!)) };
  }

  dispose(): void {
    this.#recommender.dispose();
  }

  /** Rows of the common vocabulary as rows of the model's own, each with some further items. */
  #translated(rows: ClickMatrix, further: readonly number[] = []): ClickMatrix {
    const translated = Array.from({ length: rows.rows }, (_, u) => [
      ...Array.from(rows.row(u), (item) => this.#own[item]!).filter((item) => item >= 0),
      ...further,
    ]);
    return ClickMatrix.fromRows(this.#recommender.itemCount, translated);
  }
}
