/** The list of all models: one line for each name that `multvae train --model` takes. */

import type { ItemPart } from '../backend/collective/item-part.js';
import type { ConfigOf, ModelConfig, ModelName, NetworkConfig } from '../config/models.js';
import { multDaeModel } from './autoencoder/mult-dae-network.js';
import { multVaeModel } from './autoencoder/mult-vae-network.js';
import type { Network } from './autoencoder/network.js';
import type { NetworkDefinition } from './autoencoder/network-model.js';
import { recVaeModel } from './autoencoder/rec-vae-network.js';
import type { ModelDefinition, Models } from './definition.js';
import { easeModel } from './ease.js';
import { elsaModel } from './elsa/elsa-network.js';
import { ensembleModel } from './ensemble.js';
import { itemKnnModel } from './item-knn.js';
import { kernelAeModel } from './kernel/kernel-ae.js';
import { popularityModel } from './popularity.js';
import { sparseEaseModel } from './sparse-ease.js';

type Definition<Config extends ModelConfig> = Config extends NetworkConfig
  ? NetworkDefinition<Config>
  : ModelDefinition<Config>;

const definitions: { readonly [Name in ModelName]: Definition<ConfigOf<Name>> } = {
  'mult-vae': multVaeModel,
  'mult-dae': multDaeModel,
  'rec-vae': recVaeModel,
  elsa: elsaModel,
  ease: easeModel,
  'sparse-ease': sparseEaseModel,
  'kernel-ae': kernelAeModel,
  'item-knn': itemKnnModel,
  popularity: popularityModel,
  ensemble: ensembleModel,
};

const definitionOf = ({ model }: ModelConfig): ModelDefinition => definitions[model];

/** Trains and loads the model that a configuration names. */
export const models: Models = {
  computesWithTensors: (config) => definitionOf(config).computesWithTensors(config, models),
  train: (training) => definitionOf(training.origin.config).train(training, models),
  load: (stored) => definitionOf(stored.config).load(stored, models),
};

/**
 * The untrained network that a configuration describes.
 *
 * @param items - I, or the part of them that this process holds
 */
export function networkOf(config: NetworkConfig, items: number | ItemPart): Network {
  const definition: NetworkDefinition = definitions[config.model];
  return definition.network(config, items);
}
