import type { Tensor1D } from '@tensorflow/tfjs';
import type { Engine, TensorFlow } from '../../backend/engine.js';
import type { NetworkConfig } from '../../config/models.js';
import type { ClickMatrix } from '../../data/click-matrix.js';
import type { StoredTensors } from '../../runs/format.js';
import type { Recommender } from '../recommender.js';
import type { Architecture, Weights } from './weights.js';

/** One pass over the training users, as a part of an epoch. */
export interface Pass {
  /** Names of the parameters that it moves. */
  readonly moves: readonly string[];
  /** Probability of dropping an input click. */
  readonly dropout: number;
}

/** What one update works on. */
export interface Batch {
  /** [B, I] */
  readonly clicks: ClickMatrix;
  /** 0 for the first of a training: every random draw follows from the seed and this. */
  readonly update: number;
  /** Weight of the KL term, as the network's `beta` gave it. */
  readonly beta: number;
  readonly pass: Pass;
}

/** The loss of each user and two of its terms, in nats; the caller disposes them. */
export interface LossTerms {
  /** [B]; its mean is what an update lowers. */
  readonly loss: Tensor1D;
  /** [B], −log p(x|z) */
  readonly nll: Tensor1D;
  /** [B], the divergence from the prior, not weighted; 0 for a model without one. */
  readonly kl: Tensor1D;
}

/** A network as the trainer sees it: parameters, what an epoch is, a loss, and what scores with it. */
export interface Network {
  readonly config: NetworkConfig;
  /** Every parameter, those that only training needs included. */
  readonly shape: Architecture;
  /** The passes of an epoch, in their order. */
  readonly passes: readonly Pass[];
  initialWeights(): StoredTensors;
  /**
   * The weight of the KL term.
   *
   * @param planned - updates of a training that runs through all its epochs
   */
  beta(update: number, planned: number): number;
  loss(tf: TensorFlow, weights: Weights, batch: Batch): LossTerms;
  /** New values of the parameters that change without a gradient when a pass has ended. */
  afterPass?(tf: TensorFlow, weights: Weights, pass: Pass): Weights;
  /** @param weights - taken over by the model */
  recommender(engine: Engine, weights: Weights): Recommender;
}

/** The part of a network's parameters that scoring needs. */
export function scoringShape({ encoder, decoder }: Architecture): Architecture {
  return { encoder, decoder };
}
