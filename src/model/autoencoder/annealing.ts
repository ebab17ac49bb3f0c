/** The annealing schedule of β, the weight of the KL term. */

import type { MultVaeConfig } from '../../config/models.js';

/**
 * β at an update. It rises linearly from 0 to `betaCap` over the first `annealFraction` of the planned
 * updates and then stays there.
 *
 * The reference implementation anneals over a fixed 200,000 updates, so on small data β stays near 0. A
 * fraction of the planned updates means the same on every data set.
 *
 * @param update - 0 for the first
 * @param planned - number of updates in all epochs
 */
export function annealedBeta(
  config: Pick<MultVaeConfig, 'betaCap' | 'annealFraction'>,
  update: number,
  planned: number,
): number {
  const duration = config.annealFraction * planned;
  return duration === 0 ? config.betaCap : config.betaCap * Math.min(1, update / duration);
}
