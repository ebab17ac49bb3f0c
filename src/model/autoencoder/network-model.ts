/** How every network is trained and loaded, given its layers and its loss. */

import { ItemPart } from '../../backend/collective/item-part.js';
import { requireLayerPrecision } from '../../backend/packed-layer.js';
import type { NetworkConfig } from '../../config/models.js';
import type { ModelDefinition } from '../definition.js';
import { carriedWeights } from '../training/carried-weights.js';
import { readCheckpoint } from '../training/checkpoint.js';
import { divisionOf } from '../training/checkpoint-files.js';
import { trainNetwork } from '../training/trainer.js';
import { Autoencoder } from './autoencoder.js';
import { type Network, scoringShape } from './network.js';
import { arranged, unsampled } from './sampling/sampled-network.js';
import { uploadWeights } from './weights.js';

/** The definition of a model that is trained by gradient steps. */
export interface NetworkDefinition<Config extends NetworkConfig = NetworkConfig>
  extends ModelDefinition<Config> {
  /** @param items - I, or the part of them that this process holds */
  network(config: Config, items: number | ItemPart): Network;
}

/** The definition of a network. A resumed training continues from its checkpoint. */
export function networkModel<Config extends NetworkConfig>(
  network: (config: Config, items: number | ItemPart) => Network,
): NetworkDefinition<Config> {
  return {
    network,
    computesWithTensors: () => true,
    async train({ resume, engine, earlier, collective, ...training }) {
      const { config } = training.origin;
      const itemCount = training.train.columns;
      const part = new ItemPart(itemCount, collective);
      const own = network(config, part);
      const plain = network(unsampled(config), part);
      const carried = earlier && {
        initialWeights: () => arranged(carriedWeights(plain, earlier), plain.shape, own.shape),
      };
      const division = divisionOf(own);
      const trained = await trainNetwork({
        ...training,
        engine: engine!,
        network: { ...own, ...carried },
        ...(resume && { resume: readCheckpoint(training.folder, division) }),
      });
      return part.isWhole ? trained : { ...trained, division };
    },
    async load({ config, weights, trainClicks, openEngine, precision, collective }) {
      const engine = await openEngine();
      if (precision !== undefined) requireLayerPrecision(engine.tf, precision);
      // A run keeps its last layer as every model does, however it was trained.
      const own = network(unsampled(config), new ItemPart(trainClicks.length, collective));
      const uploaded = uploadWeights(engine.tf, weights, scoringShape(own.shape));
      const model = own.recommender(engine, uploaded);
      if (precision !== undefined && model instanceof Autoencoder) model.pack(precision);
      return model;
    },
  };
}
