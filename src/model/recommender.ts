import type { TopN } from '../backend/operations/top-n.js';
import type { ClickMatrix } from '../data/click-matrix.js';

export type { TopN } from '../backend/operations/top-n.js';

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

/** The evidence lower bound log p(x) ≥ elbo = −nll − kl of each row, and its terms; nats, not averaged. */
export interface ProfileElbo {
  /** [B] */
  readonly elbo: Float32Array;
  /** [B], −E[log p(x|z)] over q(z|x) */
  readonly nll: Float32Array;
  /** [B], KL(q(z|x) ‖ p(z)) */
  readonly kl: Float32Array;
}

/** What models with a latent space can do besides. */
export interface Latent {
  /** The posterior of each row; an empty row is allowed. */
  encode(rows: ClickMatrix): Promise<LatentCode>;

  /**
   * The scores of every item for codes anywhere in the latent space: for the mean of a row's posterior, those that
   * `score` gives the row.
   *
   * @param codes - [B, L], row-major
   * @returns [B, I], row-major
   * @throws ShapeError when the codes are no whole rows of L
   */
  decode(codes: Float32Array): Promise<Float32Array>;
}

/** Whether a model has a latent space. */
export function isLatent(model: Recommender): model is Recommender & Latent {
  return 'encode' in model && 'decode' in model;
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

/** What models with a latent space can do whose prior is known when they score. */
export interface Generative extends Latent {
  /**
   * How well the model explains each row as a whole: the objective it was trained on, with β = 1 and
   * without dropout. The expectation is a mean over a few samples of z, whose noise comes from the seed
   * alone: the same row gives the same twice, whatever stands beside it.
   *
   * A longer row has a lower bound, whoever it belongs to; `AnomalyReference` makes rows of different
   * lengths comparable.
   *
   * @param rows - B sparse rows over I items; an empty row is allowed
   * @throws ShapeError when the rows are over another number of items
   */
  elbo(rows: ClickMatrix, seed?: number): Promise<ProfileElbo>;

  /**
   * Synthetic users: for each a code z from the prior, decoded, and so many different items drawn one
   * after the other with the decoder's probabilities (without replacement).
   *
   * @param lengths - [users], clicks of each, from 0 to I
   * @param seed - user k depends on the seed and k alone
   * @returns [users, I]; each row in the order of drawing
   * @throws ArgumentError when a length is no integer from 0 to I, or the likelihood gives no
   *   probabilities to draw with (gaussian)
   */
  sample(lengths: ArrayLike<number>, seed: number): Promise<ClickMatrix>;
}

/** Whether a model has an ELBO and a prior to draw from. */
export function isGenerative(model: Recommender): model is Recommender & Generative {
  return 'elbo' in model && 'sample' in model;
}
