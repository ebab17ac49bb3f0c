import type { Engine } from '../backend/engine.js';
import type { StoredRun } from '../runs/format.js';
import { MultVae } from './mult-vae.js';
import { Popularity } from './popularity.js';
import type { Recommender } from './recommender.js';
import { architecture, uploadWeights } from './weights.js';

/**
 * The model of a stored run, ready to score.
 *
 * @param openEngine - called only by a model that computes with tensors
 * @returns a model that the caller disposes
 * @throws RunError when the weights do not fit the run's configuration and vocabulary
 */
export async function loadRecommender(
  run: StoredRun,
  openEngine: () => Promise<Engine>,
): Promise<Recommender> {
  const { config, vocabulary, weights } = run;
  if (config.model === 'popularity') return new Popularity(vocabulary.trainClicks);
  const engine = await openEngine();
  const shape = architecture(config, vocabulary.items.length);
  return new MultVae(engine, shape, uploadWeights(engine.tf, weights, shape), config.likelihood);
}
