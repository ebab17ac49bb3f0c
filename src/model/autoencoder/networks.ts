import type { NetworkConfig } from '../../config/models.js';
import { multDaeNetwork } from './mult-dae-network.js';
import { multVaeNetwork } from './mult-vae-network.js';
import type { Network } from './network.js';
import { recVaeNetwork } from './rec-vae-network.js';

/**
 * The network that a configuration stands for.
 *
 * @param itemCount - I
 */
export function networkOf(config: NetworkConfig, itemCount: number): Network {
  switch (config.model) {
    case 'mult-vae':
      return multVaeNetwork(config, itemCount);
    case 'mult-dae':
      return multDaeNetwork(config, itemCount);
    case 'rec-vae':
      return recVaeNetwork(config, itemCount);
  }
}
