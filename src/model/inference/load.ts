/** Opening a stored run's model for scoring. */

import type { Collective } from '../../backend/collective/collective.js';
import type { Engine } from '../../backend/engine.js';
import type { LayerPrecision } from '../../backend/packed-layer.js';
import type { StoredRun } from '../../runs/format.js';
import { models } from '../models.js';
import type { Recommender } from '../recommender.js';

/** How a stored run's model is opened. */
export interface LoadOptions {
  /** Packs the decoder for serving (`Autoencoder.pack`); models without a decoder ignore it. */
  readonly precision?: LayerPrecision | undefined;
  /** The ranks over which the items are divided; the run then has the weights of this one's part. Default: one has all. */
  readonly collective?: Collective | undefined;
}

/**
 * The model of a stored run, ready to score.
 *
 * @param openEngine - called only by a model that computes with tensors
 * @returns a model that the caller disposes
 * @throws RunError when the weights do not fit the run's configuration and vocabulary
 */
export async function loadRecommender(
  run: Pick<StoredRun, 'config' | 'weights' | 'vocabulary'>,
  openEngine: () => Promise<Engine>,
  { precision, collective }: LoadOptions = {},
): Promise<Recommender> {
  const { config, weights, vocabulary } = run;
  const { trainClicks } = vocabulary;
  return models.load({ config, weights, trainClicks, openEngine, precision, collective });
}
