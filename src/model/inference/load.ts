/** Opening a stored run's model for scoring. */

import type { Engine } from '../../backend/engine.js';
import type { LayerPrecision } from '../../backend/packed-layer.js';
import type { StoredRun } from '../../runs/format.js';
import { models } from '../models.js';
import type { Recommender } from '../recommender.js';

/**
 * The model of a stored run, ready to score.
 *
 * @param openEngine - called only by a model that computes with tensors
 * @param precision - packs the decoder for serving (`Autoencoder.pack`); models without a decoder ignore it
 * @returns a model that the caller disposes
 * @throws RunError when the weights do not fit the run's configuration and vocabulary
 */
export async function loadRecommender(
  run: Pick<StoredRun, 'config' | 'weights' | 'vocabulary'>,
  openEngine: () => Promise<Engine>,
  precision?: LayerPrecision,
): Promise<Recommender> {
  const { config, weights, vocabulary } = run;
  const { trainClicks } = vocabulary;
  return models.load({ config, weights, trainClicks, openEngine, precision });
}
