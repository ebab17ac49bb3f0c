/** What models can do: the interface of all, and the interfaces of some. */

import type { TopN } from '../backend/operations/top-n.js';
import type { ClickMatrix } from '../data/click-matrix.js';

export type { TopN } from '../backend/operations/top-n.js';

/** A model that scores items from a user's clicks alone; the user need not be in the training data. */
export interface Recommender {
  /** The name that `multvae train --model` takes. */
  readonly model: string;
  /** I, the size of the vocabulary it was trained on. */
  readonly itemCount: number;

  /**
   * Scores every item for every row. Higher is better; scores of different rows are not comparable.
   * The same row always gets the same scores: dropout and sampling are off.
   *
   * @param rows - B sparse rows over I items; an empty row is allowed
   * @returns [B, I], row-major
   * @throws ShapeError when the rows have another number of items
   */
  score(rows: ClickMatrix): Promise<Float32Array>;

  /**
   * The n best items of each row, best first, ties by lower item index.
   *
   * @param mask - B rows of items to leave out, such as the items that the user has rated
   */
  topN(rows: ClickMatrix, n: number, mask: ClickMatrix): Promise<TopN>;

  /** Frees the model's memory on its backend. Do not use the model afterwards. */
  dispose(): void;
}

/** The posterior q(z|x) of each row. */
export interface LatentCode {
  /** [B, L] */
  readonly mean: Float32Array;
  /** [B, L], standard deviations (not variances) */
  readonly spread: Float32Array;
  readonly dimensions: number;
}

/** The evidence lower bound of each row, log p(x) ≥ elbo = −nll − kl, with its terms; nats, not averaged. */
export interface ProfileElbo {
  /** [B] */
  readonly elbo: Float32Array;
  /** [B], −E[log p(x|z)] over q(z|x) */
  readonly nll: Float32Array;
  /** [B], KL(q(z|x) ‖ p(z)) */
  readonly kl: Float32Array;
}

/** What models with a latent space can also do. */
export interface Latent {
  /** The posterior of each row; an empty row is allowed. */
  encode(rows: ClickMatrix): Promise<LatentCode>;

  /**
   * Scores every item for codes anywhere in the latent space. The mean of a row's posterior gets the scores that
   * `score` gives the row; of an ensemble, those of its Mult-VAE.
   *
   * @param codes - [B, L], row-major
   * @returns [B, I], row-major
   * @throws ShapeError when the codes are not whole rows of L
   */
  decode(codes: Float32Array): Promise<Float32Array>;
}

/** Whether a model has a latent space. */
export function isLatent(model: Recommender): model is Recommender & Latent {
  return 'encode' in model && 'decode' in model;
}

/** A vector for every item. Items that the model recommends together have similar vectors. */
export interface ItemEmbedding {
  /** [I, D] */
  readonly vectors: Float32Array;
  /** D */
  readonly dimensions: number;
}

/** What models with a space of items can also do. */
export interface ItemVectors {
  itemVectors(): Promise<ItemEmbedding>;
}

/** Whether a model has item vectors. */
export function hasItemVectors(model: Recommender): model is Recommender & ItemVectors {
  return 'itemVectors' in model;
}

/** What models can also do that tie items to one another by weights of their own. */
export interface ItemRelations {
  /**
   * How strongly the model ties each item to one: what a click on this one adds to the others' scores.
   *
   * @param item - an index
   * @returns [I], higher is nearer; the entry of the item itself means nothing
   */
  itemRelations(item: number): Promise<Float32Array>;
}

/** Whether a model ties items by weights of its own; other models compare items by their vectors. */
export function hasItemRelations(model: Recommender): model is Recommender & ItemRelations {
  return 'itemRelations' in model;
}

/** What models can also do when they have a latent space with a known prior. */
export interface Generative extends Latent {
  /**
   * How well the model explains each row: the training objective with β = 1 and without dropout. The
   * expectation is a mean over a few samples of z. Their noise depends on the seed alone, so a row always
   * gets the same value, whatever rows come with it.
   *
   * Longer rows have lower bounds; `AnomalyReference` makes rows of different lengths comparable.
   *
   * @param rows - B sparse rows over I items; an empty row is allowed
   * @throws ShapeError when the rows have another number of items
   */
  elbo(rows: ClickMatrix, seed?: number): Promise<ProfileElbo>;

  /**
   * Draws synthetic users. Each gets a code z from the prior; items are then drawn without replacement, with
   * the probabilities that the decoder gives for z.
   *
   * @param lengths - [users], the number of clicks of each, from 0 to I
   * @param seed - user k depends on the seed and k alone
   * @returns [users, I]; each row in the order of drawing
   * @throws ArgumentError when a length is not an integer from 0 to I, or when the likelihood has no
   *   probabilities (gaussian)
   */
  sample(lengths: ArrayLike<number>, seed: number): Promise<ClickMatrix>;
}

/** Whether a model has an ELBO and a prior to draw from. */
export function isGenerative(model: Recommender): model is Recommender & Generative {
  return 'elbo' in model && 'sample' in model;
}
