import type { Engine } from '../../backend/engine.js';
import { type LayerPrecision, requireLayerPrecision } from '../../backend/packed-layer.js';
import type { ModelConfig } from '../../config/models.js';
import type { StoredRun, StoredTensors } from '../../runs/format.js';
import { Autoencoder } from '../autoencoder/autoencoder.js';
import { scoringShape } from '../autoencoder/network.js';
import { networkOf } from '../autoencoder/networks.js';
import { uploadWeights } from '../autoencoder/weights.js';
import { Ease } from '../ease.js';
import { Ensemble, memberWeights } from '../ensemble.js';
import { ItemKnn } from '../item-knn.js';
import { Popularity } from '../popularity.js';
import type { Recommender } from '../recommender.js';

/**
 * The model of a stored run, ready to score.
 *
 * @param openEngine - called only by a model that computes with tensors
 * @param precision - makes it one that serves (`Autoencoder.pack`); models without a decoder ignore it
 * @returns a model that the caller disposes
 * @throws RunError when the weights do not fit the run's configuration and vocabulary
 */
export async function loadRecommender(
  run: Pick<StoredRun, 'config' | 'weights' | 'vocabulary'>,
  openEngine: () => Promise<Engine>,
  precision?: LayerPrecision,
): Promise<Recommender> {
  const { config, weights, vocabulary } = run;
  return recommenderOf(config, weights, vocabulary.trainClicks, openEngine, precision);
}

/**
 * The model that a configuration and stored weights make.
 *
 * @param trainClicks - [I], training clicks of each item
 */
export async function recommenderOf(
  config: ModelConfig,
  weights: StoredTensors,
  trainClicks: Int32Array,
  openEngine: () => Promise<Engine>,
  precision?: LayerPrecision,
): Promise<Recommender> {
  const itemCount = trainClicks.length;
  switch (config.model) {
    case 'popularity':
      return new Popularity(trainClicks);
    case 'item-knn':
      return new ItemKnn(weights, itemCount);
    case 'ease':
      return new Ease(await openEngine(), weights, itemCount);
    case 'ensemble':
      return new Ensemble(
        await Promise.all(
          config.members.map(async ({ weight, config }, k) => ({
            weight,
            model: await recommenderOf(
              config,
              memberWeights(weights, k),
              trainClicks,
              openEngine,
              precision,
            ),
          })),
        ),
      );
    default: {
      const engine = await openEngine();
      if (precision !== undefined) requireLayerPrecision(engine.tf, precision);
      const network = networkOf(config, itemCount);
      const uploaded = uploadWeights(engine.tf, weights, scoringShape(network.shape));
      const model = network.recommender(engine, uploaded);
      if (precision !== undefined && model instanceof Autoencoder) model.pack(precision);
      return model;
    }
  }
}
