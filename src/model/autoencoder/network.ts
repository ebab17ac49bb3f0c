/** A network as the trainer sees it. */

import type { Tensor1D } from '@tensorflow/tfjs';
import type { ItemPart } from '../../backend/collective/item-part.js';
import type { Engine, TensorFlow } from '../../backend/engine.js';
import type { NetworkConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { StoredTensors } from '../../runs/format.js';
import type { Recommender } from '../recommender.js';
import type { Architecture, Weights } from './weights.js';

/** One pass over the training users; an epoch has one or more. */
export interface Pass {
  /** Names of the parameters that the pass trains. */
  readonly moves: readonly string[];
  /** Probability of dropping an input click. */
  readonly dropout: number;
}

/** What the decoder explains: the clicks over the columns of the last layer, which may be some of the items. */
export interface Targets {
  /** [B, J] */
  readonly clicks: ClickMatrix;
  /** [J], how many items each column stands for; 1 where it is clicked. Default: 1 each. */
  readonly itemWeights?: Float32Array | undefined;
  /** [B], the clicks of each user over the items of all ranks. Default: those of `clicks`. */
  readonly lengths?: Int32Array | undefined;
}

/** The input of one update. */
export interface Batch {
  /** [B, I], over the rows of the first layer, which may be some of the items. */
  readonly clicks: ClickMatrix;
  /** [B], the clicks of each user over the items of all ranks. Default: those of `clicks`. */
  readonly lengths?: Int32Array | undefined;
  /** What the decoder explains. Default: the clicks. */
  readonly targets?: Targets | undefined;
  /** 0 for the first of a training. Every random draw follows from the seed and this number. */
  readonly update: number;
  /** Weight of the KL term, from the network's `beta`. */
  readonly beta: number;
  readonly pass: Pass;
}

/** The loss of each user and two of its terms, in nats where the model has a likelihood. The caller disposes them. */
export interface LossTerms {
  /** [B]; an update lowers its mean. */
  readonly loss: Tensor1D;
  /** [B], −log p(x|z); the loss itself for a model without a likelihood. */
  readonly nll: Tensor1D;
  /** [B], the KL divergence from the prior, without its weight; 0 for a model without a prior. */
  readonly kl: Tensor1D;
}

/** The parameters of a few items, beside all that belong to no item, and a batch over these items. */
export interface StepView {
  readonly weights: Weights;
  readonly batch: Batch;
  /** Of each parameter that has rows of items here: which rows, ascending. The caller disposes these tensors. */
  readonly rows: Readonly<Record<string, Int32Array>>;
}

/** Parameters, passes, a loss, and the model that scores with them. */
export interface Network {
  readonly config: NetworkConfig;
  /** The items that this process holds. */
  readonly part: ItemPart;
  /** All parameters for these items, including those that only training needs. */
  readonly shape: Architecture;
  /** The passes of an epoch, in order. */
  readonly passes: readonly Pass[];
  initialWeights(): StoredTensors;
  /**
   * The weight of the KL term.
   *
   * @param update - 0 for the first of a training
   * @param planned - number of updates in all epochs
   */
  beta(update: number, planned: number): number;
  /** The part of the parameters that an update reads and changes. Default: all. */
  view?(tf: TensorFlow, weights: Weights, batch: Batch): StepView;
  loss(tf: TensorFlow, weights: Weights, batch: Batch): LossTerms;
  /** The parameters that scoring needs, in new tensors. Default: those of `scoringShape`, as they are trained. */
  scoringWeights?(tf: TensorFlow, weights: Weights): Weights;
  /** Called after each pass: new values for parameters that change without a gradient. */
  afterPass?(tf: TensorFlow, weights: Weights, pass: Pass): Weights;
  /** @param weights - the model owns them */
  recommender(engine: Engine, weights: Weights): Recommender;
}

/** The layers that scoring needs. */
export function scoringShape({ encoder, decoder }: Architecture): Architecture {
  return { encoder, decoder };
}
