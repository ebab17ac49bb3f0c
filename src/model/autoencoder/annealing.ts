import type { MultVaeConfig } from '../../config/models.js';

/**
 * β, the weight of the KL term, at an update: it rises linearly from 0 to `betaCap` over the first
 * `annealFraction` of the planned updates and stays there.
 *
 * The reference implementation counts to a fixed 200,000 updates, which on small data ends near 0; a
 * fraction of what is planned means the same on every data set.
 *
 * @param update - 0 for the first
 * @param planned - updates of a training that runs through all its epochs
 */
export function annealedBeta(
  config: Pick<MultVaeConfig, 'betaCap' | 'annealFraction'>,
  update: number,
  planned: number,
): number {
  const duration = config.annealFraction * planned;
  return duration === 0 ? config.betaCap : config.betaCap * Math.min(1, update / duration);
}
