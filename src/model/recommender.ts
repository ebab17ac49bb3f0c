import type { TopN } from '../backend/top-n.js';
import type { ClickMatrix } from '../data/click-matrix.js';

export type { TopN } from '../backend/top-n.js';

/** A model that scores items for users it may never have seen, from their clicks alone. */
export interface Recommender {
  /** The name that `multvae train --model` takes. */
  readonly model: string;
  /** I, the size of the vocabulary it was trained on. */
  readonly itemCount: number;

  /**
   * Scores every item for every row. Higher is better; scores of different rows are not comparable.
   * The same row scores the same twice: dropout and sampling are off.
   *
   * @param rows - B sparse rows over I items; an empty row is allowed
   * @returns [B, I], row-major
   * @throws ShapeError when the rows are over another number of items
   */
  score(rows: ClickMatrix): Promise<Float32Array>;

  /**
   * The n best items of each row, best first, ties by lower item index, never one of `mask`.
   *
   * @param mask - B rows of items to leave out; a training-time fold-in, or everything a user has rated
   */
  topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN>;

  /** Frees what the model holds on its backend; it must not be used afterwards. */
  dispose(): void;
}

/** The posterior q(z|x) of each row. */
export interface LatentCode {
  /** [B, L] */
  readonly mean: Float32Array;
  /** [B, L], standard deviations, not variances. */
  readonly spread: Float32Array;
  readonly dimensions: number;
}

/** What models with a latent space can do besides. */
export interface Latent {
  encode(rows: ClickMatrix): Promise<LatentCode>;
}

/** A vector for every item, alike for items that the model recommends together. */
export interface ItemEmbedding {
  /** [I, D] */
  readonly vectors: Float32Array;
  /** D */
  readonly dimensions: number;
}

/** What models do besides that place items in a space. */
export interface ItemVectors {
  itemVectors(): Promise<ItemEmbedding>;
}

/** Whether a model is one of those. */
export function hasItemVectors(model: Recommender): model is Recommender & ItemVectors {
  return 'itemVectors' in model;
}
