/** What every model file exports about its model: how to train it and how to load it. */

import type { Collective } from '../backend/collective/collective.js';
import type { Engine } from '../backend/engine.js';
import type { LayerPrecision } from '../backend/packed-layer.js';
import type { ModelConfig } from '../config/models.js';
import type { StoredTensors } from '../runs/format.js';
import type { Recommender } from './recommender.js';
import type { ModelTraining, TrainedModel } from './training/model-training.js';

/** A trained model as a run stores it, with what loading it needs. */
export interface StoredModel<Config extends ModelConfig = ModelConfig> {
  readonly config: Config;
  readonly weights: StoredTensors;
  /** [I], training clicks of each item. */
  readonly trainClicks: Int32Array;
  /** The ranks over which the items are divided; the weights are then those of this rank. Default: one has all. */
  readonly collective?: Collective | undefined;
  /** Called only by a model that computes with tensors. */
  readonly openEngine: () => Promise<Engine>;
  /** Packs the decoder for serving (`Autoencoder.pack`); models without a decoder ignore it. */
  readonly precision?: LayerPrecision | undefined;
}

/** How to train and load any model. */
export interface Models {
  /** Whether training or scoring runs on a backend. */
  computesWithTensors(config: ModelConfig): boolean;
  /**
   * Trains the model and leaves a checkpoint in the folder.
   *
   * @throws DivergenceError, and the signal's reason when it was aborted, after a checkpoint
   */
  train(training: ModelTraining): Promise<TrainedModel>;
  /**
   * @returns a model that the caller disposes
   * @throws RunError when the weights do not fit the configuration and the number of items
   */
  load(stored: StoredModel): Promise<Recommender>;
}

/**
 * How to train and load the models of one name. Each method also gets `models`, which does the same for any
 * model; an ensemble hands its members to it.
 */
export interface ModelDefinition<Config extends ModelConfig = ModelConfig> {
  computesWithTensors(config: Config, models: Models): boolean;
  train(training: ModelTraining<Config>, models: Models): Promise<TrainedModel>;
  load(stored: StoredModel<Config>, models: Models): Promise<Recommender>;
}
