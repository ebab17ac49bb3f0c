/** How every network is trained and loaded, given its layers and its loss. */

import { requireLayerPrecision } from '../../backend/packed-layer.js';
import type { NetworkConfig } from '../../config/models.js';
import type { ModelDefinition } from '../definition.js';
import { carriedWeights } from '../training/carried-weights.js';
import { readCheckpoint } from '../training/checkpoint.js';
import { trainNetwork } from '../training/trainer.js';
import { Autoencoder } from './autoencoder.js';
import { type Network, scoringShape } from './network.js';
import { uploadWeights } from './weights.js';

/** The definition of a model that is trained by gradient steps. */
export interface NetworkDefinition<Config extends NetworkConfig = NetworkConfig>
  extends ModelDefinition<Config> {
  /** @param itemCount - I */
  network(config: Config, itemCount: number): Network;
}

/** The definition of a network. A resumed training continues from its checkpoint. */
export function networkModel<Config extends NetworkConfig>(
  network: (config: Config, itemCount: number) => Network,
): NetworkDefinition<Config> {
  return {
    network,
    computesWithTensors: () => true,
    train({ resume, engine, earlier, ...training }) {
      const own = network(training.origin.config, training.train.columns);
      return trainNetwork({
        ...training,
        engine: engine!,
        network: earlier ? { ...own, initialWeights: () => carriedWeights(own, earlier) } : own,
        ...(resume && { resume: readCheckpoint(training.folder) }),
      });
    },
    async load({ config, weights, trainClicks, openEngine, precision }) {
      const engine = await openEngine();
      if (precision !== undefined) requireLayerPrecision(engine.tf, precision);
      const own = network(config, trainClicks.length);
      const uploaded = uploadWeights(engine.tf, weights, scoringShape(own.shape));
      const model = own.recommender(engine, uploaded);
      if (precision !== undefined && model instanceof Autoencoder) model.pack(precision);
      return model;
    },
  };
}
